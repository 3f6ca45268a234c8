"""Plots with matplotlib, which is imported when the first one is asked for (``pip install 'segmenter[plots]'``).

Every function takes the `Axes` to draw on, or makes a figure with pyplot if it is given none, and returns the `Axes`.
Colours of text and lines are those of the Axes, so that plots read on light and on dark. matplotlib from 3.11 on joins
the letters of Arabic and orders it itself. Fonts for scripts that the usual one lacks are taken from those installed;
where there is none, such as for Chinese on a bare machine, matplotlib draws boxes and warns of them.
"""

from __future__ import annotations

from .boundaries import boundary_curve
from .confusion import confusion
from .reliability import reliability
from .scores import scores
from .similarity import similarity
from .threads import thread_timeline
from .topics import topics

__all__ = ["boundary_curve", "confusion", "reliability", "scores", "similarity", "thread_timeline", "topics"]
