"""Parts of documents, evaluation reports and threads as they show themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import BEGIN, file
from strategies import documents
from test_html import HOSTILE, make, read, visible
from threads_frames import stories, threads

from segmenter import Document
from segmenter.display.report import MAX_ERRORS
from segmenter.display.thread import MAX_BYTES, MAX_COPIES, MAX_LENGTH
from segmenter.display.threads import threads_html
from segmenter.display.timeline import Axis
from segmenter.errors import InputError, UnknownThread
from segmenter.evaluation.gold import Gold, Prediction, Unit
from segmenter.evaluation.report import Report
from segmenter.tracking import Store, Thread


def ten() -> Document:
    words = [f"w{i}" for i in range(30)]
    return make(" ".join(words), *((word, "body", i // 10) for i, word in enumerate(words)), id="ten")


@given(documents(), st.data())
def test_a_part_of_any_document_is_shown_whole(document: Document, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(document.text)))
    stop = data.draw(st.integers(start, len(document.text)))
    view = document.show(start=start, stop=stop)
    shown = "".join(read(view._repr_html_()).blocks)
    assert visible(document.text[start:stop]) in visible(shown)
    assert "\x1b" not in repr(view) and repr(view).count("\n") <= 13
    whole = document.show()._repr_html_()
    assert visible("".join(read(whole).blocks)) == visible(document.text)


def test_a_story_is_shown_with_its_neighbourhood_and_says_what_is_not() -> None:
    document = ten()
    html = document.show(story=1)._repr_html_()
    assert read(html).blocks == [f"w{i}" for i in range(7, 23)]
    assert html.count("sgm-beside") == 3 and html.count('class="sgm-story sgm-c1"') == 1  # one of them in the sheet
    where = document.stories[1]
    before, after = where.start - len("w7 w8 w9 "), len(document.text) - where.end - len(" w20 w21 w22")
    assert f"{before} characters before this are not shown" in html
    assert f"{after} characters after this are not shown" in html
    assert "not shown" not in document.show()._repr_html_()
    assert "Story 1, continued" in html and html.count("Story 2<") == 1


def test_a_part_in_a_terminal() -> None:
    document = ten()
    assert repr(document.show(1)).splitlines() == [
        "View of Document('ten', 109 code points, 3 stories, und): story 2, 10 blocks, code points 30 to 69",
        *(f"  w{i}" for i in range(10, 20)),
    ]
    lines = repr(document.show()).splitlines()
    assert "stories 1 to 3, 30 blocks" in lines[0] and lines[-1] == "  … 18 more blocks"
    hostile = make(HOSTILE, (HOSTILE, "headline", 0), id="\x1b[31m\n")
    assert "  [headline] </p>" in repr(hostile.show()) and "\x1b" not in repr(hostile.show())


@pytest.mark.parametrize("asked, complaint", [
    ({"story": 3}, "no story 3: they are numbered 0 to 2"), ({"story": -1}, "no story -1"),
    ({"story": 0, "start": 1}, "not both"), ({"start": 5, "stop": 4}, "0 <= start <= stop"),
    ({"start": -1}, "start=-1"), ({"start": 110}, "begins at 110, beyond the text of 109 code points"),
])  # fmt: skip
def test_what_cannot_be_shown_is_named(asked: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        ten().show(**asked)


def test_an_empty_part_says_so() -> None:
    assert "There is no text in this part." in Document("").show()._repr_html_()
    with pytest.raises(ValueError, match="it has none"):
        Document("").show(0)


def report_of(*, errors: int = 0) -> Report:
    text = "one two three four"
    kinds = ("headline", "body", "headline", "body")
    spans = [(0, 3), (4, 7), (8, 13), (14, 18)]
    units = tuple(Unit(a, b, i // 2, kind) for i, ((a, b), kind) in enumerate(zip(spans, kinds, strict=True)))
    document = make(text, *((unit.of(text), unit.kind, unit.story) for unit in units))
    report = Report()
    report.add(Gold("a", text, units, "g.jsonl", "line 1"), Prediction.from_document(document))
    report.errors += [InputError(HOSTILE, f"line {i}", HOSTILE, "fix") for i in range(errors)]
    return report


def test_a_report_marks_the_best_and_aligns_what_its_text_has() -> None:
    report = report_of()
    html = report._repr_html_()
    reader = read(html.replace("<br>", " "))
    cells = [attrs.get("class") for tag, attrs in reader.tags if tag == "td"][:24]
    # Segmenter and even spacing are right about everything; without a boundary there is no P, and nobody better in it.
    assert [name == "sgm-win" for name in cells[:8]] == [True, True, False, True, True, True, True, False]
    assert not any(cells[8:16]) and cells[16:24] == cells[:8]
    text = "".join(reader.text)
    for row in (*report.boundary_rows(), *report.kind_rows()):
        assert all(cell in text for cell in row)
    assert [text.count(name) for name in ("Boundaries", "Kinds", "Reliability")] == [1, 1, 0]
    assert report.to_text().count("even spacing is given the true number of stories.") == 1


def test_an_empty_report_and_many_errors() -> None:
    assert "0 documents" in Report()._repr_html_() and "sgm-win\"" not in Report()._repr_html_()
    html = report_of(errors=MAX_ERRORS + 5)._repr_html_()
    assert html.count("<li ") == MAX_ERRORS and "5 more in Report.errors" in html
    assert "<script" not in html and "<img" not in html


def test_a_store_gives_a_thread_that_shows_itself(store: Store) -> None:
    for number, title in enumerate(("First", "Second", HOSTILE)):
        about = {"title": title, "text": f"{title}\nbody {number}", "topic": "p", "topic_name": "politics"}
        file(store, 24 * number, "t", stories=[about], outlet="Nile Wire")
    thread = store.thread("t")
    assert isinstance(thread, Thread)
    assert repr(thread) == "Thread('t', 3 stories, 2024-03-01T00:00 to 2024-03-03T00:00: First)"
    assert list(thread.stories["title"]) == ["First", "Second", HOSTILE] and thread.first == BEGIN
    html = thread._repr_html_()
    reader = read(html)
    assert "<script" not in html and "<img" not in html
    text = " ".join("".join(reader.text).split())
    for fact in ("First", "politics", "3 stories", "2024-03-01 – 2024-03-03", "Nile Wire 3", "body 2"):
        assert fact in text
    assert html == store.thread("t")._repr_html_()
    with pytest.raises(UnknownThread):
        store.thread("nowhere")


def test_a_thread_has_its_stories_in_time_and_copies_below_what_they_copy() -> None:
    thread = Thread.of(threads()[threads()["id"] == "a"], stories()[stories()["thread"] == "a"][::-1])
    html = thread._repr_html_()
    times = re.findall(r"<time dir=\"ltr\">([^<]+)</time>", html)
    assert times == ["2018-04-06 22:10", "2018-04-07 09:30", "2018-04-07 10:00", "2018-04-07 09:45"]
    assert html.count(">near-copy<") == 2 and "2 near-copies</bdi></summary>" in html
    assert html.count('<details class="sgm-copies" dir="rtl">') == 1


def test_a_large_thread_is_bounded() -> None:
    rows = stories()[stories()["thread"] == "a"].iloc[[0] * 3_000].assign(key=[f"k{i}" for i in range(3_000)])
    rows["text"] = "نص " * MAX_LENGTH
    thread = Thread.of(threads()[threads()["id"] == "a"], rows)
    html = thread._repr_html_()
    assert len(html.encode()) < MAX_BYTES + 300_000
    assert "earlier stories not in this view" in html and " characters more]" in html
    rows["copy_of"] = ["k0" if i else None for i in range(3_000)]
    html = Thread.of(threads()[threads()["id"] == "a"], rows)._repr_html_()
    assert len(html.encode()) < 300_000 and f"{3_000 - 1 - MAX_COPIES:,} more not in this view" in html


def test_no_threads_have_no_axis_and_years_have_four_digits() -> None:
    empty = "".join(threads_html(threads()[:0], []))
    assert "There are no threads." in empty and "1970" not in empty
    first = datetime(1, 1, 1, 5, tzinfo=UTC)
    frame = threads()[:1].drop(columns=["first", "last"]).assign(first=first, last=first, stories=1)
    story = {"thread": frame["id"].iloc[0], "date": first, "title": "old"}
    for page in ("".join(threads_html(frame, [story])), Axis.over([first], [first]).legend()):
        assert "0001-01-01" in page and not re.search(r"(?<!\d)1-01-01", page)
    assert "0001-01-01 05:00: 1" in Axis.over([first], [first]).picture({0: 1}, 1)
