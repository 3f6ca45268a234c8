"""The colours of stories, the same on every page and in every plot."""

from __future__ import annotations

HUES = ((0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (213, 94, 0))
"""Red, green and blue in 0 .. 255: those of Okabe and Ito (2008, "Color Universal Design") that stand apart on light
and on dark, for readers who do not tell red from green as well. Story `n` has ``HUES[n % len(HUES)]``."""
