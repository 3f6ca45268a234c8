"""Files and documents that the tests of readers and writers are made of."""

from __future__ import annotations

from pathlib import Path

from segmenter.document import Block, Document, Story, Topic
from segmenter.errors import InputError
from segmenter.io import Dump, read_dumps

ARABIC = "قالت الوزارة إن الاتفاق وُقّع.\nوأضافت أنه يبدأ غدا.\n"


def read(*paths, **options) -> tuple[list[Dump], list[InputError]]:
    found = list(read_dumps(paths, **options))
    return [x for x in found if isinstance(x, Dump)], [x for x in found if isinstance(x, InputError)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def document(text: str = 'Title\nBody, "quoted"\r\nline\n\nRead also: x\nEnd.\n', **about) -> Document:
    """One story with a headline, furniture in the middle, and body after it."""
    ends = [text.index("\n"), text.index("Read also") - 2, text.index("End.") - 1, len(text) - 1]
    starts = [0, ends[0] + 1, text.index("Read also"), text.index("End.")]
    kinds = [("headline", 0), ("body", 0), ("related", None), ("body", 0)]
    blocks = [Block(a, b, *kind) for a, b, kind in zip(starts, ends, kinds, strict=True)]
    own = [block for block in blocks if block.story == 0]
    story = Story.from_blocks(0, text, own, language="en", topics=[Topic("medtop:16000000", "conflict", 0.81)])
    return Document(text, tuple(blocks), (story,), language="en", **about)
