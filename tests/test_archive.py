"""What a new story costs beside an archive: that the archives are whole, and alike where they are compared with."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from segmenter import Store, StoryTracker
from segmenter.evaluation.archive import Figures, beside, main, measure
from segmenter.evaluation.archive_stream import NOW, Filler, OneStory, Stream

DAILY = 10
LIVE = 70


@pytest.fixture(scope="module")
def filler() -> Filler:
    return Filler(Stream(DAILY), LIVE)


def filled(filler: Filler, path: Path, count: int) -> Store:
    filler.fill(f"sqlite:///{path}", count)
    return Store(path, create=False)


def test_archives_are_whole_and_what_is_live_is_the_same_in_each(filler: Filler, tmp_path: Path) -> None:
    live = []
    for count in (LIVE, 300):
        with filled(filler, tmp_path / f"{count}.db", count) as store:
            assert store.check() == []
            stories = store.stories()
            assert len(stories) == count and stories.date.is_monotonic_increasing
            assert stories.date.iloc[0] == NOW - timedelta(days=count / DAILY)
            live.append([(s.key, s.date, s.embedding, s.words, s.shingles)
                         for s in store.live(NOW - timedelta(days=7), NOW)])  # fmt: skip
    assert len(live[0]) == LIVE and live[0] == live[1]


def test_stories_are_alike_as_news_are() -> None:
    stream = Stream(DAILY)
    assert stream.text(-5) == Stream(DAILY).text(-5) != stream.text(-4)
    numbers = range(-400, 0)
    sizes = Counter(Counter(map(stream.opener, numbers)).values())
    assert sizes[1] > 50 and any(size > 3 for size in sizes)
    by_event: dict[int, list[int]] = {}
    for number in numbers:
        by_event.setdefault(stream.opener(number), []).append(number)
    one, other = next(members for members in by_event.values() if len(members) > 1)[:2]
    alone = next(members[0] for members in by_event.values() if len(members) == 1)
    tracker = StoryTracker()
    texts = [stream.text(number) for number in (one, other, alone)]
    vectors = [print_.vector for print_ in tracker.describe([t.body for t in texts], [t.title for t in texts])]
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_a_dump_is_taken_apart_as_it_was_put_together() -> None:
    stream = Stream(DAILY)
    (story,) = OneStory().split(stream.dump(3).text).stories
    assert (story.headline, story.text) == stream.text(3)


def test_new_stories_are_filed_once(filler: Filler, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with filled(filler, path, 100) as store:
        found = measure(store.name, DAILY, 5)
        assert store.check() == [] and len(store.stories()) == 105
    assert found["live"] == LIVE
    assert set(found) == set(Figures._fields) - {"stories", "megabytes"} and min(found.values()) > 0
    assert found["processor"] > 0 and found["median"] <= found["most"]
    assert found["total"] >= found["reading"] + found["tracking"] + found["storing"]
    with pytest.raises(ValueError, match="0 of 5 new dumps were filed"):
        measure(str(path), DAILY, 5)


def test_memory_is_that_of_a_process_of_its_own(filler: Filler, tmp_path: Path) -> None:
    ballast = bytearray(400_000_000)
    figures = beside(filler, 100, 2, str(tmp_path))
    assert (figures.stories, figures.live) == (100, LIVE)
    assert 20 < figures.memory < len(ballast) / 1e6
    assert list(tmp_path.iterdir()) == []  # the archive is gone


def test_the_command_prints_and_writes_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                               capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    numbers = map(float, range(100))

    def made_up(_: Filler, count: int, *__: object) -> Figures:
        return Figures(count, *(next(numbers) for _ in Figures._fields[1:]))

    monkeypatch.setattr("segmenter.evaluation.archive.beside", made_up)
    out = tmp_path / "archive.md"
    assert main(["--stories", "70", "1000", "--daily", "10", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed == out.read_text(encoding="utf-8")
    lines = printed.splitlines()
    assert [line.count("|") for line in lines[:4]] == [len(Figures._fields) + 1] * 4
    assert lines[2].startswith("| 70 | 0 | 1 | 2.0 | 3.00 |") and lines[3].startswith("| 1,000 |")
    assert "70 of them in the window of 7 days" in printed


def test_what_cannot_be_measured_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stories", "69", "--daily", "10"])
    assert "70 at 10 a day: a size of 69 is too small" in capsys.readouterr().err
    assert main(["--stories", "70", "--daily", "10", "--out", str(tmp_path / "no" / "out.md"), "--new", "1"]) == 1
    assert "no/out.md" in capsys.readouterr().err


def test_the_process_that_measures_prints_json(filler: Filler, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    with filled(filler, tmp_path / "archive.db", 70) as store:
        assert main(["--measure", store.name, "--daily", str(DAILY), "--new", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["live"] == LIVE
