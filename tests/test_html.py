"""A document as HTML: nothing of the text is lost, nothing of it acts."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from strategies import documents

from segmenter.display.html import MAX_BLOCKS, document_html, page
from segmenter.document import Block, Boundary, Document, Story, Topic, by_story

HOSTILE = "</p></div><script>alert('x')</script><img src=x onerror=\"alert(1)\">&lt;b&gt;"
VOID = {"meta", "path", "rect", "circle"}


class _Reader(HTMLParser):
    """Collects the tags, the attributes, and the text of every block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))
        if "sgm-b" in (dict(attrs).get("class") or "").split():
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        classes = [(attrs.get("class") or "").split() for _, attrs in self.open]
        if any("sgm-b" in names for names in classes) and not any("sgm-k" in names for names in classes):
            self.blocks[-1] += data
        if self.open and self.open[-1][0] != "style":
            self.text.append(data)


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def make(text: str, *parts: tuple[str, str, int | None], **more: object) -> Document:
    """A document of the parts (text, kind, story) of `text`, found in order."""
    blocks, reached = [], 0
    for part, kind, story in parts:
        start = text.index(part, reached)
        reached = start + len(part)
        blocks.append(Block(start, reached, kind, story))
    stories = tuple(Story.from_blocks(n, text, own, language="ar", topics=[Topic("t", HOSTILE, 0.5)])
                    for n, own in by_story(blocks).items())  # fmt: skip
    return Document(text, tuple(blocks), stories, **more)  # type: ignore[arg-type]


def visible(text: str) -> str:
    """What of a text can be compared: without white space and control characters."""
    return "".join(c for c in text if c.isprintable() and not c.isspace() and c != "\ufffd")


@given(documents())
def test_any_document_is_well_formed_inert_and_whole(document: Document) -> None:
    html = document_html(document)
    reader = read(html)
    html.encode("utf-8")
    assert {tag for tag, _ in reader.tags} <= {
        "style", "div", "p", "h3", "h4", "section", "details", "summary", "span", "bdi", "svg", "title", "path", "g",
        "rect", "circle", "text",
    }  # fmt: skip
    assert not any(name.startswith("on") or name in ("href", "src") for _, attrs in reader.tags for name in attrs)
    assert visible("".join(reader.blocks)) == visible(document.text)
    assert not any(c < " " and c not in "\n\t" for c in html)


@given(documents())
def test_every_block_finds_its_own_direction(document: Document) -> None:
    blocks = [attrs for _, attrs in read(document_html(document)).tags if "sgm-b" in (attrs.get("class") or "").split()]
    assert all(attrs["dir"] == "auto" for attrs in blocks)
    assert len(blocks) >= len(document.blocks)


def test_hostile_text_id_title_and_topic_are_escaped() -> None:
    text = f"{HOSTILE}\n\nbody {HOSTILE}"
    document = make(text, (HOSTILE, "headline", 0), (f"body {HOSTILE}", "body", 0), id=HOSTILE, date=HOSTILE)
    html = document_html(document)
    assert "<script" not in html.lower()
    assert "<img" not in html
    reader = read(html)
    assert reader.blocks == [HOSTILE, f"body {HOSTILE}"]
    assert HOSTILE in "".join(reader.text)


def test_control_characters_and_surrogates_are_made_harmless() -> None:
    html = document_html(Document("a\x00b\x1bc\x0cd\ud800e", id="i\x00d\u202e"))
    assert "a\ufffdb\ufffdc d\ufffde" in html
    assert "i\ufffdd</bdi>" in html
    assert "\u202e" not in html


def test_labels_do_not_decide_the_direction_of_a_block() -> None:
    html = document_html(make("صورة من الحدث", ("صورة من الحدث", "caption", 0)))
    assert '<span class="sgm-k" dir="ltr">caption</span>' in html
    assert '<section class="sgm-story sgm-c0" dir="rtl" lang="ar">' in html


def test_the_title_is_shown_once() -> None:
    document = make("Title\nbody", ("Title", "headline", 0), ("body", "body", 0))
    assert document_html(document).count("Title") == 1
    late = make("body\nTitle", ("body", "body", 0), ("Title", "headline", 0))
    assert '<bdi class="sgm-title">Title</bdi>' in document_html(late)


def test_furniture_inside_a_story_is_folded_there_and_between_stories_outside() -> None:
    text = "one ad two rel1 rel2 three"
    document = make(text, ("one", "body", 0), ("ad", "ad", None), ("two", "body", 0), ("rel1", "related", None),
                    ("rel2", "related", None), ("three", "body", 1))  # fmt: skip
    html = document_html(document)
    inside, _, rest = html.partition("</section>")
    assert "<summary>ad (1 block)</summary>" in inside
    between, _, _ = rest.partition("<section")
    assert "<summary>related (2 blocks)</summary>" in between


def test_the_curve_is_drawn_with_its_boundaries() -> None:
    document = make("one two three", ("one", "body", 0), ("two", "body", 0), ("three", "body", 1),
                    curve=(Boundary(4, 0.2), Boundary(8, 0.9)))  # fmt: skip
    html = document_html(document)
    assert "at 2 places in text order; 1 found</title>" in html
    assert "boundary at 8: 0.90" in html
    assert "probability that a story begins here: 0.9000" in html
    assert "<svg" not in document_html(Document("one"))


def test_a_long_document_is_shown_in_part_with_the_start_of_every_story() -> None:
    words = [f"w{i:05d}" for i in range(20_000)]
    text = " ".join(words)
    blocks = tuple(Block(i * 7, i * 7 + 6, "body", i // 2000) for i in range(20_000))
    stories = tuple(Story.from_blocks(n, text, own) for n, own in by_story(blocks).items())
    html = document_html(Document(text, blocks, stories, tuple(Boundary(b.start, 0.5) for b in blocks)))
    assert "of its 20,000 blocks" in html
    assert "1,960 blocks left out here" in html
    assert all(words[n * 2000] in html for n in range(10))
    assert len(read(html).blocks) == MAX_BLOCKS
    assert len(html) < 100_000


def test_the_size_is_bounded_for_many_stories_and_long_blocks() -> None:
    text = "x" * 1_000_000
    assert len(document_html(Document(text))) < 20_000
    many = tuple(Block(i * 2, i * 2 + 1, "body", i) for i in range(5000))
    stories = tuple(Story.from_blocks(n, text, own) for n, own in by_story(many).items())
    html = document_html(Document("x " * 5000, many, stories))
    assert html.count("<section") == MAX_BLOCKS
    assert "4,600 blocks left out here" in html


def test_a_page_is_self_contained_and_forbids_scripts() -> None:
    pieces = page((document_html(Document(f"text {i}"), style=False) for i in range(3)), f"Dumps {HOSTILE}")
    html = "".join(pieces)
    assert html.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in html
    assert "<script" not in html.lower()
    assert "http://" not in html and "https://" not in html
    reader = read(html)
    assert reader.blocks == ["text 0", "text 1", "text 2"]


def test_a_page_reads_its_fragments_one_at_a_time() -> None:
    def endless():
        while True:
            yield "<p>x</p>"

    pieces = page(endless(), "t")
    next(pieces)
    assert next(pieces) == "<p>x</p>"
