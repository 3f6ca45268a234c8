"""Documents for the eye: HTML in a notebook or a page."""
