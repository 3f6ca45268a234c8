"""What all plots share: the Axes, colours that suit it, words in any script, boxes by the thousand as one artist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...io.terminal import cut
from ..colours import HUES
from ..markup import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RGB = tuple[float, float, float]

COLOURS: tuple[RGB, ...] = tuple((red / 255, green / 255, blue / 255) for red, green, blue in HUES)
"""Of the stories."""

BLUE, SKY_BLUE, VERMILION = COLOURS[0], COLOURS[2], COLOURS[3]

_LEAST = (3, 11)
_REMEDY = "pip install 'segmenter[plots]'"

# For what DejaVu Sans, matplotlib's own, does not have. Only those that are installed are asked for.
_FONTS = (
    "DejaVu Sans", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC",
    "Noto Sans JP", "Noto Sans KR", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "PingFang SC",
    "Hiragino Sans", "Hiragino Sans GB", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic",
    "SimHei", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans Ethiopic",
    "Kohinoor Devanagari", "Nirmala UI", "Lohit Devanagari", "Arial Unicode MS", "Unifont",
)  # fmt: skip


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """`ax`, or else that of a new figure of pyplot, `width` by `height` inches.

    Raises
    ------
    ImportError
        If matplotlib is missing or too old.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(f"plots need matplotlib, which is not installed ({_REMEDY})") from error
    if matplotlib.__version_info__[:2] < _LEAST:
        raise ImportError(f"plots need matplotlib 3.11 or later, which joins Arabic letters; this is "
                          f"{matplotlib.__version__} ({_REMEDY})")  # fmt: skip
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots(figsize=(width, height), layout="constrained")[1]
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


@dataclass(frozen=True)
class Palette:
    """The colours of an Axes, whatever style it was made with.

    Attributes
    ----------
    ink, paper : tuple of float
        Of its labels and of its ground, red, green and blue in [0, 1].
    """

    ink: RGB
    paper: RGB

    @classmethod
    def of(cls, ax: Axes) -> Palette:
        """The colours of `ax`."""
        from matplotlib.colors import to_rgb, to_rgba

        ink = to_rgb(ax.xaxis.label.get_color())
        grounds = (ax.get_facecolor(), figure_of(ax).get_facecolor())
        # On nothing but transparency the ground is what the ink can be read on.
        paper = next((to_rgb(ground) for ground in grounds if to_rgba(ground)[3] > 0), mixed(ink, ink, 0.0))
        return cls(ink, paper if paper != ink else (1 - ink[0], 1 - ink[1], 1 - ink[2]))

    @property
    def soft(self) -> RGB:
        """For what matters less."""
        return mixed(self.paper, self.ink, 0.6)

    @property
    def faint(self) -> RGB:
        """For guides."""
        return mixed(self.paper, self.ink, 0.25)

    @property
    def accent(self) -> RGB:
        """For what the plot is about."""
        return BLUE if luminance(self.paper) > 0.2 else SKY_BLUE

    def on(self, ground: RGB) -> RGB:
        """Of ink and paper the one that stands out more on `ground`."""
        bright = luminance(ground)
        return max(self.ink, self.paper, key=lambda colour: _contrast(luminance(colour), bright))

    def ramp(self, colour: RGB) -> Any:
        """A colour map from paper to `colour`."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("segmenter", [self.paper, colour])


def mixed(a: RGB, b: RGB, share: float) -> RGB:
    """`share` of `b` and the rest of `a`."""
    red, green, blue = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    return red, green, blue


def luminance(colour: RGB) -> float:
    """Relative luminance as WCAG 2 defines it, in [0, 1]."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def words(size: str = "small") -> dict[str, Any]:
    """How to set words that came with the data: nothing in them is markup, and fonts for other scripts stand by."""
    from matplotlib import font_manager, rcParams

    usual = list(rcParams["font.family"])
    installed = set(font_manager.get_font_names())
    family = usual + [name for name in _FONTS if name in installed and name not in usual]
    return {"family": family, "size": size, "parse_math": False, "usetex": False}


def label(text: object, width: int) -> str:
    """`text` on one line of at most `width` columns, without what could not be drawn."""
    return cut(plain(text), width)


def figure_of(ax: Axes) -> Figure:
    """The figure that `ax` stands in, the outermost one."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("the Axes stand in no figure")
    return figure


def points(ax: Axes, size: str = "small") -> tuple[float, float, float]:
    """Width and height of `ax`, and of letters of this size, in points."""
    from matplotlib.font_manager import FontProperties

    box, dots = ax.get_window_extent(), figure_of(ax).dpi
    return box.width * 72 / dots, box.height * 72 / dots, FontProperties(size=size).get_size_in_points()


def boxes(ax: Axes, sides: Iterable[Sequence[float]], **style: Any) -> Any:
    """Draw boxes, each (left, bottom, right, top) in the units of the data, as one artist."""
    from matplotlib.collections import PolyCollection

    corners = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in sides]
    return ax.add_collection(PolyCollection(corners, **style), autolim=False)


def say(ax: Axes, message: str) -> Axes:
    """Write `message` where there is nothing to draw."""
    ax.set(xticks=[], yticks=[])
    ax.text(0.5, 0.5, message, transform=ax.transAxes, ha="center", va="center", color=Palette.of(ax).soft)
    return ax


def spread(places: Sequence[float], sizes: Sequence[float], gap: float, most: int) -> list[int]:
    """Which of `places` to label so that labels are `gap` apart: the largest first, at most `most`, in order."""
    chosen: list[int] = []
    for i in sorted(range(len(places)), key=lambda i: (-sizes[i], i)):
        if len(chosen) >= most:
            break
        if all(abs(places[i] - places[j]) >= gap for j in chosen):
            chosen.append(i)
    return sorted(chosen)
