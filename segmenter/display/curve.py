"""The boundary curve of a document, over its stories as a row of links.

It holds no text that would be left over where a host takes the style sheet and the picture away: what remains then is
a row of numbers that lead to the stories.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from ..document import Boundary, Document
from .markup import inline
from .style import COLOURS

MAX_MARKS = 400
"""Stories, and boundaries, that are marked."""

NEAR, MAX_NEAR = 0.1, 60
"""From which probability a place counts as nearly a boundary, and how many such are marked: the most probable."""

_WIDTH, _HEIGHT = 1000, 100
_WORDS = 60
_DENSE = 60
_NARROW = 2.0


def nearly(document: Document) -> dict[int, float]:
    """The places that came nearest to being a boundary, with their probability."""
    taken = {story.start for story in document.stories}
    found = [place for place in document.curve if place.probability >= NEAR and place.at not in taken]
    found.sort(key=lambda place: (-place.probability, place.at))
    return {place.at: place.probability for place in found[:MAX_NEAR]}


def curve_html(document: Document, key: str, ids: Container[str], here: tuple[int, int] | None = None) -> str:
    """Draw the curve.

    Parameters
    ----------
    document : Document
        Without text or stories and curve there is nothing to draw.
    key : str
        With which the ids of its places begin: ``{key}-s0`` of a story, ``{key}-b120`` of a block.
    ids : container of str
        The places that are on the page; only to these there are links.
    here : tuple of int, optional
        Begin and end of the part that is shown.
    """
    size = len(document.text)
    if not size or not (document.stories or document.curve):
        return ""
    found, near = document.boundaries, nearly(document)
    taken = {boundary.at for boundary in found}
    label = (f"Probability that a story begins, at {len(document.curve):,} places in the order of the text; "
             f"{len(found):,} found")  # fmt: skip
    dense = " sgm-dense" if len(found) > _DENSE else ""
    out = [f'<div class="sgm-map{dense}" role="group" aria-label="{label}">']
    if document.curve:
        out.append(
            f'<div class="sgm-curve"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" '
            f'aria-hidden="true"><path class="sgm-rule" d="M0 0H{_WIDTH}M0 {_HEIGHT}H{_WIDTH}"/>'
            f'<path class="sgm-low" d="{_stems((p for p in document.curve if p.at not in taken), size)}"/>'
            f'<path class="sgm-high" d="{_stems(found, size)}"/></svg>'
        )
        numbers = {story.start: story.number for story in document.stories}
        marks = [(b.at, f"boundary at {b.at:,}: {b.probability:.2f}", f"{key}-s{numbers[b.at]}", "", b.probability)
                 for b in found[:MAX_MARKS]]  # fmt: skip
        marks += [(at, f"nearly a boundary at {at:,}: {p:.2f}", f"{key}-b{at}", " sgm-maybe", p)
                  for at, p in near.items()]  # fmt: skip
        for at, what, place, more, p in sorted(marks):
            style = f"left:{100 * at / size:.2f}%;--sgm-y:{100 - 100 * p:.0f}%"
            title = f"{what} · {inline(document.text[at : at + 4 * _WORDS], _WORDS)}"
            out.append(_mark(f"sgm-dot{more}", style, title, place, ids, ""))
        out.append("</div>")
    if document.stories:
        out.append('<div class="sgm-bands">')
        for story in document.stories[:MAX_MARKS]:
            left, wide = (100 * at / size for at in (story.start, story.end - story.start))
            title = f"story {story.number + 1}" + (f" · {inline(story.topic.name, _WORDS)}" if story.topic else "")
            title += f" · {inline(story.title, 2 * _WORDS)}" if story.title else ""
            style = f"left:{left:.2f}%;width:max(2px,{wide:.2f}% - 1px)"
            name, place = f"sgm-c{story.number % len(COLOURS)}", f"{key}-s{story.number}"
            name += " sgm-slim" if wide < _NARROW else ""
            out.append(_mark(name, style, title, place, ids, str(story.number + 1)))
        out.append("</div>")
    if here is not None:
        left, wide = 100 * here[0] / size, 100 * (here[1] - here[0]) / size
        out.append(f'<i class="sgm-here" style="left:{left:.2f}%;width:{wide:.2f}%" title="the part shown here"></i>')
    return "".join((*out, "</div>\n"))


def _mark(name: str, style: str, title: str, place: str, ids: Container[str], text: str) -> str:
    # The dots would be a hundred more stops of the Tab key, at places that the bands lead to as well.
    if place not in ids:
        return f'<i class="{name}" style="{style}" title="{title}">{text}</i> '
    stop = "" if text else ' tabindex="-1" aria-hidden="true"'
    return f'<a class="{name}" href="#{place}" style="{style}" title="{title}"{stop}>{text}</a> '


def _stems(places: Iterable[Boundary], size: int) -> str:
    # At most one stem a column, the highest: the picture stays small for a text of any length.
    highest: dict[int, float] = {}
    for place in places:
        column = round(_WIDTH * place.at / size)
        highest[column] = max(place.probability, highest.get(column, 0.0))
    stems = (f"M{column} {_HEIGHT}V{_HEIGHT * (1 - p):.4g}" for column, p in sorted(highest.items()) if p >= 0.005)
    return "".join(stems)
