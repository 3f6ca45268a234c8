"""The page of threads: everything is on it, nothing of it acts, nothing of it comes from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest
from threads_frames import HOSTILE, many, stories, threads

from segmenter.display.threads import MAX_LENGTH, threads_html
from segmenter.display.threads_assets import SCRIPT
from segmenter.display.timeline import MAX_BINS, Axis
from segmenter.errors import InputError

VOID = {"meta", "input", "path"}
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "b", "span", "div",
        "label", "input", "select", "option", "button", "details", "summary", "bdi", "svg", "path", "time", "ul", "li",
        "script"}  # fmt: skip


class _Reader(HTMLParser):
    """A tree, flattened: for each element its tag, its attributes and all of its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[dict[str, Any]] = []
        self.all: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", "inside": list(self.open), **dict(attrs)}
        assert len(dict(attrs)) == len(attrs)
        self.all.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] += data

    def of(self, tag: str, name: str | None = None, within: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return [e for e in self.all if e["tag"] == tag and (name is None or e.get("class") == name)
                and (within is None or any(outer is within for outer in e["inside"]))]  # fmt: skip


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def html() -> str:
    return "".join(threads_html(threads(), stories(), title="News"))


def test_the_page_is_well_formed_and_refers_to_nothing(html: str) -> None:
    reader = read(html)
    assert {e["tag"] for e in reader.all} == TAGS
    names = {name for e in reader.all for name in e} - {"tag", "text", "inside"}
    assert not any(name.startswith("on") for name in names)
    assert names.isdisjoint({"href", "src", "srcset", "action", "style", "xlink:href", "data", "poster"})
    assert "@import" not in html and "url(" not in html and "http" not in html.replace("http-equiv", "")


def test_only_the_pages_own_script_is_allowed(html: str) -> None:
    (script,) = read(html).of("script")
    assert script["text"] == SCRIPT
    policy = next(e["content"] for e in read(html).of("meta") if e.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_a_thread_shows_what_is_known_of_it(html: str) -> None:
    reader = read(html)
    card = next(e for e in reader.of("details", "t") if e["id"] == "t-a")
    (title,) = reader.of("h2", within=card)
    assert (title["text"], title["lang"]) == ("الحُكُومَة تُعلِن خُطّة إِعَادَة الإعمار", "ar")
    (facts,) = reader.of("p", "m", card)
    for fact in ("economy", "4 stories", "2 outlets", "2018-04-06 – 2018-04-07"):
        assert fact in facts["text"]
    assert "إعادة الإعمارStraßenbau" in reader.of("p", "k", card)[0]["text"]
    outlets = reader.of("p", "out", card)[0]["text"]
    assert "مرافئ 2" in outlets and "وكالة المدى 1" in outlets and "no outlet 1" in outlets and "thread a" in outlets
    (words,) = reader.of("title", within=card)
    assert words["text"] == "stories per hour: 2018-04-06 22:00: 1, 2018-04-07 09:00: 2, 2018-04-07 10:00: 1"
    assert reader.of("svg", within=card)[0]["role"] == "img"


def test_stories_stand_in_order_of_time_with_their_copies_below(html: str) -> None:
    reader = read(html)
    card = next(e for e in reader.of("details", "t") if e["id"] == "t-a")
    assert [e["text"] for e in reader.of("time", within=card)] == [
        "2018-04-06 22:10", "2018-04-07 09:30", "2018-04-07 10:00", "2018-04-07 09:45"]  # fmt: skip
    (copies,) = reader.of("details", "c", card)
    assert (copies["dir"], copies["text"][:13]) == ("rtl", "2 near-copies")
    assert [e["text"] for e in reader.of("span", "h", copies)] == ["الحكومة تعلن خطة إعادة الإعمار", "نسخة من نسخة"]
    assert reader.of("span", "h w", card)[0]["text"] == "بلا عنوان ولكن فيه نص."


def test_a_text_is_whole_in_its_own_direction_and_does_not_repeat_the_title(html: str) -> None:
    texts = {e["text"]: e for e in read(html).of("div", "x")}
    french = texts["La température dépasserait 40 degrés.\n\nالسطر العربي هنا."]
    assert (french["dir"], french["lang"]) == ("auto", "fr")
    assert any(text.startswith("قال المتحدث") for text in texts)
    assert "ガザ" in html and read(html).of("p", "n")[-1]["dir"] == "auto"  # without a text, nothing to fold


def test_header_counts_and_period(html: str) -> None:
    header = read(html).of("header")[0]["text"]
    for fact in ("News", "4 threads", "7 stories", "2 near-copies", "5 outlets", "2018-04-05 12:00 – 2018-04-08 23:59"):
        assert fact in header


def test_threads_are_newest_first_whatever_the_order_of_the_frame() -> None:
    order = ["t-c", "t-a", "t-b"]
    for frame in (threads(), threads()[::-1]):
        found = [e["id"] for e in read("".join(threads_html(frame, stories()))).of("details", "t")]
        assert found[:3] == order


def test_hostile_values_stay_text(html: str) -> None:
    reader = read(html)
    card = reader.of("details", "t")[-1]
    assert card["id"].startswith("t-</script>")
    assert "<img" not in html and html.count("<script") == 1 and html.count("</script>") == 1
    assert "<svg/" not in html and "\x00" not in html and "\x1b" not in html
    assert all(set(e) <= {"tag", "text", "inside", "class", "id", "dir", "data-n", "role", "title", "viewbox", "lang",
                          "preserveaspectratio", "d"} for e in reader.all if card in e["inside"])  # fmt: skip
    assert "lang" not in reader.of("h2", within=card)[0]
    # On one line a "pop" could end the isolation around it; a text is a block, whose end closes everything.
    lines = [e for e in reader.all if e["tag"] in ("h1", "h2", "bdi", "span", "p", "title")]
    assert not any(c in e["text"] for e in lines for c in "\u202e\u2069")
    assert HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd") in reader.of("div", "x", card)[0]["text"]
    "".join(threads_html(threads(), stories(), title=f"{HOSTILE}\ud800")).encode()


def test_the_same_input_gives_the_same_page_from_frames_and_from_mappings(html: str) -> None:
    assert html == "".join(threads_html(threads(), stories(), title="News"))
    rows = [{name: None if pd.isna(cell) else cell for name, cell in row.items() if name != "key_phrases"}
            for row in stories().to_dict("records")]  # fmt: skip
    assert html == "".join(threads_html(threads(), iter(rows), title="News"))
    for row in rows:
        row["date"] = row["date"].isoformat()
    assert html == "".join(threads_html(threads(), rows, title="News"))


def test_the_page_comes_in_pieces_of_one_thread_or_less() -> None:
    frame, rows = many(300)
    pieces = list(threads_html(frame, iter(rows)))
    assert len(pieces) > 1200
    assert max(map(len, pieces[1:-1])) < 2_000
    assert len("".join(pieces)) / len(rows) < 600


def test_beyond_the_limit_the_newest_are_shown_and_the_page_says_so() -> None:
    frame, rows = many(50)
    held: list[int] = []

    def counted() -> Iterator[dict[str, Any]]:
        for i, row in enumerate(rows):
            held.append(i)
            yield row

    html = "".join(threads_html(frame, counted(), limit=100))
    reader = read(html)
    assert len(held) == 200
    assert len(reader.of("details", "t")) == 50 and len(reader.of("details", "s")) == 100
    assert "100 stories of these threads not shown on this page." in html
    assert html.count("2 earlier stories not shown on this page.") == 50
    assert {e["text"][:7] for e in reader.of("span", "h")} == {"Story 2", "Story 3"}
    # The picture of a thread and its outlets count what is left out too.
    assert all("18:00: 1" in e["text"] for e in reader.of("title")[1:] if "per hour" in e["text"])
    assert "o0 1o1 1o2 1o3 1" in reader.of("p", "out")[0]["text"]

    html = "".join(threads_html(frame, rows, limit=10))
    assert len(read(html).of("details", "t")) == 10
    assert "40 older threads not shown on this page." in html and "30 stories of these" in html
    with pytest.raises(ValueError, match="at least 1"):
        list(threads_html(frame, rows, limit=0))


def test_a_very_long_text_is_cut_with_a_word() -> None:
    frame, rows = many(1)
    rows[0]["text"] = "x" * (MAX_LENGTH + 1_234)
    assert "[…1,234 characters not shown]" in "".join(threads_html(frame, rows))


def test_copies_that_copy_one_another_or_what_is_not_there_stand_on_their_own() -> None:
    frame, rows = many(1)
    rows[0]["copy_of"], rows[1]["copy_of"], rows[2]["copy_of"], rows[3]["copy_of"] = "0:1", "0:0", "9:9", "0:0"
    assert len(read("".join(threads_html(frame, rows))).of("details", "s")) == 4


def test_nothing_gives_a_page_too() -> None:
    html = "".join(threads_html(threads()[:0], stories()[:0]))
    assert "There are no threads." in html and read(html).of("details") == []
    html = "".join(threads_html(threads(), []))
    assert "7 stories of these threads not shown" in html and "no stories</title>" in html


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="'last'"):
        list(threads_html(threads().drop(columns="last"), stories()))
    with pytest.raises(InputError, match="row 1: it has no 'date'"):
        list(threads_html(threads(), [{"thread": "a", "date": datetime(2018, 4, 6)}, {"thread": "a"}]))


@pytest.mark.parametrize("hours, every", [(1, "per hour"), (95, "per hour"), (96, "per day"), (24 * 230, "per day"),
                                          (24 * 365, "per 2 days"), (24 * 3650, "per 16 days")])  # fmt: skip
def test_the_axis_fits_the_period(hours: int, every: str) -> None:
    first = datetime(2018, 4, 6, 22, 10, tzinfo=UTC)
    last = first + timedelta(hours=hours)
    axis = Axis.over([first], [last])
    assert f"<span>{every}</span>" in axis.legend()
    assert axis.bin(first) == 0 and axis.bin(last) == axis.count - 1 < MAX_BINS
    assert axis.bin(first - timedelta(days=9)) == 0 and axis.bin(last + timedelta(days=9)) == axis.count - 1
    picture = axis.picture({i: 1 for i in range(min(axis.count, 9))}, 9)
    lefts = [float(x) for x in re.findall(r"M([\d.]+) ", picture)]
    assert lefts == sorted(lefts) and lefts[0] >= 0 and lefts[-1] < 480
