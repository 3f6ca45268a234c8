"""What all plots have in common, and the plots of a document: positions, counts and words, never pixels."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from plotted import SPORT, TITLES, WAR, artists, collection, document, line, report, rows, sides, stems, thread_frames

import segmenter
from segmenter import plots
from segmenter.display.plots import canvas
from segmenter.evaluation import Gold, Unit

pytestmark = pytest.mark.filterwarnings("error")  # matplotlib warns of glyphs that it does not find

ROOT = Path(__file__).parents[1]
EMPTY = segmenter.Document("")
VECTORS = np.eye(11, 4, dtype=np.float32)
FULL: dict[str, Callable[..., Any]] = {
    "boundaries": lambda ax=None: plots.boundary_curve(document(), [40, 60], ax),
    "right to left": lambda ax=None: document().plot(ax=ax, right_to_left=True),
    "similarity": lambda ax=None: plots.similarity(document(), ax, vectors=VECTORS),
    "topics": lambda ax=None: plots.topics(document(topics=(SPORT, WAR, None)), ax),
    "topics over time": lambda ax=None: plots.topics(document(topics=(SPORT, WAR), date="2024"), ax, date="date"),
    "threads": lambda ax=None: plots.thread_timeline(*thread_frames(), ax),
    "reliability": lambda ax=None: plots.reliability(report(), ax=ax),
    "confusion": lambda ax=None: plots.confusion(["رياضة", "$5 $6", "b"], ["رياضة", "b", "b"], ax),
    "kinds": lambda ax=None: report().plot("confusion", ax),
    "scores": lambda ax=None: plots.scores({"عربي $1 $2": report(), "b": report()}, ax=ax),
}
NOTHING: dict[str, tuple[Callable[..., Any], str]] = {
    "boundaries": (lambda ax=None: EMPTY.plot(ax=ax), "the text is empty"),
    "similarity": (lambda ax=None: EMPTY.plot("similarity", ax=ax), "the text has no blocks"),
    "topics": (lambda ax=None: EMPTY.plot("topics", ax=ax), "there are no stories"),
    "frame": (lambda ax=None: plots.topics(EMPTY.to_frame(), ax), "there are no stories"),
    "threads": (lambda ax=None: plots.thread_timeline(*(f[:0] for f in thread_frames()), ax), "there are no threads"),
    "reliability": (lambda ax=None: report(empty=True).plot(ax=ax), "there are no probabilities"),
    "confusion": (lambda ax=None: plots.confusion([], [], ax), "no labels were judged"),
    "kinds": (lambda ax=None: report(empty=True).plot("confusion", ax), "no kinds were judged"),
    "scores": (lambda ax=None: plots.scores({}, ax=ax), "there are no reports"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def drawn(ax: Any) -> bytes:
    out = io.BytesIO()
    ax.get_figure(root=True).savefig(out, format="png", dpi=50)
    return out.getvalue()


@pytest.mark.parametrize("name", FULL)
def test_a_plot_goes_where_it_is_told_to(name: str) -> None:
    figure = Figure(layout="constrained")
    left, right = figure.subplots(1, 2)
    assert FULL[name](left) is left and not pyplot.get_fignums()
    assert not right.lines and not right.collections and not right.texts
    assert drawn(left)
    assert pyplot.get_fignums() == [] and FULL[name]().figure.number in pyplot.get_fignums()


@pytest.mark.parametrize("name", ["boundaries", "similarity", "threads"])
def test_the_same_input_gives_the_same_picture(name: str) -> None:
    assert drawn(FULL[name]()) == drawn(FULL[name]())


@pytest.mark.parametrize("name", FULL)
def test_axes_are_labelled(name: str) -> None:
    ax = FULL[name]()
    assert ax.get_xlabel() and (ax.get_ylabel() or all(rows(ax)))


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_said_to_be_nothing(name: str) -> None:
    call, message = NOTHING[name]
    ax = call()
    assert [text.get_text() for text in ax.texts] == [message] and not ax.lines and not ax.collections
    assert drawn(ax)


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", FULL)
def test_words_stand_out_from_their_ground(name: str, style: str) -> None:
    with pyplot.style.context(style):
        ax = FULL[name]()
    paper = canvas.luminance(matplotlib.colors.to_rgb(ax.get_facecolor()))
    texts = [*ax.get_yticklabels(), *ax.get_xticklabels(), ax.xaxis.label]
    texts += [] if name in ("confusion", "kinds") else ax.texts
    for text in texts:
        ink = canvas.luminance(matplotlib.colors.to_rgb(text.get_color()))
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, text


def test_colours_are_those_of_the_axes_though_the_style_is_left() -> None:
    with pyplot.style.context("dark_background"):
        ax = Figure().subplots()
    assert line(plots.boundary_curve(document(), ax=ax), "found").get_color() == (1, 1, 1)
    see_through = Figure(facecolor="none").subplots()
    see_through.set_facecolor("none")
    palette = canvas.Palette.of(see_through)
    assert (palette.ink, palette.paper) == ((0, 0, 0), (1, 1, 1))


def test_counts_in_cells_are_of_the_colour_that_stands_out() -> None:
    palette = canvas.Palette((0, 0, 0), (1, 1, 1))
    assert palette.on((0.1, 0.1, 0.3)) == palette.paper and palette.on((0.8, 0.9, 1)) == palette.ink


def test_arabic_letters_are_joined() -> None:
    ax = Figure().subplots()
    isolated, joined = (ax.text(0, 0, text).get_window_extent().width for text in ("س", "سسسس"))
    assert joined < 3.5 * isolated


def test_fonts_for_other_scripts_are_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matplotlib.font_manager, "get_font_names", lambda: ["DejaVu Sans", "Noto Sans CJK JP", "Arial"])
    assert canvas.words()["family"] == ["sans-serif", "DejaVu Sans", "Noto Sans CJK JP"]


def test_without_matplotlib_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matplotlib, "__version_info__", (3, 10, 9, "final", 0))
    with pytest.raises(ImportError, match=r"matplotlib 3\.11 or later.*pip install 'segmenter\[plots\]'"):
        document().plot()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in FULL.values():
        with pytest.raises(ImportError, match=r"not installed \(pip install 'segmenter\[plots\]'\)"):
            call()


def test_matplotlib_is_imported_with_the_first_plot_alone() -> None:
    source = (
        "import sys, segmenter; segmenter.plots.topics; segmenter.Document.plot\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import matplotlib.figure; ax = matplotlib.figure.Figure().subplots()\n"
        "assert segmenter.Document('a').plot(ax=ax) is ax and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", source], check=True, cwd=ROOT)


def test_an_unknown_plot_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'pie' of a document; there are boundaries, similarity, topics"):
        document().plot("pie")
    with pytest.raises(ValueError, match="'pie' of a report; there are reliability, confusion, scores"):
        report().plot("pie")


# --- the boundary curve ---------------------------------------------------------------------------------------------


def test_found_boundaries_are_dots_on_their_stems() -> None:
    ax = plots.boundary_curve(document("hbb.hb.hbbb"))
    assert line(ax, "found (2)").get_xydata().tolist() == [[40, 0.75], [70, 0.75]]
    assert stems(ax, "_found") == {40: 0.75, 70: 0.75}
    assert stems(ax, "_others") == dict.fromkeys([10, 20, 50, 80, 90, 100], 0.25)
    assert ax.get_xlim() == (0, 110) and not any(one.get_label().startswith("true") for one in ax.lines)


def test_true_boundaries_differ_in_form_from_found_ones() -> None:
    ax = plots.boundary_curve(document(), truth=[50, 70])
    found, true = line(ax, "found (2)"), line(ax, "true (2)")
    assert true.get_xdata().tolist() == [50, 70] and (true.get_ydata() > 1).all()
    assert true.get_marker() != found.get_marker() and true.get_markerfacecolor() == "none"
    assert true.get_markeredgecolor() != found.get_markeredgecolor()
    assert list(stems(ax, "_true")) == [50, 70] and collection(ax, "_true").get_linestyle() != [(0, None)]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"found (2)", "true (2)"}


def test_the_truth_is_offsets_a_gold_line_or_a_document() -> None:
    found = document("hbb.hb.hbbb")
    gold = Gold("g", found.text, tuple(Unit(b.start, b.end, b.story, b.kind) for b in found.blocks))
    for truth in ([70, 40], np.array([40, 70]), gold, document("hbb.hb.hbbb")):
        assert list(stems(plots.boundary_curve(found, truth), "_true")) == [40, 70]
    assert "true (0)" in [t.get_text() for t in plots.boundary_curve(found, []).get_legend().get_texts()]
    with pytest.raises(ValueError, match="another text"):
        plots.boundary_curve(found, document("hb"))
    for wrong in ([110], [-1]):
        with pytest.raises(ValueError, match="110 code points"):
            plots.boundary_curve(found, wrong)
    assert len(pyplot.get_fignums()) == 5  # what is refused leaves no figure


def test_stories_are_bands_with_gaps_where_the_furniture_is() -> None:
    ax = plots.boundary_curve(document("hb.b.hb.", topics=(SPORT,)))
    bands = sides(ax, "_stories")
    assert [(left, right) for left, _, right, _ in bands] == [(0, 20), (30, 40), (50, 70)]
    assert all(ax.get_ylim()[0] <= low < high < 0 for _, low, _, high in bands)
    first, _, second = collection(ax, "_stories").get_facecolor()[:, :3].tolist()
    assert (first, second) == (list(canvas.COLOURS[0]), list(canvas.COLOURS[1]))


def test_titles_stand_under_their_bands_on_the_side_where_they_begin() -> None:
    found = document("hbbb.hbbb.")
    arabic, english = plots.boundary_curve(found).texts
    assert arabic.get_text().replace("\n", " ").startswith("1  وزير الخارجية")
    assert (arabic.get_ha(), arabic.get_position()[0]) == ("right", pytest.approx(39, abs=2))
    assert english.get_text().replace("\n", " ") == f"2  {TITLES[1]}"
    assert (english.get_ha(), english.get_position()[0]) == ("left", 50)
    ax = plots.boundary_curve(found, right_to_left=True)
    arabic, english = ax.texts
    assert ax.get_xlim() == (100, 0)
    assert (arabic.get_ha(), arabic.get_position()[0]) == ("right", 0)
    assert (english.get_ha(), english.get_position()[0]) == ("left", pytest.approx(89, abs=2))


def test_a_title_that_looks_like_markup_is_set_as_it_is() -> None:
    ax = document("hbbbbbbbbb", titles=TITLES[2:]).plot()
    assert ax.texts[0].get_text().replace("\n", " ").startswith("1  It costs $5 and $6 override")
    assert not ax.texts[0].get_parse_math() and drawn(ax)
    assert not rows(plots.thread_timeline(*thread_frames()))[1].count("\n")


def test_one_story_has_no_boundary_and_all_of_its_curve() -> None:
    ax = document("hbbbb").plot()
    assert len(line(ax, "found (0)").get_xdata()) == 0 and len(stems(ax, "_others")) == 4
    assert len(sides(ax, "_stories")) == 1 and drawn(ax)


def test_a_small_axes_leaves_the_titles_out() -> None:
    ax = Figure(figsize=(2, 1)).subplots()
    document().plot(ax=ax)
    assert not ax.texts and ax.get_ylim()[1] > 1


def test_a_long_text_has_no_more_in_its_plot() -> None:
    small, large = (document("hbbbb." * n).plot() for n in (100, 5_000))
    assert artists(large) < artists(small) + 50
    assert len(line(large, "found (4,999)").get_xdata()) <= 1_000
    assert len(stems(large, "_others")) <= 1_000 and not large.texts
    assert line(large, "found").get_markersize() < line(small, "found").get_markersize()


# --- the Gram matrix ------------------------------------------------------------------------------------------------


def test_similarity_is_the_cosine_of_blocks_with_stories_as_squares() -> None:
    vectors = np.random.default_rng(0).normal(size=(11, 5)).astype(np.float32)
    ax = plots.similarity(document("hbb.hb.hbbb"), vectors=3 * vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(ax.images[0].get_array(), unit @ unit.T, atol=1e-6)
    assert sides(ax, "_stories") == [(0, 0, 3, 3), (4, 4, 6, 6), (7, 7, 11, 11)]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 11), (11, 0))
    assert list(ax.get_yticks()) == [1.5, 5, 9] and rows(ax)[1] == f"2  {TITLES[1]}"
    np.testing.assert_array_equal(collection(ax, "_stories").get_edgecolor()[:, :3], canvas.COLOURS[:3])


def test_the_shipped_embedding_is_the_default_and_a_segmenter_has_its_own() -> None:
    class Halves:
        name, dimension = "halves", 2

        def encode(self, texts: Any) -> Any:
            return np.array([[1, 0] if "أ" in text else [0, 1] for text in texts], dtype=np.float32)

    found = segmenter.Segmenter(topics=False).split("قالت الوزارة إن الاتفاق وُقّع أمس.\n\nThe bank raised its rate.")
    usual = plots.similarity(found).images[0].get_array()
    assert usual.shape == (2, 2) and np.allclose(np.diag(usual), 1) and abs(usual[0, 1]) < 0.5
    same = plots.similarity(found, model=segmenter.Segmenter()).images[0].get_array()
    np.testing.assert_array_equal(usual, same)
    np.testing.assert_allclose(np.diag(plots.similarity(found, model=Halves()).images[0].get_array()), 1, atol=1e-6)


def test_a_long_text_is_pooled_and_says_so() -> None:
    found, rng = document("hbbbb." * 1_000), np.random.default_rng(0)
    vectors = rng.normal(size=(6_000, 8)).astype(np.float32)
    ax = plots.similarity(found, vectors=vectors)
    assert ax.images[0].get_array().shape == (400, 400) and "the mean of 15 blocks" in ax.get_xlabel()
    assert ax.get_xlim() == (0, 6_000) and len(rows(ax)) < 60
    assert all(after - before > 50 for before, after in pairwise(sorted(ax.get_yticks())))
    ax = plots.similarity(document("hbbb."), vectors=[[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], cells=3)
    half = 2**-0.5
    np.testing.assert_allclose(ax.images[0].get_array(), [[1, 0, half], [0, 1, half], [half, half, 1]], atol=1e-6)
    assert ax.get_xlim() == (0, 5)  # though the last cell has one block only
    assert tuple(ax.images[0].get_extent()) == (0, 6, 6, 0)


def test_what_similarity_refuses() -> None:
    with pytest.raises(ValueError, match=r"each of the 11 blocks, got an array of shape \(3, 2\)"):
        plots.similarity(document(), vectors=np.ones((3, 2)))
    with pytest.raises(ValueError, match="not both"):
        plots.similarity(document(), vectors=VECTORS, model=segmenter.Segmenter())
    with pytest.raises(ValueError, match="at least 1"):
        plots.similarity(document(), vectors=VECTORS, cells=0)
    assert not pyplot.get_fignums()
