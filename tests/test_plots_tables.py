"""Plots of frames and reports: topics, threads, reliability, confusion and scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from plotted import SPORT, WAR, artists, collection, document, line, report, rows, sides, thread_frames
from stores import BEGIN, dump, file

import segmenter
from segmenter import Topic, plots
from segmenter.errors import InputError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


@pytest.fixture
def ax() -> Any:
    return Figure().subplots()


def bars(ax: Any) -> dict[str, float]:
    """Topics with the length of their bar."""
    return {name: bar.get_width() for name, bar in zip(rows(ax), ax.patches, strict=True)}


# --- topics ---------------------------------------------------------------------------------------------------------


def test_a_story_counts_for_its_first_topic(ax: Any) -> None:
    found = [document(topics=(WAR, SPORT, WAR)), document(topics=(None, WAR, None))]
    plots.topics(found, ax)
    assert bars(ax) == {"war": 3, "رياضة": 1, "no topic": 2}
    assert [text.get_text() for text in ax.texts] == ["3", "1", "2"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the most frequent on top
    assert len(set(map(tuple, (bar.get_facecolor() for bar in ax.patches)))) == 2


def test_a_frame_of_segments_counts_stories_not_segments(ax: Any) -> None:
    found = [document("hb.b.hb", topics=(WAR, SPORT)), document("hb", topics=(WAR,)), document("hb", topics=(WAR,))]
    frame = pd.concat([one.to_frame() for one in found])  # without ids, as documents may be
    assert bars(plots.topics(frame, ax)) == {"war": 3, "رياضة": 1}
    same = frame.assign(id="x")
    assert bars(plots.topics(same, Figure().subplots())) == {"war": 3, "رياضة": 1}
    split = segmenter.split_frame(pd.DataFrame({"text": ["", "Shares of the bank rose after it raised its rate."]}))
    assert sum(bars(plots.topics(split, Figure().subplots())).values()) == 1


def test_a_topic_goes_by_its_most_frequent_name_and_others_share_a_row(ax: Any) -> None:
    names = ("sport", "رياضة", "رياضة", "sport", "رياضة")
    found = [document("h", topics=(Topic("t:1", name, 0.5),)) for name in names]
    found += [document("h", topics=(Topic(f"rare:{i}", f"rare {i}", 0.5),)) for i in range(3)]
    plots.topics(found, ax, most=2)
    assert bars(ax) == {"رياضة": 5, "rare 0": 1, "2 other topics": 2}


def test_topics_over_time_are_columns_on_one_scale(ax: Any) -> None:
    days = ["2024-03-01", "2024-03-01T23:00:00+00:00", "2024-03-03", "2024-03-09", "some day", None]
    found = [document("h", topics=(WAR,), date=day) for day in days]
    found.append(document("h", topics=(SPORT,), date="2024-03-02T01:00:00+03:00"))  # the day before, in UTC
    plots.topics(found, ax, date="date")
    assert rows(ax) == ["war", "رياضة"] and [t.get_text() for t in ax.texts] == ["6", "1", "total"]
    # The axis of rows points downwards: the foot of a column is its greater end.
    columns = {(num2date(left).day, round(foot - 0.36)): foot - top for left, top, _, foot in sides(ax, "_columns")}
    assert columns == pytest.approx({(1, 0): 0.85, (3, 0): 0.425, (9, 0): 0.425, (1, 1): 0.425})
    assert "stories per day, at most 2; 2 stories without a date" in ax.get_xlabel()


def test_dates_may_be_a_column_of_any_kind(ax: Any) -> None:
    found = pd.concat([document("h", topics=(WAR,)).to_frame() for _ in range(2)], ignore_index=True)
    for dates in (["2024-03-01", "2024-03-02"], pd.to_datetime(["2024-03-01", "2024-03-02"]), [1709251200, 1709337600],
                  [BEGIN, BEGIN.replace(day=2)], [BEGIN.date(), BEGIN.replace(day=2).date()]):  # fmt: skip
        drawn = plots.topics(found.assign(day=dates), Figure().subplots(), date="day")
        assert [round(left) for left, *_ in sides(drawn, "_columns")] == [19783, 19784]
    plots.topics(found.assign(day=pd.NaT), ax, date="day")
    assert "no date can be read of 2 stories" in ax.get_xlabel()


def test_many_stories_make_no_more_columns(ax: Any) -> None:
    dates = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(np.arange(20_000), unit="h")
    frame = pd.DataFrame({"story": 0, "topic": [f"t{i % 40}" for i in range(20_000)], "date": dates})
    plots.topics(frame, ax, date="date")
    assert len(rows(ax)) == 13 and len(sides(ax, "_columns")) <= 13 * 240 and artists(ax) < 300


def test_what_topics_refuses(ax: Any) -> None:
    with pytest.raises(InputError, match="no column 'topic'"):
        plots.topics(pd.DataFrame({"text": ["a"]}), ax)
    with pytest.raises(InputError, match="no column 'day'"):
        plots.topics(document("hb").to_frame(), ax, date="day")
    with pytest.raises(ValueError, match="at least 1"):
        plots.topics(document(), ax, most=0)


# --- threads --------------------------------------------------------------------------------------------------------


def test_a_thread_is_a_row_and_a_story_a_dot(ax: Any) -> None:
    plots.thread_timeline(*thread_frames(), ax)
    assert rows(ax)[1:] == ["غرق عبّارة", "(no title)"] and rows(ax)[0].startswith("It costs $5")
    dots, rings = line(ax, "story (5)"), line(ax, "near-copy (1)")
    assert sorted((num2date(x).day, y) for x, y in dots.get_xydata()) == [(1, 0), (2, 1), (3, 1), (4, 2), (5, 1)]
    assert rings.get_markerfacecolor() == (1, 1, 1) and rings.get_markeredgecolor() == dots.get_color()
    assert rings.get_ydata()[0] not in (0, 1) and -0.5 < rings.get_ydata()[0] < 0.5  # beside what it copies
    spans = [[num2date(x).day for x in path[:, 0]] for path in collection(ax, "_threads").get_segments()]
    assert spans == [[1, 1], [2, 5], [4, 4]]
    assert ax.get_xlabel() == "date (UTC)" and ax.get_ylim()[0] > ax.get_ylim()[1]


def test_stories_may_come_one_by_one_and_of_other_threads(ax: Any) -> None:
    threads, stories = thread_frames()
    plots.thread_timeline(threads, iter(stories.to_dict("records")), ax, limit=1)
    assert rows(ax) == ["غرق عبّارة"] and len(line(ax, "story (3)").get_xdata()) == 3
    assert "2 smaller threads are not shown" in ax.get_xlabel()
    assert ax.get_legend() is None  # all dots are stories


def test_many_stories_at_a_time_are_no_more_than_can_be_seen(ax: Any) -> None:
    threads, stories = thread_frames()
    many = pd.concat([stories] * 1_000)
    plots.thread_timeline(threads, many, ax)
    assert len(line(ax, "story (5,000)").get_xdata()) + len(line(ax, "near-copy (1,000)").get_xdata()) <= 6 * 5
    moment = stories["date"].iloc[0]
    one = pd.DataFrame([{"id": "a", "first": moment, "last": moment, "stories": 1}])
    drawn = plots.thread_timeline(one, stories[:1], Figure().subplots())
    assert drawn.get_xlim()[0] < line(drawn, "story (1)").get_xdata()[0] < drawn.get_xlim()[1]


def test_a_store_draws_its_threads(store: Any, ax: Any) -> None:
    for n, threads in enumerate((["a"], ["a", "b"], ["c"], ["a"])):
        copy = {"copy_of": f"{dump(0).key}:0"} if n == 3 else {}
        file(store, n, *threads, stories=[copy | {"title": f"Title {n}{i}"} for i in range(len(threads))])
    assert store.plot_threads(ax) is ax and rows(ax) == ["Title 00"]
    assert len(line(ax, "story (2)").get_xdata()) == 2 and len(line(ax, "near-copy (1)").get_xdata()) == 1
    assert len(rows(store.plot_threads(Figure().subplots(), least=1, limit=2))) == 2


def test_what_threads_refuse(ax: Any) -> None:
    threads, stories = thread_frames()
    with pytest.raises(InputError, match="no column 'first'"):
        plots.thread_timeline(threads.drop(columns="first"), stories, ax)
    with pytest.raises(InputError, match="no 'date'"):
        plots.thread_timeline(threads, stories.drop(columns="date"), ax)
    with pytest.raises(ValueError, match="at least 1"):
        plots.thread_timeline(threads, stories, ax, limit=0)


# --- reports --------------------------------------------------------------------------------------------------------


def test_reliability_shows_the_bins_of_the_report(ax: Any) -> None:
    made = report()
    assert made.plot(ax=ax) is ax
    filled = [part for part in made.calibration.bins() if part["places"]]
    points = ax.containers[0].lines[0].get_xydata().tolist()
    assert points == [[part["probability"], part["share"]] for part in filled]
    texts = {text.get_position()[0]: text.get_text() for text in ax.texts}
    assert [texts[(part["from"] + part["to"]) / 2] for part in filled] == [str(part["places"]) for part in filled]
    assert f"calibration error {made.calibration.value:.3f}" in texts[0]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (0, 1))


def test_reliability_of_any_probabilities(ax: Any) -> None:
    given = np.array([[0.05, 0.95], [0.95, 1.0], [0.95, 0.05]])
    truth = np.array([[False, True], [True, True], [False, False]])
    plots.reliability(truth, given, ax)
    container = ax.containers[0]
    np.testing.assert_allclose(container.lines[0].get_xydata(), [[0.05, 0], [0.9625, 0.75]])
    assert [text.get_text() for text in ax.texts[:2]] == ["2", "4"]
    low, high = container.lines[2][0].get_segments()[1][:, 1]
    assert (low, high) == pytest.approx((0.3006, 0.9544), abs=1e-4)  # Wilson's interval of three in four
    for wrong, match in ((([1], [0.5, 0.5]), "shape"), (([1], [1.5]), "outside"), (([1], [np.nan]), "outside"),
                         (([2], [0.5]), "0 or 1")):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            plots.reliability(*wrong, ax=ax)
    with pytest.raises(ValueError, match="takes a report"):
        plots.reliability([1, 0], ax=ax)


def cells(ax: Any) -> dict[tuple[int, int], str]:
    """Row and column of the counts that are written."""
    width = ax.images[0].get_array().shape[1]
    return {(y, x): text.get_text() for text in ax.texts for x, y in [text.get_position()]
            if isinstance(x, (int, np.integer)) and 0 <= x < width}  # fmt: skip


def test_confusion_has_counts_and_the_shares_of_rows(ax: Any) -> None:
    true, given = ["رياضة"] * 4 + ["war"] * 2, ["رياضة"] * 3 + ["war"] + ["calm"] * 2
    plots.confusion(true, given, ax)
    assert rows(ax) == [tick.get_text() for tick in ax.get_xticklabels()] == ["calm", "war", "رياضة"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0, 0, 0], [1, 0, 0], [0, 0.25, 0.75]])
    assert cells(ax) == {(1, 0): "2", (2, 1): "1", (2, 2): "3"}
    totals = [text.get_text() for text in ax.texts if text.get_position()[0] == 2.7]
    assert totals == ["0", "2", "4", "total"]


def test_confusion_of_kinds_is_that_of_the_report(ax: Any) -> None:
    made = report()
    made.plot("confusion", ax)
    table = made.kinds.confusion()
    assert rows(ax) == list(table)
    counts = np.array([list(row.values()) for row in table.values()])
    assert cells(ax) == {(i, j): str(counts[i, j]) for i, j in zip(*counts.nonzero(), strict=True)}


def test_confusion_names_labels_in_the_order_that_is_given(ax: Any) -> None:
    names = {"t:2": "war", "t:1": "رياضة", "t:9": "unseen"}
    plots.confusion(["t:1", "t:2"], ["t:1", "t:1"], ax, labels=names)
    assert rows(ax) == ["war", "رياضة"] and cells(ax) == {(0, 1): "1", (1, 1): "1"}
    with pytest.raises(ValueError, match="no name for 't:1'"):
        plots.confusion(["t:1"], ["t:2"], ax, labels={"t:2": "war"})
    with pytest.raises(ValueError, match="2 true labels, but 1 predicted"):
        plots.confusion(["a", "b"], ["a"], ax)
    with pytest.raises(ValueError, match="takes a report"):
        plots.confusion(["a"], ax=ax)


def test_confusion_of_many_labels_is_colour_alone(ax: Any) -> None:
    labels = [f"label {i}" for i in range(200)]
    plots.confusion(labels, labels[::-1], ax)
    assert not cells(ax) and ax.images[0].get_array().sum() == 200


def test_scores_stand_beside_the_baselines(ax: Any) -> None:
    made = report()
    plots.scores({"one": made, "عربي": made}, "Pk", ax)
    assert rows(ax) == ["one", "عربي"] and "lower is better" in ax.get_xlabel()
    markers = {drawn.get_label(): drawn for drawn in ax.lines}
    assert set(markers) == set(made.rows) and len({drawn.get_marker() for drawn in ax.lines}) == 3
    for name, drawn in markers.items():
        assert drawn.get_xydata().tolist() == [[made.rows[name]["Pk"].value, i] for i in range(2)]
    plots.scores(made, "P", Figure().subplots())  # of no boundary it is not defined
    with pytest.raises(ValueError, match="'accuracy'; there are Pk, WindowDiff"):
        made.plot("scores", measure="accuracy")
