"""A document as HTML: nothing of the text is lost, nothing of it acts."""

from __future__ import annotations

import dataclasses
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from strategies import documents

from segmenter.display.html import MAX_BLOCKS, MAX_LENGTH, document_html, page
from segmenter.document import Block, Boundary, Document, Story, Topic, by_story

HOSTILE = "</p></div><script>alert('x')</script><img src=x onerror=\"alert(1)\">&lt;b&gt;"
VOID = {"meta", "path"}


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
        if any("sgm-b" in names for names in classes) and not any("sgm-tag" in names for names in classes):
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
        "style", "div", "p", "h3", "h4", "section", "details", "summary", "span", "bdi", "svg", "path", "a", "i",
    }  # fmt: skip
    assert not any(name.startswith("on") or name == "src" for _, attrs in reader.tags for name in attrs)
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"sgm-[0-9a-f]{12}-[sb]\d+", id or "") for id in ids)
    assert {attrs["href"] for _, attrs in reader.tags if "href" in attrs} <= {f"#{id}" for id in ids}
    assert html == document_html(document)
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
    assert '<span class="sgm-tag" dir="ltr">caption</span>' in html
    assert re.search('<section class="sgm-story sgm-c0" id="sgm-[0-9a-f]{12}-s0" dir="rtl" lang="ar">', html)


def test_the_title_is_shown_once() -> None:
    document = make("Title\nbody", ("Title", "headline", 0), ("body", "body", 0))
    assert document_html(document).count(">Title<") == 1
    late = make("body\nTitle", ("body", "body", 0), ("Title", "headline", 0))
    assert '<bdi class="sgm-title">Title</bdi>' in document_html(late)
    block = Block(0, 4, "caption", 0)
    made = Story.from_blocks(0, "body", [block], title="Made of words below")
    assert "the dump has no headline here\">Made of words below</bdi>" in document_html(
        Document("body", (block,), (made,))
    )
    begins = Story.from_blocks(0, "body", [block], title="body")
    assert document_html(Document("body", (block,), (begins,))).count(">body<") == 0  # in the text alone


def test_furniture_inside_a_story_is_folded_there_and_between_stories_outside() -> None:
    text = "one ad two rel1 rel2 three"
    document = make(text, ("one", "body", 0), ("ad", "ad", None), ("two", "body", 0), ("rel1", "related", None),
                    ("rel2", "related", None), ("three", "body", 1))  # fmt: skip
    html = document_html(document)
    inside, _, rest = html.partition("</section>")
    tag = '<span class="sgm-tag" dir="ltr">{}</span> <bdi class="sgm-peek">{}</bdi></summary>'
    assert tag.format("ad", "ad") in inside
    between, _, _ = rest.partition("<section")
    assert tag.format("related ×2", "rel1 · rel2") in between


def test_the_curve_is_drawn_with_its_boundaries() -> None:
    document = make("one two three", ("one", "body", 0), ("two", "body", 0), ("three", "body", 1),
                    curve=(Boundary(4, 0.2), Boundary(8, 0.9)))  # fmt: skip
    html = document_html(document)
    assert "at 2 places in the order of the text; 1 found" in html
    places = {attrs.get("title"): attrs.get("href", "")[-3:] for tag, attrs in read(html).tags if tag == "a"}
    assert places == {"boundary at 8: 0.90 · three": "-s1", "nearly a boundary at 4: 0.20 · two three": "-b4",
                      f"story 1 · {HOSTILE[:59]}…": "-s0", f"story 2 · {HOSTILE[:59]}…": "-s1"}  # fmt: skip
    assert "probability that a story begins here, at 8: 0.9000" in html
    assert "nearly a boundary 0.20</span> two</p>" in html
    assert "<svg" not in document_html(Document("one"))


def test_what_is_left_of_the_map_without_style_and_picture_is_numbers() -> None:
    document = make("one two three", ("one", "body", 0), ("two", "body", 0), ("three", "body", 1),
                    curve=(Boundary(4, 0.2), Boundary(8, 0.9)))  # fmt: skip
    bare = re.sub("<svg.*?</svg>", "", document_html(document, style=False))
    above, _, _ = bare.partition("<section")
    assert "".join(read(f"{above}</div>").text).split() == ["und", "13", "characters", "2", "stories", "1", "2"]


def test_ids_differ_between_documents_and_their_parts() -> None:
    document = make("one two", ("one", "body", 0), ("two", "body", 1))
    other = make("one two", ("one", "body", 0), ("two", "body", 0))
    views = [document, other, dataclasses.replace(document, id="x"), document.show(0), document.show(1)]
    ids = [attrs["id"] for view in views for _, attrs in read(view._repr_html_()).tags if "id" in attrs]
    assert len(ids) == len(set(ids)) == 9


def test_a_long_document_is_shown_in_part_with_the_start_of_every_story() -> None:
    words = [f"w{i:05d}" for i in range(20_000)]
    text = " ".join(words)
    blocks = tuple(Block(i * 7, i * 7 + 6, "body", i // 2000) for i in range(20_000))
    stories = tuple(Story.from_blocks(n, text, own) for n, own in by_story(blocks).items())
    html = document_html(Document(text, blocks, stories, tuple(Boundary(b.start, 0.5) for b in blocks)))
    assert "A long document, of 20,000 blocks: the beginning of every story is shown." in html
    reader = read(html)
    assert all(words[n * 2000] in reader.blocks for n in range(10))
    folds = re.findall(r"<summary><bdi dir=\"ltr\">([\d,]+) more blocks</bdi></summary>", html)
    lost = re.findall(r"([\d,]+) more blocks not in this view; in Python <code class=\"sgm-call\">"
                      r"document.show\(story=(\d)\)</code>", html)  # fmt: skip
    count = [int(number.replace(",", "")) for number in (*folds, *(many for many, _ in lost))]
    assert [story for _, story in lost] == [str(n) for n in range(10)]
    assert len(folds) == 10 and sum(count) + MAX_BLOCKS == 20_000
    assert len(reader.blocks) == MAX_BLOCKS + sum(count[:10])


@pytest.mark.parametrize("stories", [1, 200])
def test_a_document_of_ten_thousand_blocks_is_drawn_at_once_and_is_no_burden(stories: int) -> None:
    words = "قال الوزير إن الحكومة ستعلن خطة جديدة لإعادة الإعمار في المدينة بعد أسابيع من المفاوضات".split()
    lines, blocks, at = [], [], 0
    for i in range(10_000):
        line = " ".join(words[(i + j) % len(words)] for j in range(35))
        kind = "related" if i % 20 == 19 else "body"
        blocks.append(Block(at, at + len(line), kind, None if kind == "related" else i * stories // 10_000))
        lines.append(line)
        at += len(line) + 1
    text = "\n".join(lines)
    assert len(text) > 1_900_000
    own = by_story(blocks)
    topics, phrases = [Topic("medtop:11000000", "سياسة", 0.8)], ["إعادة الإعمار", "خطة الحكومة", "المفاوضات"]
    document = Document(text, tuple(blocks), tuple(
        Story.from_blocks(n, text, mine, language="ar", topics=topics, key_phrases=phrases, title=text[:60])
        for n, mine in own.items()), tuple(Boundary(block.start, 0.5) for block in blocks[1:]))  # fmt: skip
    begin = time.process_time()
    html = document_html(document)
    assert time.process_time() - begin < 2.0
    assert 1_000_000 < len(html.encode()) < 2_000_000
    assert html.count("<section") == stories
    part = document.show(story=stories - 1)._repr_html_()
    assert all(line in part for line in lines[-5:])


def test_the_size_is_bounded_for_many_stories_and_long_blocks() -> None:
    text = "x" * 1_000_000
    html = document_html(Document(text))
    assert len(html) < MAX_LENGTH + 20_000
    assert "[…800,000 characters more; in Python" in html and "document.show(start=0, stop=1000000)" in html
    many = tuple(Block(i * 2, i * 2 + 1, "body", i) for i in range(5000))
    stories = tuple(Story.from_blocks(n, text, own) for n, own in by_story(many).items())
    html = document_html(Document("x " * 5000, many, stories))
    assert html.partition("<summary>")[0].count("<section") == MAX_BLOCKS
    assert "the beginning of the first stories is shown" in html
    shown = html.count("<section")
    assert f"<summary>{shown - MAX_BLOCKS:,} more stories</summary>" in html
    assert f"{5000 - shown:,} more blocks not in this view; in Python" in html
    assert f"document.show(start={2 * shown}, stop=9999)" in html


@pytest.mark.parametrize("char", ["'", "<", "\u064b", "\U0001f600", "\ud800"])
def test_the_size_is_bounded_for_hostile_text(char: str) -> None:
    text = (char * 400 + " ") * 5_000
    blocks = tuple(Block(i * 401, i * 401 + 400, "body", i) for i in range(5_000))
    stories = tuple(Story.from_blocks(n, text, own, key_phrases=[char * 300] * 20, topics=[Topic("t", char * 300, 0.5)],
                                      language=char * 300) for n, own in by_story(blocks).items())  # fmt: skip
    document = Document(text, blocks, stories, tuple(Boundary(b.start, 0.5) for b in blocks), char * 300)
    assert len(document_html(document).encode()) < 2_000_000


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
