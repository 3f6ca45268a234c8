"""A document as HTML: its stories as bands, its furniture folded away, its boundary curve on top.

The fragment needs no script and no network. Everything that comes from the text or its metadata is escaped, control
characters are made harmless, and each block is a paragraph of its own with ``dir="auto"``, so that Arabic, Latin and
mixed lines read right and a bidirectional override in one of them ends with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from ..document import Block, Boundary, Document, Story
from .colours import HUES
from .markup import clean, direction, head, inline, lang, level

MAX_BLOCKS = 400
"""Blocks shown of one document."""

MAX_LENGTH = 200_000
"""Code points up to which a document's blocks are shown whole."""

_COLOURS = tuple(",".join(map(str, hue)) for hue in HUES)

STYLE = (
    """<style>
.sgm{--sgm-fg:var(--jp-content-font-color1,#1b1b1b);--sgm-soft:var(--jp-content-font-color2,#5c5c5c);
--sgm-bg:var(--jp-layout-color0,#fff);--sgm-line:var(--jp-border-color2,#d0d0d0);--sgm-tint:.1;color:var(--sgm-fg);
background:var(--sgm-bg);font:15px/1.6 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif;padding:12px;
max-width:60rem;margin:0 auto 24px;overflow-wrap:anywhere;box-sizing:border-box;text-align:start}
@media (prefers-color-scheme:dark){.sgm{--sgm-fg:var(--jp-content-font-color1,#e8e8e8);
--sgm-soft:var(--jp-content-font-color2,#a9a9a9);--sgm-bg:var(--jp-layout-color0,#161616);
--sgm-line:var(--jp-border-color2,#444);--sgm-tint:.16}}
.sgm .sgm-head{display:flex;flex-wrap:wrap;gap:2px 14px;color:var(--sgm-soft);font-size:13px;margin:0 0 8px}
.sgm .sgm-head bdi:first-child{color:var(--sgm-fg);font-weight:600}
.sgm .sgm-note{color:var(--sgm-soft);font-size:13px;font-style:italic;margin:6px 0}
.sgm .sgm-story{margin:0 0 12px;padding:10px 14px;border-inline-start:5px solid rgb(var(--sgm-c));
background:rgba(var(--sgm-c),var(--sgm-tint));border-radius:4px}
.sgm .sgm-bar{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 10px;font-size:13px;color:var(--sgm-soft)}
.sgm .sgm-number{font-weight:700;color:var(--sgm-fg);border-bottom:2px solid rgb(var(--sgm-c))}
.sgm .sgm-title{font-weight:600;color:var(--sgm-fg)}
.sgm .sgm-topic{border:1px solid rgb(var(--sgm-c));border-radius:10px;padding:0 8px;color:var(--sgm-fg)}
.sgm .sgm-key{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:13px;color:var(--sgm-soft);margin:3px 0 0}
.sgm .sgm-b{margin:7px 0;padding:0;color:inherit;font-size:inherit;line-height:inherit;white-space:pre-wrap;
unicode-bidi:isolate;text-align:start}
.sgm .sgm-headline{font-size:19px;font-weight:700;line-height:1.4}
.sgm .sgm-heading{font-size:16px;font-weight:700}
.sgm .sgm-caption,.sgm .sgm-credit{color:var(--sgm-soft);font-size:14px}
.sgm .sgm-embed{padding-inline-start:12px;border-inline-start:2px dotted var(--sgm-soft)}
.sgm .sgm-k{display:inline-block;unicode-bidi:isolate;font:600 11px/1.5 system-ui,sans-serif;color:var(--sgm-soft);
border:1px solid var(--sgm-line);border-radius:3px;padding:0 5px;margin:0}
.sgm .sgm-none{margin:8px 0;border:1px dashed var(--sgm-line);border-radius:4px;padding:3px 12px;color:var(--sgm-soft);
font-size:14px}
.sgm .sgm-none summary{cursor:pointer;font-size:13px}
.sgm .sgm-curve{display:block;width:100%;height:auto;margin:0 0 12px}
.sgm .sgm-curve text{fill:var(--sgm-soft);font:10px system-ui,sans-serif}
"""
    + "".join(f".sgm .sgm-c{i}{{--sgm-c:{colour}}}\n" for i, colour in enumerate(_COLOURS))
    + "</style>\n"
)

_PLAIN = ("body", "headline")
_RTL = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"))


@dataclass
class _Part:
    """Neighbouring blocks that are shown together: those of a story and the furniture inside it, or furniture alone."""

    story: int | None
    blocks: list[Block] = field(default_factory=list)
    continued: bool = False


def document_html(document: Document, *, style: bool = True) -> str:
    """Draw a document as an HTML fragment.

    Parameters
    ----------
    document : Document
        What to draw. Of more than `MAX_BLOCKS` blocks the start of every story is shown, and how many are left out;
        blocks of a text longer than `MAX_LENGTH` are cut short.
    style : bool
        Whether the fragment brings the style sheet; `page` has it once for all.

    Returns
    -------
    str
        One ``<div>``, without scripts or references to anything outside of it.
    """
    parts = _parts(document)
    total = sum(len(part.blocks) for part in parts)
    limit = None if total <= MAX_BLOCKS else level([len(part.blocks) for part in parts], MAX_BLOCKS)
    longest = None if len(document.text) <= MAX_LENGTH else MAX_LENGTH // MAX_BLOCKS
    probability = {boundary.at: boundary.probability for boundary in document.boundaries}
    out = [STYLE if style else "", '<div class="sgm" dir="ltr">\n', _head(document), _curve(document)]
    if limit is not None:
        left = total - sum(min(limit, len(part.blocks)) for part in parts[:MAX_BLOCKS])
        where = "the start of every story is shown" if len(parts) <= MAX_BLOCKS else "only the first stories are shown"
        out.append(f'<p class="sgm-note">Long document: {left:,} of its {total:,} blocks are left out; {where}.</p>\n')
    for part in parts[:MAX_BLOCKS]:
        shown = part.blocks[:limit]
        if part.story is None:
            out.append(_furniture(document.text, shown, longest))
        else:
            out.append(_story(document, part, shown, longest, probability))
        if len(shown) < len(part.blocks):
            out.append(_note(len(part.blocks) - len(shown)))
    if parts[MAX_BLOCKS:]:
        out.append(_note(sum(len(part.blocks) for part in parts[MAX_BLOCKS:])))
    out.append("</div>\n")
    return "".join(out)


def page(fragments: Iterable[str], title: str) -> Iterator[str]:
    """A self-contained HTML page around fragments, piece by piece.

    Parameters
    ----------
    fragments : iterable of str
        As `document_html` makes them, best with ``style=False``; read one at a time.
    title : str
        Of the page; escaped.

    Yields
    ------
    str
        To be written in order, in UTF-8. The page forbids scripts and every request to elsewhere.
    """
    style = (
        "<style>body{margin:0;background:#fff}@media (prefers-color-scheme:dark){body{background:#161616}}</style>\n"
    )
    yield head(title, STYLE + style)
    yield from fragments
    yield "</body>\n</html>\n"


def _parts(document: Document) -> list[_Part]:
    parts: list[_Part] = []
    runs = [(story, list(run)) for story, run in groupby(_everything(document), key=lambda block: block.story)]
    seen: set[int] = set()
    for i, (story, run) in enumerate(runs):
        before = parts[-1].story if parts else None
        following = runs[i + 1][0] if i + 1 < len(runs) else None
        if before is not None and before == (following if story is None else story):
            parts[-1].blocks += run
        else:
            parts.append(_Part(story, run, continued=story in seen))
            if story is not None:
                seen.add(story)
    return parts


def _everything(document: Document) -> Iterator[Block]:
    """The blocks, and what lies between them where it is more than white space."""
    reached = 0
    for block in (*document.blocks, Block(len(document.text), len(document.text))):
        gap = document.text[reached : block.start]
        if gap.strip():
            start = reached + len(gap) - len(gap.lstrip())
            yield Block(start, reached + len(gap.rstrip()), "other", None)
        if block.end > block.start:
            yield block
        reached = block.end


def _head(document: Document) -> str:
    stories = len(document.stories)
    items = [f"<bdi>{inline(document.id)}</bdi>"] if document.id is not None else []
    items += [f"<bdi>{inline(document.date)}</bdi>"] if document.date is not None else []
    items += [f'<span title="language">{inline(document.language)}</span>',
              f"<span>{len(document.text):,} characters</span>",
              f"<span>{stories:,} {'story' if stories == 1 else 'stories'}</span>"]  # fmt: skip
    return f'<div class="sgm-head">{"".join(items)}</div>\n'


def _story(document: Document, part: _Part, shown: list[Block], longest: int | None,
           probability: dict[int, float]) -> str:  # fmt: skip
    assert part.story is not None
    story = document.stories[part.story]
    side = f'dir="{_direction(story)}"{lang(story.language)}'
    out = [f'<section class="sgm-story sgm-c{story.number % len(_COLOURS)}" {side}>\n']
    # A story that opens with its title shows it once, as the headline it is.
    opens = shown[0].kind == "headline" and shown[0].of(document.text) == story.headline
    out.append(_bar(story, part, probability.get(story.start), title=not opens))
    for bare, run in groupby(shown, key=lambda block: block.story is None):
        blocks = list(run)
        if bare:
            out.append(_furniture(document.text, blocks, longest))
        else:
            out += (_block(document.text, block, longest) for block in blocks)
    out.append("</section>\n")
    return "".join(out)


def _bar(story: Story, part: _Part, probability: float | None, *, title: bool) -> str:
    more = ", continued" if part.continued else ""
    items = [f'<span class="sgm-number" dir="ltr">Story {story.number + 1}{more}</span>']
    if title and story.headline is not None:
        items.append(f'<bdi class="sgm-title">{inline(story.headline)}</bdi>')
    if story.topic is not None:
        every = "; ".join(f"{topic.name} {topic.score:.2f}" for best in story.topics[:10]
                          for topic in (best, *best.finer))  # fmt: skip
        items.append(f'<span class="sgm-topic" dir="auto" title="{inline(every, 1000)}">{inline(story.topic.name)} '
                     f"<bdi>{story.topic.score:.2f}</bdi></span>")  # fmt: skip
    items.append(f'<span dir="ltr" title="language of the story">{inline(story.language)}</span>')
    if probability is not None and not part.continued:
        items.append(f'<span dir="ltr" title="probability that a story begins here: {probability:.4f}">'
                     f"begins: {probability:.2f}</span>")  # fmt: skip
    phrases = "".join(f"<bdi>{inline(phrase)}</bdi>" for phrase in story.key_phrases[:10])
    below = f'<div class="sgm-key" dir="auto" title="key phrases">{phrases}</div>\n' if phrases else ""
    return f'<div class="sgm-bar">{"".join(items)}</div>\n' + ("" if part.continued else below)


def _furniture(text: str, blocks: list[Block], longest: int | None) -> str:
    counts = Counter(block.kind for block in blocks)
    what = ", ".join(f"{kind} ({n} block{'s' if n > 1 else ''})" for kind, n in counts.items())
    inside = "".join(_block(text, block, longest, label=len(counts) > 1) for block in blocks)
    return f'<details class="sgm-none" dir="ltr"><summary>{what}</summary>\n{inside}</details>\n'


def _block(text: str, block: Block, longest: int | None, *, label: bool = True) -> str:
    tag = {"headline": "h3", "heading": "h4"}.get(block.kind, "p")
    kind = f'<span class="sgm-k" dir="ltr">{block.kind}</span> ' if label and block.kind not in _PLAIN else ""
    inside = block.of(text)
    cut = f" […{len(inside) - longest:,} characters left out]" if longest and len(inside) > longest else ""
    return f'<{tag} class="sgm-b sgm-{block.kind}" dir="auto">{kind}{clean(inside[:longest])}{cut}</{tag}>\n'


def _note(blocks: int) -> str:
    return f'<p class="sgm-note">{blocks:,} block{"s" if blocks > 1 else ""} left out here</p>\n'


def _direction(story: Story) -> str:
    if story.language != "und":
        return "rtl" if story.language in _RTL else "ltr"
    return direction(story.text or story.title or "")


def _curve(document: Document) -> str:
    if not document.curve or not document.text:
        return ""
    width, height, low, top = 800, 76, 58, 8
    scale, tall = (width - 24) / len(document.text), low - top
    found = document.boundaries
    here = {boundary.at for boundary in found}

    def x(at: int) -> float:
        return 20 + at * scale

    def stems(places: Iterable[Boundary]) -> str:
        # At most one stem a pixel, the highest: the picture stays small for a text of any length.
        highest: dict[int, float] = {}
        for place in places:
            column = round(x(place.at))
            highest[column] = max(place.probability, highest.get(column, 0.0))
        return "".join(f"M{column} {low}V{low - tall * p:.1f}" for column, p in sorted(highest.items()) if p >= 0.005)

    label = f"Probability that a story begins, at {len(document.curve):,} places in text order; {len(found):,} found"
    marks = "".join(f'<circle cx="{x(b.at):.1f}" cy="{low - tall * b.probability:.1f}" r="4"><title>boundary at '
                    f"{b.at:,}: {b.probability:.2f}</title></circle>" for b in found[:100])  # fmt: skip
    bands = "".join(
        f'<rect class="sgm-c{s.number % len(_COLOURS)}" x="{x(s.start):.1f}" y="{low + 6}" '
        f'width="{max(0.5, (s.end - s.start) * scale - 1):.1f}" height="8" style="fill:rgb(var(--sgm-c))"/>'
        for s in document.stories[:MAX_BLOCKS]
    )
    return (
        f'<svg class="sgm-curve" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<text x="4" y="{top + 4}">1</text><text x="4" y="{low}">0</text>'
        f'<path d="M20 {top}H{width - 4}M20 {low}H{width - 4}" style="stroke:var(--sgm-line);fill:none"/>'
        f'<path d="{stems(p for p in document.curve if p.at not in here)}" '
        'style="stroke:var(--sgm-soft);stroke-width:2;fill:none"/>'
        f'<path d="{stems(found)}" style="stroke:var(--sgm-fg);stroke-width:3;fill:none"/>'
        f'<g style="fill:var(--sgm-fg)">{marks}</g>{bands}</svg>\n'
    )
