"""A document as HTML: its stories as bands, its furniture folded away, its boundary curve on top.

The fragment needs no script and no network. Everything that comes from the text or its metadata is escaped, control
characters are made harmless, and each block is a paragraph of its own with ``dir="auto"``, so that Arabic, Latin and
mixed lines read right and a bidirectional override in one of them ends with it.

Of a long document the start of every story is shown and what follows is folded below it, as far as `MAX_BYTES` go; what
is left out is said with the call that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby

from ..document import Block, Document, Story
from . import style as sheets
from .curve import curve_html, nearly
from .markup import clean, direction, head, inline, lang, level, many
from .parts import Part, parts_of

MAX_BLOCKS = 400
"""Blocks of one document that are shown unfolded."""

MAX_LENGTH = 200_000
"""Code points of the blocks that are shown unfolded, beyond which the longest of them are cut short."""

MAX_BYTES = 1_300_000
"""About how large the blocks of one document become in UTF-8, those that are folded with them."""

_OPEN_BYTES = 700_000
_MAX_TOPICS, _MAX_PHRASES = 3, 10
_PLAIN = ("body", "headline")
_TAGS = {"headline": "h3", "heading": "h4"}
_RTL = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"))


def document_html(document: Document, *, style: bool = True, part: tuple[int, int] | None = None) -> str:
    """Draw a document as an HTML fragment.

    Parameters
    ----------
    document : Document
        What to draw. Of more than `MAX_BLOCKS` blocks or `MAX_LENGTH` code points the start of every story is shown,
        with more of it folded.
    style : bool
        Whether the fragment brings the style sheet; `page` has it once for all.
    part : tuple of int, optional
        Begin and end, in code points, of what to show whole, however long, with the blocks around it.

    Returns
    -------
    str
        One ``<div>`` without scripts or references to anything outside of it. The ids in it are made of a hash of the
        document and of `part`: the same input gives the same fragment, and other documents have other ids.
    """
    drawing = _Drawing(document, part)
    body = drawing.whole() if part is None else drawing.piece(*part)
    curve = curve_html(document, drawing.key, drawing.ids, part)
    return f'{sheets.DOCUMENT if style else ""}<div class="sgm" dir="ltr">\n{_head(document)}{curve}{body}</div>\n'


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
        "<style>body{margin:0;background:#fff}body .sgm{margin:0 auto 24px}"
        "@media (prefers-color-scheme:dark){body{background:#161616}}</style>\n"
    )
    yield head(title, sheets.DOCUMENT + style)
    yield from fragments
    yield "</body>\n</html>\n"


class _Drawing:
    """One fragment while it is made: what it may still hold, and which places it has so far."""

    def __init__(self, document: Document, part: tuple[int, int] | None) -> None:
        self.document = document
        self.text = document.text
        self.longest: int | None = None
        self.left = MAX_BYTES
        self.key = _key(document, part)
        self.ids: set[str] = set()
        self.near = nearly(document)
        self.begins = {boundary.at: boundary.probability for boundary in document.boundaries}

    def piece(self, start: int, stop: int) -> str:
        """What lies in ``[start, stop)``, whole, and the blocks around it."""
        parts = parts_of(self.document, start, stop)
        if not parts:
            return '<p class="sgm-note">There is no text in this part.</p>\n'
        out = [self._part(part, part.blocks) for part in parts]
        before, after = parts[0].blocks[0].start, len(self.text) - parts[-1].blocks[-1].end
        if self.text[:before].strip():
            out.insert(0, _note(f"{many(before, 'character')} before this are not shown"))
        if self.text[len(self.text) - after :].strip():
            out.append(_note(f"{many(after, 'character')} after this are not shown"))
        return "".join(out)

    def whole(self) -> str:
        """All of the document, or the start of every part with more below it."""
        parts = parts_of(self.document)
        total = sum(len(part.blocks) for part in parts)
        if total <= MAX_BLOCKS and len(self.text) <= MAX_LENGTH:
            return "".join(self._part(part, part.blocks) for part in parts)
        opened = parts[:MAX_BLOCKS]
        limit = level([len(part.blocks) for part in opened if part.story is not None], MAX_BLOCKS)
        lengths = [len(block) for part in opened for block in part.blocks[:limit]]
        self.longest = level(lengths, MAX_LENGTH) if sum(lengths) > MAX_LENGTH else max(max(lengths), 2_000)
        shown: list[tuple[str, str]] = []
        for part in opened:
            made = self._body(part, part.blocks[:limit]), self._bar(part)
            self.left -= sum(map(_bytes, made))
            if shown and self.left < MAX_BYTES - _OPEN_BYTES:
                break
            shown.append(made)
        opened, tail = parts[: len(shown)], parts[len(shown) :]
        rests = [part.blocks[limit:] for part in opened]
        share = level([sum(map(self._cost, rest)) for rest in rests], max(1, self.left))
        out = [_note(f"A long document, of {many(total, 'block')}: the beginning of "
                     f"{'the first stories' if tail else 'every story'} is shown.")]  # fmt: skip
        for part, (body, bar), rest in zip(opened, shown, rests, strict=True):
            out.append(self._frame(part, bar, body + self._rest(part, rest, share)))
        return "".join((*out, self._tail(tail, limit)))

    def _cost(self, block: Block) -> int:
        return 60 + _bytes(block.of(self.text)[: self.longest])

    def _rest(self, part: Part, rest: list[Block], share: int) -> str:
        """What follows the start of a part: folded as far as `share` goes, and then what is left out."""
        if not rest:
            return ""
        taken, size = 0, 0
        for block in rest:
            size += self._cost(block)
            if size > min(share, self.left):
                break
            taken += 1
        inside = self._body(part, rest[:taken])
        self.left -= _bytes(inside)
        fold = f'<details class="sgm-more"><summary><bdi dir="ltr">{_more(taken)}</bdi></summary>\n{inside}</details>\n'
        lost = rest[taken:]
        note = _note(f"{_more(len(lost))} not in this view; in Python {_call(part, lost)} shows them") if lost else ""
        return (fold if taken else "") + note

    def _tail(self, parts: Sequence[Part], limit: int) -> str:
        """The parts for which there was no place, folded as far as there is."""
        inside: list[str] = []
        for part in parts:
            made = self._part(part, part.blocks[: max(1, limit)])
            self.left -= _bytes(made)
            if self.left < 0 or len(inside) >= 5 * MAX_BLOCKS:
                break
            inside.append(made)
        lost = [block for part in parts[len(inside) :] for block in part.blocks]
        lost += [block for part in parts[: len(inside)] for block in part.blocks[max(1, limit) :]]
        out = ""
        if inside:
            stories = len({part.story for part in parts[: len(inside)]} - {None})
            out = f'<details class="sgm-more"><summary>{many(stories, "more story", "more stories")}</summary>\n'
            out += "".join(inside) + "</details>\n"
        if lost:
            where = min(block.start for block in lost), max(block.end for block in lost)
            call = f'<code class="sgm-call">document.show(start={where[0]}, stop={where[1]})</code>'
            out += _note(f"{_more(len(lost))} not in this view; in Python {call} shows them")
        return out

    def _part(self, part: Part, blocks: list[Block]) -> str:
        return self._frame(part, self._bar(part), self._body(part, blocks))

    def _frame(self, part: Part, bar: str, body: str) -> str:
        if part.story is None:
            return body
        story = self.document.stories[part.story]
        place = ""
        if part.blocks[0].start == story.start:
            place = f' id="{self._place("s", story.number)}"'
        beside = " sgm-beside" if part.beside else ""
        return (
            f'<section class="sgm-story sgm-c{story.number % len(sheets.COLOURS)}{beside}"{place} '
            f'dir="{_direction(story)}"{lang(story.language)}>\n{bar}{body}</section>\n'
        )

    def _body(self, part: Part, blocks: Sequence[Block]) -> str:
        out = []
        for bare, run in groupby(blocks, key=lambda block: block.story is None):
            if bare:
                out.append(self._furniture(list(run), within=part.story is not None))
            else:
                out += map(self._block, run)
        return "".join(out)

    def _bar(self, part: Part) -> str:
        if part.story is None:
            return ""
        story, first = self.document.stories[part.story], part.blocks[0]
        continued = first.start != story.start
        name = f"Story {story.number + 1}" + (", continued" if continued else "")
        items = [f'<span class="sgm-number" dir="ltr" title="document.stories[{story.number}], characters '
                 f'{story.start:,} to {story.end:,}">{name}</span>']  # fmt: skip
        if story.title is not None and (continued or not self._opens_with_title(story, part)):
            made = "" if story.titled else ' sgm-made" title="the dump has no headline here'
            items.append(f'<bdi class="sgm-title{made}">{inline(story.title)}</bdi>')
        for i, topic in enumerate(story.topics[:_MAX_TOPICS]):
            every = "; ".join(f"{below.name} {below.score:.2f}" for below in (topic, *topic.finer[:10]))
            best = "" if i else " sgm-best"
            items.append(f'<span class="sgm-topic{best}" dir="auto" title="topic: {inline(every, 400)}">'
                         f"{inline(topic.name, 80)} <bdi>{topic.score:.2f}</bdi></span>")  # fmt: skip
        items.append(f'<span dir="ltr" title="language of the story">{inline(story.language, 20)}</span>')
        p = None if continued else self.begins.get(story.start)
        if p is not None:
            items.append(f'<span class="sgm-begins" title="probability that a story begins here, at '
                         f'{story.start:,}: {p:.4f}">begins {p:.2f}</span>')  # fmt: skip
        phrases = " ".join(f"<bdi>{inline(phrase, 80)}</bdi>" for phrase in story.key_phrases[:_MAX_PHRASES])
        below = f'<div class="sgm-key" title="key phrases">{phrases}</div>\n' if phrases and not continued else ""
        return f'<div class="sgm-bar">{" ".join(items)}</div>\n{below}'

    def _opens_with_title(self, story: Story, part: Part) -> bool:
        """Whether the title can be read right below: as the headline, or in the text of which it is the beginning."""
        title = (story.title or "").rstrip("….")[:60]
        nearest = part.blocks[: 1 if story.titled else 4]
        return any(block.of(self.text).startswith(title) for block in nearest)

    def _furniture(self, blocks: list[Block], *, within: bool) -> str:
        counts = Counter(block.kind for block in blocks)
        names = (f"{kind} ×{n}" if n > 1 else kind for kind, n in counts.items())
        tags = " ".join(f'<span class="sgm-tag" dir="ltr">{name}</span>' for name in names)
        opening = " · ".join(inline(block.of(self.text)[:400], 80) for block in blocks[:2])
        inside = "".join(self._block(block, label=len(counts) > 1) for block in blocks)
        side = "" if within else f' dir="{direction(blocks[0].of(self.text)[:400])}"'
        return (
            f'<details class="sgm-none"{side}><summary title="{many(len(blocks), "block")} of no story">{tags} '
            f'<bdi class="sgm-peek">{opening}</bdi></summary>\n{inside}</details>\n'
        )

    def _block(self, block: Block, *, label: bool = True) -> str:
        tag = _TAGS.get(block.kind, "p")
        # Jupyter would list the headlines in its table of contents, among the user's own.
        listed = "" if tag == "p" else " jp-toc-ignore"
        kind = f'<span class="sgm-tag" dir="ltr">{block.kind}</span> ' if label and block.kind not in _PLAIN else ""
        place, p = "", self.near.get(block.start)
        if p is not None:
            place = f' id="{self._place("b", block.start)}"'
            kind = (f'<span class="sgm-tag sgm-near" dir="ltr" title="probability that a story begins here, at '
                    f'{block.start:,}: {p:.4f}">nearly a boundary {p:.2f}</span> {kind}')  # fmt: skip
        inside = block.of(self.text)
        cut = ""
        if self.longest and len(inside) > self.longest:
            call = f'<code class="sgm-call">document.show(start={block.start}, stop={block.end})</code>'
            cut = f" […{many(len(inside) - self.longest, 'character')} more; in Python {call} shows them]"
        shown = clean(inside[: self.longest])
        return f'<{tag} class="sgm-b sgm-{block.kind}{listed}" dir="auto"{place}>{kind}{shown}{cut}</{tag}>\n'

    def _place(self, what: str, number: int) -> str:
        place = f"{self.key}-{what}{number}"
        self.ids.add(place)
        return place


def _key(document: Document, part: tuple[int, int] | None) -> str:
    """What the ids of a fragment begin with: letters and digits that follow from what is shown."""
    drawn = sha256(document.text.encode("utf-8", "surrogatepass"))
    drawn.update(repr((document.id, document.date, part)).encode("utf-8", "backslashreplace"))
    drawn.update(repr([(story.start, story.end) for story in document.stories]).encode())
    return f"sgm-{drawn.hexdigest()[:12]}"


def _head(document: Document) -> str:
    items = [f"<bdi>{inline(document.id)}</bdi>"] if document.id is not None else []
    items += [f"<bdi>{inline(document.date)}</bdi>"] if document.date is not None else []
    items += [f'<span title="language">{inline(document.language, 20)}</span>',
              f"<span>{many(len(document.text), 'character')}</span>",
              f"<span>{many(len(document.stories), 'story', 'stories')}</span>"]  # fmt: skip
    return f'<div class="sgm-head">{" ".join(items)}</div>\n'


def _note(what: str) -> str:
    return f'<p class="sgm-note"><bdi dir="ltr">{what}</bdi></p>\n'


def _more(blocks: int) -> str:
    return many(blocks, "more block")


def _call(part: Part, lost: Sequence[Block]) -> str:
    where = f"story={part.story}" if part.story is not None else f"start={lost[0].start}, stop={lost[-1].end}"
    return f'<code class="sgm-call">document.show({where})</code>'


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _direction(story: Story) -> str:
    if story.language != "und":
        return "rtl" if story.language in _RTL else "ltr"
    return direction(story.text or story.title or "")
