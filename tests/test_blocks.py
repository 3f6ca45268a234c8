"""Blocks: nothing visible lost, spans in order, and the right places to cut."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from strategies import ugly_text

from segmenter.blocks import GATHERED, LONG_SENTENCE, TINY_BYTES, TINY_RUN, split_blocks, starts_line


def parts(text: str) -> list[str]:
    return [span.of(text) for span in split_blocks(text)]


@given(ugly_text())
def test_blocks_hold_every_visible_character_in_order(text: str) -> None:
    spans = split_blocks(text)
    end = 0
    for span in spans:
        assert span.start >= end and span.end > span.start
        assert span.of(text) == span.of(text).strip()
        end = span.end
    covered = {i for span in spans for i in range(span.start, span.end)}
    invisible = "\x00\ufeff\u200b\u200c\u200d\u200e\u200f\u00ad\u061c\u180e"
    for i, char in enumerate(text):
        if i not in covered:
            assert char.isspace() or char in invisible or not char.isprintable(), (i, char)


def test_lines_are_blocks() -> None:
    assert parts("عنوان\r\n\r\n  فقرة أولى.\u00a0\n\tفقرة ثانية.") == ["عنوان", "فقرة أولى.", "فقرة ثانية."]
    assert parts("a\rb\u2028c\x0bd") == ["a", "b", "c", "d"]


def test_a_short_line_stays_whole() -> None:
    text = "One sentence. Another sentence! A third?"
    assert parts(text) == [text]


@pytest.mark.parametrize(
    ("sentences", "joint"),
    [
        (["قال د. أحمد علي إن الأمر مهم.", "هل هذا صحيح؟", "وأضاف: «هذا جيد.", "ونريد المزيد.»", "ثم صمت…"], " "),
        (["Dr. Smith met J. K. Rowling at 3.5 p.m. on Monday.", 'He said "no!"', "Then he left."], " "),
        (["M. Dupont est venu.", "Est-ce vrai ?", "Oui."], " "),
        (["今天天气很好。", "我们去公园吧！", "好的。"], ""),
        (["यह पहला वाक्य है।", "यह दूसरा है।"], " "),
    ],
)
def test_sentences_where_newlines_are_lost(sentences: list[str], joint: str) -> None:
    times = 1 + 450 // len(joint.join(sentences))
    assert parts(joint.join(sentences * times)) == sentences * times


def test_a_number_at_the_end_of_a_sentence_ends_it_but_a_list_number_does_not() -> None:
    text = "They won by 12. The others lost. " * 20 + "1. First point here. 2. Second point there."
    assert "They won by 12." in parts(text)
    assert "1. First point here." in parts(text)


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    pieces = parts("word " * 2_000)
    assert len(pieces) > 5 and all(len(piece) <= LONG_SENTENCE and piece.endswith("word") for piece in pieces)


def test_hard_wrapped_lines_are_joined() -> None:
    import textwrap

    words = "the committee said on tuesday that it would look at the plan once more before the summer "
    paragraph = textwrap.fill(words * 6, 72)
    text = paragraph + "\n\n" + paragraph
    assert len(paragraph.splitlines()) > 5
    assert parts(text) == [paragraph, paragraph]


def test_lines_of_a_list_are_not_joined() -> None:
    text = "\n".join(f"- A headline of another article, number {i}, about something" for i in range(12))
    assert len(parts(text)) == 12


def test_a_long_run_of_tiny_lines_is_gathered_but_for_its_ends() -> None:
    words = [f"tag{i}" for i in range(200)]
    text = "\n".join(["A paragraph of the usual length stands before them.", *words, "And another one stands after."])
    found = parts(text)
    assert found[1:5] == words[:4] and found[-5:-1] == words[-4:] and len(found) < 30
    assert all(len(part) >= GATHERED for part in found[5:-6])
    assert len(parts("\n".join(words[:60]))) == 60
    spans = split_blocks(text)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert "".join(text.split()) == "".join("".join(span.of(text).split()) for span in spans)


@pytest.mark.parametrize("unit", ["a\n", "1. ", "新。", "e\u0301\n\n", ".\n", "ب\n", "a b\r\n", "👩‍👩‍👧\n", "x \n\t\n"])
def test_no_text_has_more_blocks_than_a_page_of_short_lines(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    assert len(split_blocks(text)) <= len(text.encode()) / TINY_BYTES + TINY_RUN


def test_starts_line() -> None:
    text = "first\nsecond"
    assert starts_line(text, split_blocks(text)) == [True, True]
    text = "One sentence here. " * 40
    assert starts_line(text, split_blocks(text))[:3] == [True, False, False]


@pytest.mark.parametrize("unit", ["a", ".", "a.", ". ", "\u0301", '"', "x. \n", " \n", "ab ", "。", ".\u200f"])
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            split_blocks(text)
            best = min(best, time.process_time() - start)
        return best

    # Eight times the text may take eight times as long; a quadratic pass would take sixty-four.
    assert seconds(160_000) < 24 * max(seconds(20_000), 1e-3)
