"""The table of threads: columns stand below one another, and nothing in it drives the terminal."""

from __future__ import annotations

import pytest
from threads_frames import threads

from segmenter.display.threads import threads_text
from segmenter.io.terminal import cut, display_width


@pytest.mark.parametrize("text, width", [("abc", 3), ("مُحَمَّد", 4), ("東京", 4), ("e\u0301", 1), ("a\u200bb", 2),
                                         ("한국", 4), ("\u1112\u1161\u11ab", 2), ("ｶﾞ", 2), ("", 0)])  # fmt: skip
def test_width_on_a_terminal(text: str, width: int) -> None:
    assert display_width(text) == width


def test_cut_keeps_within_the_width_and_marks_with_their_letters() -> None:
    assert cut("東京新聞", 8) == "東京新聞"
    assert cut("東京新聞", 7) == "東京新…"
    assert cut("東京新聞", 6) == "東京…"
    assert cut("مُحَمَّد", 3) == "مُحَ…"
    assert cut("one two", 5) == "one…"


def test_columns_stand_below_one_another() -> None:
    lines = list(threads_text(threads(), width=80))
    assert lines[0].split() == ["id", "last", "stories", "outlets", "topic", "title"]
    assert len(lines) == 5 and all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    titles = ("title", "ガ", "الحُ", "L’été")
    at = [display_width(line[: line.index(title)]) for line, title in zip(lines, titles, strict=False)]
    assert len(set(at)) == 1
    assert "a  " in lines[2] and "2018-04-07 10:00        4        2  economy" in lines[2]


def test_long_titles_are_cut_by_their_width() -> None:
    frame = threads()[:1].assign(id="i", title="京" * 100)
    for width in (70, 71, 120):
        (_, line) = threads_text(frame, width=width)
        assert width - 1 <= display_width(line[:-1]) <= width and line.endswith("…\n")


def test_nothing_drives_the_terminal() -> None:
    text = "".join(threads_text(threads(), width=500))
    assert text.isprintable() or all(c.isprintable() or c in "\n\u200e\u200b" for c in text)
    assert "\\x1b[31m" in text and "\x1b" not in text and "\u202e" not in text


def test_neighbouring_right_to_left_columns_keep_their_places() -> None:
    frame = threads()[1:2].assign(topic_name="اقتصاد")
    assert "اقتصاد\u200e  الحُ" in list(threads_text(frame))[1]


def test_no_threads_give_the_heads() -> None:
    assert len(list(threads_text(threads()[:0]))) == 1
