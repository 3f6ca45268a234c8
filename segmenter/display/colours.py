"""The colours of stories, the same on every page and in every plot."""

from __future__ import annotations

HUES = ((0, 114, 178), (201, 128, 0), (48, 146, 204), (213, 94, 0))
"""Red, green and blue in 0 .. 255, in the order of the stories: story `n` has ``HUES[n % len(HUES)]``.

Hues of Okabe and Ito (2008, "Color Universal Design"), the two bright ones darkened to stand out from white by 3 to 1.
Of the orders of four or six of their hues this keeps neighbours furthest apart under every colour blindness: a cold one
always stands beside a warm one.
"""
