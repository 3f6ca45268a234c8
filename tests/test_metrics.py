"""The measures against slow and hand-made truth, the readers against bad lines, and the reports."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmenter.document import Block, Boundary, Document, Story, by_story
from segmenter.errors import InputError, ModelError, SegmenterError
from segmenter.evaluation import Gold, Prediction, Report, Unit, evaluate, evaluate_files, read_golds, table
from segmenter.evaluation.alignment import Alignment
from segmenter.evaluation.metrics import CalibrationError, Pk, matches, pk, window_diff, window_size


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    n = draw(st.integers(2, 30))
    places = st.sets(st.integers(1, n - 1)).map(sorted)
    return n, draw(places), draw(places)


def slow(n: int, reference: list[int], hypothesis: list[int], k: int) -> tuple[float, float]:
    """Pk and WindowDiff as the papers say them, one window at a time."""
    wrong = different = 0
    for i in range(n - k):
        ours = sum(i < b <= i + k for b in reference)
        theirs = sum(i < b <= i + k for b in hypothesis)
        wrong += (ours == 0) != (theirs == 0)
        different += ours != theirs
    return wrong / (n - k), different / (n - k)


@given(pairs())
def test_windows_agree_with_the_slow_way(pair: tuple[int, list[int], list[int]]) -> None:
    n, reference, hypothesis = pair
    k = window_size(n, len(reference) + 1)
    assert (pk(reference, hypothesis, n), window_diff(reference, hypothesis, n)) == pytest.approx(
        slow(n, reference, hypothesis, k)
    )


@given(pairs(), st.integers(1, 29))
def test_windows_are_symmetric_and_ordered(pair: tuple[int, list[int], list[int]], k: int) -> None:
    n, reference, hypothesis = pair
    k = min(k, n - 1)
    assert pk(reference, hypothesis, n, k) == pk(hypothesis, reference, n, k)
    assert window_diff(reference, hypothesis, n, k) == window_diff(hypothesis, reference, n, k)
    assert 0 <= pk(reference, hypothesis, n, k) <= window_diff(reference, hypothesis, n, k) <= 1
    mirrored = [n - b for b in reference[::-1]], [n - b for b in hypothesis[::-1]]
    assert pk(*mirrored, n, k) == pytest.approx(pk(reference, hypothesis, n, k))
    assert pk(reference, reference, n, k) == window_diff(reference, reference, n, k) == 0
    if k == 1:
        assert window_diff(reference, hypothesis, n, 1) == len(set(reference) ^ set(hypothesis)) / (n - 1)


def test_windows_by_hand() -> None:
    # Ten units, two segments of five: k = round(10 / 2 / 2) = 2 (half to even), eight windows.
    assert window_size(10, 2) == 2
    assert pk([5], [], 10) == window_diff([5], [], 10) == 2 / 8
    # One unit late: windows (3,5) and (5,7) disagree.
    assert pk([5], [6], 10) == window_diff([5], [6], 10) == 2 / 8
    # A second boundary beside the right one: WindowDiff sees it in (4,6) too, Pk does not.
    assert pk([5], [5, 6], 10) == 1 / 8
    assert window_diff([5], [5, 6], 10) == 2 / 8
    assert pk([], [1, 2, 3], 4, 1) == 1


@pytest.mark.parametrize(("reference", "hypothesis", "n", "k"), [([0], [], 5, 1), ([], [5], 5, 1), ([], [], 1, None),
                                                                  ([], [], 5, 5), ([], [], 5, 0)])  # fmt: skip
def test_windows_refuse_what_is_out_of_range(reference, hypothesis, n, k) -> None:
    for measure in (pk, window_diff):
        with pytest.raises(ValueError):
            measure(reference, hypothesis, n, k)


@given(st.sets(st.integers(1, 12), max_size=5).map(sorted), st.sets(st.integers(1, 12), max_size=5).map(sorted),
       st.integers(0, 2))  # fmt: skip
def test_matching_is_one_to_one_and_as_large_as_can_be(a: list[int], b: list[int], tolerance: int) -> None:
    def largest(i: int, free: frozenset[int]) -> int:
        if i == len(a):
            return 0
        near = [x for x in free if abs(x - a[i]) <= tolerance]
        return max([largest(i + 1, free), *(1 + largest(i + 1, free - {x}) for x in near)])

    assert matches(a, b, tolerance) == largest(0, frozenset(b))


TEXT = "aaaa bbbb cccc dddd eeee ffff"
KIND = ("headline", "body", "ad", "body", "body", "related")
STORY = (0, 0, None, 1, 1, None)


def gold(stories=STORY, kinds=KIND, name: str = "g") -> Gold:
    units = [Unit(i * 5, i * 5 + 4, story, kind) for i, (story, kind) in enumerate(zip(stories, kinds, strict=True))]
    return Gold(name, TEXT, tuple(units))


def document(stories=STORY, kinds=KIND, name: str | None = "g", curve=()) -> Document:
    blocks = [Block(i * 5, i * 5 + 4, kind, story) for i, (story, kind) in enumerate(zip(stories, kinds, strict=True))]
    made = tuple(Story.from_blocks(number, TEXT, own) for number, own in by_story(blocks).items())
    return Document(TEXT, tuple(blocks), made, tuple(curve), name)


def said(*boundaries: int, **more) -> Prediction:
    return Prediction(len(TEXT), boundaries, len(boundaries) + 1, **more)


@pytest.mark.parametrize(
    ("at", "unit"),
    [(1, []), (4, [1]), (5, [1]), (7, [1]), (9, [2]), (10, [2]), (14, [2]), (15, [2]), (18, [2]), (19, [3]), (20, [3]),
     (23, [3]), (24, []), (25, []), (29, [])],
)  # fmt: skip
def test_a_boundary_counts_at_the_story_unit_it_is_in_or_before(at: int, unit: list[int]) -> None:
    # Story units: 0-4, 5-9, 15-19, 20-24; furniture 10-14 and 25-29.
    pair = Alignment.of(gold(), said(at))
    assert pair.n == 4
    assert pair.reference.tolist() == [2]
    assert pair.hypothesis.tolist() == unit


def test_several_boundaries_at_one_unit_count_once() -> None:
    assert Alignment.of(gold(), said(9, 10, 12, 15)).hypothesis.tolist() == [2]


def test_a_unit_takes_the_segment_that_covers_most_of_it() -> None:
    # First unit 0-4: 2 code points ad, 2 body -> the first; second 5-9: 1 body, 3 related.
    segments = {"starts": (0, 2, 6), "kinds": ("ad", "body", "related"), "owners": (None, 0, None)}
    pair = Alignment.of(gold(), said(**segments))
    assert [kind for _, kind in pair.kinds] == ["ad", *["related"] * 5]
    assert pair.placed == (False, False, True, False, False, True)


def test_a_prediction_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="text of 3 code points"):
        Alignment.of(gold(), Prediction(3, (), 1))


@given(st.lists(st.integers(0, 3) | st.none(), min_size=6, max_size=6))
def test_what_is_right_scores_perfectly(stories: list[int | None]) -> None:
    order = sorted({story for story in stories if story is not None})
    ordered = iter(sorted(order.index(story) for story in stories if story is not None))
    stories = [None if story is None else next(ordered) for story in stories]
    kinds = ["other" if story is None else "body" for story in stories]
    row = evaluate([gold(stories, kinds)], [document(stories, kinds)]).to_dict()["rows"]["segmenter"]
    assert all(value in (None, 0.0) for value in (row["Pk"], row["WindowDiff"]))
    assert all(value in (None, 1.0) for name, value in row.items() if name not in ("Pk", "WindowDiff"))


def test_report_by_hand() -> None:
    wrong = document((0, 0, None, 0, 1, None), ("body", "body", "ad", "body", "body", "ad"))
    whole = document((0, 0, 0, 0, 0, 0), ["body"] * 6)
    one = gold((0, 0, 0, 0, 0, 0), ["body"] * 6)
    report = evaluate([gold(), one], [wrong, whole])
    row = report.to_dict()["rows"]["segmenter"]
    # Four units, k = 1, three windows: one misses, one is false; the second document is right.
    assert row["Pk"] == row["WindowDiff"] == pytest.approx((2 / 3 + 0) / 2)
    assert (row["P"], row["R"], row["F1"], row["F1±1"], row["count"], row["1 whole"]) == (0, 0, 0, 1, 1, 1)
    kinds = report.to_dict()["kinds"]
    assert kinds["accuracy"] == 10 / 12
    assert kinds["macro_recall"] == pytest.approx((0 + 1 + 1 + 0) / 4)  # headline, body, ad, related
    assert kinds["kind_and_in_story_accuracy"] == 10 / 12
    assert kinds["by_kind"]["ad"] == {"units": 1, "recall": 1.0, "precision": 0.5}
    assert kinds["confusion"]["related"]["ad"] == 1
    base = report.to_dict()["rows"]
    assert base["no boundary"]["P"] is None
    assert base["no boundary"]["R"] == 0
    assert base["even spacing"]["F1"] == 1  # two stories of two units: even spacing is right


def test_report_text_is_aligned_and_complete() -> None:
    text = evaluate([gold()], [document()]).to_text()
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if "WindowDiff" in line)
    assert [line[:12].strip() for line in lines[start + 1 : start + 4]] == ["segmenter", "no boundary", "even spacing"]
    assert len({len(line) for line in lines[start : start + 4]}) == 1
    assert "documents: 1" in text
    assert "true number of stories" in text
    assert not any(line != line.rstrip() for line in lines)


def test_documents_of_one_unit_are_left_out_of_the_windows_and_counted() -> None:
    lone = gold((0, None, None, None, None, None))
    report = evaluate([lone, gold()], [document((0, None, None, None, None, None)), document()])
    assert report.left_out == 1
    assert report.to_dict()["rows"]["segmenter"]["Pk"] == 0
    assert "1 with fewer than two story units left out" in report.to_text()
    assert Report().to_dict()["rows"]["segmenter"]["Pk"] is None
    assert Report().to_text()


def test_reports_add_up() -> None:
    golds, documents = [gold(), gold((0, 0, 0, 0, 0, 0))], [document((0,) * 6), document((0,) * 6)]
    total = evaluate(golds, documents)
    parts = [evaluate([g], [d]) for g, d in zip(golds, documents, strict=True)]
    assert (parts[0] + parts[1]).to_dict() == total.to_dict()
    lines = table({"a": parts[0], "b": parts[1]}).splitlines()
    assert lines[-1].split()[0] == "TOTAL"
    assert lines[-1].split()[2] == f"{total.rows['segmenter']['Pk'].value:.3f}"


def test_metrics_count_and_merge() -> None:
    first, second = Pk(), Pk()
    pair = Alignment.of(gold(), said())
    assert first.add(pair) == pytest.approx(1 / 3)
    second.add(Alignment.of(gold(), said(15)))
    first.merge(second)
    assert first.value == pytest.approx(1 / 6)


def test_calibration_by_hand() -> None:
    places = [Boundary(5, 0.25), Boundary(15, 0.95), Boundary(20, 0.25), Boundary(25, 0.9)]
    report = evaluate([gold()], [document(curve=places)])
    # Furniture at 25 is no story unit. Bins: .25 twice, none true; .95 once, true.
    assert report.calibration.value == pytest.approx((2 * 0.25 + 0.05) / 3)
    assert report.to_dict()["reliability"]["bins"][9] == {"from": 0.9, "to": 1.0, "places": 1, "probability": 0.95,
                                                          "share": 1.0}  # fmt: skip
    assert evaluate([gold()], [document()]).calibration.value is None
    assert CalibrationError().value is None


def write(path: Path, *records: object) -> str:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return str(path)


def line(g: Gold, **more: object) -> dict[str, object]:
    units = [{"start": u.start, "end": u.end, "story": u.story, "kind": u.kind} for u in g.units]
    return {"id": g.id, "text": g.text, "units": units, "variant": "x", **more}


def test_bad_gold_lines_come_back_as_errors_in_their_place(tmp_path: Path) -> None:
    def unit(start: object, end: object, **more: object) -> dict[str, object]:
        return {"id": "x", "text": "abc", "units": [{"start": start, "end": end, "story": 0, **more}]}

    two = {"id": "x", "text": "abc", "units": [{"start": 1, "end": 2, "story": 0}, {"start": 0, "end": 1, "story": 0}]}
    bad = ["{", "[]", "nul", unit(0, 9), unit(2, 2), unit(-1, 2), unit("0", 2), unit(True, 2), unit(0, 2, kind="poem"),
           unit(0, 2, story="a"), unit(0, 2, kind=[]), two, {"id": "x", "units": []}, {"id": "x", "text": "abc"},
           {"text": "abc", "units": [1]}, line(gold()), "[" * 100_000]  # fmt: skip
    path = write(tmp_path / "g.jsonl", line(gold()), "", *bad, line(gold(), id="last"))
    entries = list(read_golds(path))
    assert [isinstance(entry, InputError) for entry in entries] == [False, *[True] * len(bad), False]
    assert [entry.place for entry in entries[1:-1]] == [f"line {i + 3}" for i in range(len(bad))]
    assert all(entry.source == path and entry.remedy for entry in entries[1:-1])
    Path(path).write_bytes(b"\xef\xbb\xbf" + json.dumps(line(gold())).encode() + b"\n\xff\xfe\n")
    good, latin = read_golds(path)
    assert good.id == "g"
    assert "UTF-8" in str(latin)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl.*cannot be opened"):
        evaluate_files(str(tmp_path / "nowhere.jsonl"))
    path = write(tmp_path / "g.jsonl", line(gold()))
    with pytest.raises(InputError, match="cannot be opened"):
        evaluate_files(path, str(tmp_path))


def test_predictions_are_found_by_id_and_missing_ones_reported(tmp_path: Path) -> None:
    golds = write(tmp_path / "g.jsonl", *(line(gold(), id=name) for name in ("a", 2, "c", "d", "e")))
    record = document().to_dict(text=False, blocks=False)
    gap = {**record, "id": "d", "segments": record["segments"][1:]}
    pred = write(tmp_path / "p.jsonl", {**record, "id": "e"}, {**record, "id": 2}, {**record, "id": "c", "length": 99},
                 gap, {**record, "id": "e"}, "{")  # fmt: skip
    done: list[int] = []
    report = evaluate_files(golds, pred, progress=done.append)
    assert done == [1, 2, 3, 4, 5]
    assert report.documents == 2
    assert report.to_dict()["rows"]["segmenter"]["F1"] == 1
    assert report.calibration.value is None
    messages = " | ".join(str(error) for error in report.errors)
    for part in ("no prediction for the id 'a'", "no prediction for the id 'd'", "p.jsonl, line 3", "do not tile",
                 "two predictions for the id 'e'", "p.jsonl, line 6: not valid JSON"):  # fmt: skip
        assert part in messages
    assert "could not be scored" in report.to_text()


def test_predictions_need_no_more_than_boundaries(tmp_path: Path) -> None:
    golds = write(tmp_path / "g.jsonl", line(gold()))
    pred = write(tmp_path / "p.jsonl", {"id": "g", "length": len(TEXT), "boundaries": [{"at": 0}, {"at": 15}]})
    report = evaluate_files(golds, pred)
    assert report.rows["segmenter"]["count"].value == report.rows["segmenter"]["F1"].value == 1
    assert report.to_dict()["kinds"] is None


class Fake:
    """Answers each gold with the same document, and fails on request."""

    def split(self, text: str, *, id: str | None = None) -> Document:
        if id == "bad":
            raise SegmenterError("cannot split this")
        if id == "broken":
            raise RuntimeError("boom")
        if id == "model":
            raise ModelError("no such model")
        return Document("other") if id == "other" else document(name=id)


def test_a_segmenter_runs_on_the_golds_texts(tmp_path: Path) -> None:
    golds = write(tmp_path / "g.jsonl", *(line(gold(), id=name) for name in ("a", "bad", "other", "broken", "b")))
    report = evaluate_files(golds, segmenter=Fake())
    assert report.documents == 2
    assert [error.place for error in report.errors] == ["line 2", "line 3", "line 4"]
    assert "RuntimeError: boom" in str(report.errors[2])
    with pytest.raises(ModelError):
        evaluate_files(write(tmp_path / "m.jsonl", line(gold(), id="model")), segmenter=Fake())
    with pytest.raises(ValueError, match="not both"):
        evaluate_files(golds, golds, segmenter=Fake())


def test_documents_and_golds_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="no document"):
        evaluate([gold()], [])
    with pytest.raises(ValueError, match="more documents"):
        evaluate([], [document()])


def test_even_spacing_has_the_true_number_of_stories() -> None:
    for n, cuts in ((9, 2), (10, 3), (4, 3)):
        for chosen in list(combinations(range(1, n), cuts))[:20]:
            stories = np.searchsorted(chosen, range(n), side="right")
            g = Gold("g", "x" * n, tuple(Unit(i, i + 1, int(story)) for i, story in enumerate(stories)))
            pair = Alignment.even(g)
            assert len(pair.hypothesis) == cuts
            widths = np.diff([0, *pair.hypothesis, n])
            assert widths.max() - widths.min() <= 1
