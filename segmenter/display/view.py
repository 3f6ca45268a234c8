"""A part of a document that shows itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..document import Document
from ..io.terminal import cut, one_line
from .markup import many
from .parts import parts_of

_WIDTH, _LINES = 100, 12


@dataclass(frozen=True, repr=False)
class View:
    """What `Document.show` gives: in a notebook a part of a document, whole, with what stands around it.

    Parameters
    ----------
    document : Document
    start, stop : int
        Of the part, in code points of its text.
    """

    document: Document
    start: int
    stop: int

    @classmethod
    def of(cls, document: Document, story: int | None, start: int | None, stop: int | None) -> View:
        """The view that `Document.show` is asked for.

        Raises
        ------
        ValueError
            If there is no such story or stretch, or both are given.
        """
        size, count = len(document.text), len(document.stories)
        if story is not None:
            if start is not None or stop is not None:
                raise ValueError("pass a story, or start and stop, not both")
            if not 0 <= story < count:
                known = f"they are numbered 0 to {count - 1}" if count else "it has none"
                raise ValueError(f"the document has no story {story}: {known}")
            return cls(document, document.stories[story].start, document.stories[story].end)
        first, last = 0 if start is None else start, size if stop is None else stop
        if first > size:
            raise ValueError(f"the part begins at {first:,}, beyond the text of {many(size, 'code point')}")
        if not 0 <= first <= last:
            raise ValueError(f"a part needs 0 <= start <= stop, got start={first}, stop={last}")
        return cls(document, first, min(last, size))

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        parts = [part for part in parts_of(self.document, self.start, self.stop) if not part.beside]
        blocks = [block for part in parts for block in part.blocks]
        numbers = sorted({part.story for part in parts if part.story is not None})
        about = "no story"
        if numbers:
            first, last = numbers[0] + 1, numbers[-1] + 1
            about = f"story {first}" if first == last else f"stories {first} to {last}"
        yield (f"View of {one_line(repr(self.document))}: {about}, {many(len(blocks), 'block')}, "
               f"code points {self.start:,} to {self.stop:,}")  # fmt: skip
        for block in blocks[:_LINES]:
            kind = "" if block.kind == "body" else f"[{block.kind}] "
            yield cut(f"  {kind}{one_line(block.of(self.document.text)[: 4 * _WIDTH])}", _WIDTH)
        if len(blocks) > _LINES:
            yield f"  … {many(len(blocks) - _LINES, 'more block')}"

    def _repr_html_(self) -> str:
        from .html import document_html  # not above: a terminal needs none of it

        return document_html(self.document, part=(self.start, self.stop))
