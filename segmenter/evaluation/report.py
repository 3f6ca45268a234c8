"""Runs every metric over gold and predictions, beside two baselines, and lays the results out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..document import KINDS, Document
from ..errors import InputError, ModelError, SegmenterError
from ..tasks import Splitter
from .alignment import Alignment
from .gold import Gold, Prediction, read_golds, read_predictions
from .metrics import (
    F1,
    CalibrationError,
    CountAccuracy,
    KindAccuracy,
    KindAndPlace,
    KindRecall,
    Metric,
    NearF1,
    OneStoryWhole,
    Pk,
    Precision,
    Recall,
    WindowDiff,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROWS = ("segmenter", "no boundary", "even spacing")
COLUMNS: tuple[type[Metric], ...] = (Pk, WindowDiff, Precision, Recall, F1, NearF1, CountAccuracy, OneStoryWhole)


class Report:
    """What an evaluation found. Reports of several files can be added with ``+``.

    Attributes
    ----------
    rows : dict of str to dict of str to Metric
        The boundary metrics by row (`ROWS`) and name (`COLUMNS`).
    kinds, kind_recall, kind_and_place, calibration : Metric
        Metrics of the segmenter alone; their value is None where gold or predictions lack what they need.
    documents : int
        Documents scored, the same for every row.
    errors : list of InputError
        Gold lines and predictions that could not be scored; they count in no row.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Metric]] = {row: {made.name: made() for made in COLUMNS} for row in ROWS}
        self.kinds = KindAccuracy()
        self.kind_recall = KindRecall()
        self.kind_and_place = KindAndPlace()
        self.calibration = CalibrationError()
        self.documents = 0
        self.errors: list[InputError] = []

    def add(self, gold: Gold, prediction: Prediction) -> None:
        """Count one document.

        Raises
        ------
        ValueError
            If the prediction is of a text of another length; nothing is counted then.
        """
        found = Alignment.of(gold, prediction)
        for row, pair in zip(ROWS, (found, Alignment.uncut(gold), Alignment.even(gold)), strict=True):
            for metric in self.rows[row].values():
                metric.add(pair)
        for metric in self._alone():
            metric.add(found)
        self.documents += 1

    def __add__(self, other: Report) -> Report:
        total = Report()
        for part in (self, other):
            for row in ROWS:
                for name, metric in total.rows[row].items():
                    metric.merge(part.rows[row][name])
            for metric, counted in zip(total._alone(), part._alone(), strict=True):
                metric.merge(counted)
            total.documents += part.documents
            total.errors.extend(part.errors)
        return total

    def _alone(self) -> tuple[Metric, ...]:
        return self.kinds, self.kind_recall, self.kind_and_place, self.calibration

    @property
    def left_out(self) -> int:
        """Documents with fewer than two story units, which count neither for Pk nor for WindowDiff."""
        return int(self.rows[ROWS[0]]["Pk"].total["left out"])

    def by_kind(self) -> dict[str, dict[str, float | int | None]]:
        """For every kind that gold or predictions have: ``units`` in the gold, ``recall`` and ``precision``."""
        counts = self.kinds.confusion()
        table: dict[str, dict[str, float | int | None]] = {}
        for kind, row in counts.items():
            units, given = sum(row.values()), sum(other[kind] for other in counts.values())
            table[kind] = {"units": units, "recall": row[kind] / units if units else None,
                           "precision": row[kind] / given if given else None}  # fmt: skip
        return table

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values; None where a measure is not defined."""
        return {
            "documents": self.documents,
            "left_out_of_pk": self.left_out,
            "errors": [str(error) for error in self.errors],
            "rows": {row: {name: metric.value for name, metric in self.rows[row].items()} for row in ROWS},
            "kinds": None if self.kinds.value is None else {
                "accuracy": self.kinds.value,
                "macro_recall": self.kind_recall.value,
                "kind_and_in_story_accuracy": self.kind_and_place.value,
                "by_kind": self.by_kind(),
                "confusion": self.kinds.confusion(),
            },
            "reliability": None if self.calibration.value is None else {
                "calibration_error": self.calibration.value,
                "bins": self.calibration.bins(),
            },
        }  # fmt: skip

    def to_text(self) -> str:
        """The report as aligned tables."""
        unscored = f"; {len(self.errors)} could not be scored" if self.errors else ""
        lines = [f"documents: {self.documents}{unscored}", "", *_aligned(self.boundary_rows()), "", *self.notes()]
        if self.kinds.value is not None:
            lines += ["", *(f"{metric.name}: {_cell(metric.value)}" for metric in self._alone()[:3])]
            lines += ["", *_aligned(self.kind_rows(), left=(0, 4))]
        if self.calibration.value is not None:
            places = sum(int(part["places"] or 0) for part in self.calibration.bins())
            lines += ["", f"calibration error of the boundary probabilities: {_cell(self.calibration.value)} "
                      f"(over {places} places)", "", *_aligned(reliability_rows(self.calibration))]  # fmt: skip
        return "\n".join(lines)

    __str__ = to_text

    def plot(self, kind: str = "reliability", ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the report with matplotlib (``pip install 'segmenter[plots]'``).

        Parameters
        ----------
        kind : {"reliability", "confusion", "scores"}
            The function of that name in `segmenter.plots`.
        ax : Axes, optional
            Where to draw; by default a new figure.
        **options
            Of that function.
        """
        from ..display import plots

        kinds: dict[str, Callable[..., Axes]] = {
            "reliability": plots.reliability, "confusion": plots.confusion, "scores": plots.scores,
        }  # fmt: skip
        if kind not in kinds:
            raise ValueError(f"there is no plot {kind!r} of a report; there are {', '.join(kinds)}")
        return kinds[kind](self, ax=ax, **options)

    def _repr_html_(self) -> str:
        from ..display.report import report_html  # not above: a report shows itself, as a document does

        return report_html(self)

    def notes(self) -> list[str]:
        """How the table of boundaries is to be read."""
        few = f", {self.left_out} with fewer than two story units left out" if self.left_out else ""
        return [
            f"Pk, WindowDiff: mean over documents{few}; lower is better.",
            "P, R, F1: boundaries of all documents together, at the exact unit; F1±1 within one unit.",
            "count: right number of stories; 1 whole: dumps of one story left in one piece.",
            "even spacing is given the true number of stories.",
        ]

    def boundary_rows(self) -> list[list[str]]:
        """A head and a line for each of `ROWS`."""
        head = ["", *(made.name for made in COLUMNS)]
        return [head, *([row, *(_cell(metric.value) for metric in self.rows[row].values())] for row in ROWS)]

    def kind_rows(self) -> list[list[str]]:
        """A head and a line for each kind, with those that it was most often taken for."""
        counts = self.kinds.confusion()
        rows = [["kind", "units", "recall", "precision", "taken for"]]
        for kind, row in self.by_kind().items():
            wrong = sorted(((n, KINDS.index(name), name) for name, n in counts[kind].items() if n and name != kind),
                           key=lambda entry: (-entry[0], entry[1]))  # fmt: skip
            rows.append([kind, str(row["units"]), _cell(row["recall"]), _cell(row["precision"]),
                         ", ".join(f"{name} {n}" for n, _, name in wrong[:3])])  # fmt: skip
        return rows


def table(reports: Mapping[str, Report], row: str = ROWS[0]) -> str:
    """One line a report and a line TOTAL over all their documents, as aligned text.

    Parameters
    ----------
    reports : mapping of str to Report
        By the name to show, such as a file's.
    row : str
        Which of `ROWS` to show.
    """
    total = Report()
    for report in reports.values():
        total += report
    named = [*reports.items(), ("TOTAL", total)]
    body = [[name, str(report.documents), *(_cell(metric.value) for metric in report.rows[row].values())]
            for name, report in named]  # fmt: skip
    return "\n".join(_aligned([[row, "documents", *(made.name for made in COLUMNS)], *body]))


def evaluate(golds: Iterable[Gold | InputError], documents: Iterable[Document]) -> Report:
    """Score documents against the gold.

    Parameters
    ----------
    golds : iterable of Gold or InputError
        As `read_golds` gives them; errors go to the report.
    documents : iterable of Document
        One for every Gold, in the same order.

    Returns
    -------
    Report
        A document of another text than its gold's is an error in the report.

    Raises
    ------
    ValueError
        If there are fewer or more documents than golds.
    """
    report, rest = Report(), iter(documents)
    for gold in golds:
        if isinstance(gold, InputError):
            report.errors.append(gold)
            continue
        document = next(rest, None)
        if document is None:
            raise ValueError(f"no document for the gold {gold.id!r}: pass one document for every gold, in its order")
        _score(report, gold, document)
    if next(rest, None) is not None:
        raise ValueError("more documents than golds: pass one document for every gold, in its order")
    return report


def evaluate_files(
    gold: str,
    pred: str | None = None,
    *,
    segmenter: Splitter | None = None,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Score a file of predictions, or a segmenter, against a file of gold lines.

    Parameters
    ----------
    gold : str
        Gold file (`read_golds`).
    pred : str, optional
        Predictions (`read_predictions`), matched by id. Without it a segmenter runs on the gold's texts.
    segmenter : Splitter, optional
        What runs when `pred` is None; the default `Segmenter` without topics where it is None.
    progress : callable, optional
        Called with the number of gold lines done, after each.

    Returns
    -------
    Report
        Lines that cannot be read, and gold lines without a prediction, are in ``Report.errors`` and count in no row.

    Raises
    ------
    InputError
        If a file cannot be opened.
    ModelError
        If the segmenter's model cannot be used. What else goes wrong with one text is an error in the report.
    ValueError
        If both `pred` and `segmenter` are given.
    """
    if pred is not None and segmenter is not None:
        raise ValueError("pass predictions or a segmenter, not both")
    golds = read_golds(gold)
    report = Report()
    predictions = {} if pred is None else _by_id(report, pred)
    if pred is None and segmenter is None:
        from ..segmenter import Segmenter  # not above: predictions can be scored without loading a model

        segmenter = Segmenter(topics=False)
    for done, entry in enumerate(golds, 1):
        if isinstance(entry, InputError):
            report.errors.append(entry)
        elif segmenter is not None:
            _run(report, entry, segmenter)
        elif entry.id not in predictions:
            report.errors.append(InputError(entry.source, entry.place, f"no prediction for the id {entry.id!r}",
                                            f"add a line with this id to {pred}"))  # fmt: skip
        else:
            _score(report, entry, predictions[entry.id])
        if progress is not None:
            progress(done)
    return report


def _by_id(report: Report, pred: str) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    for entry in read_predictions(pred):
        if isinstance(entry, InputError):
            report.errors.append(entry)
        elif entry[0] in found:
            report.errors.append(InputError(pred, "", f"two predictions for the id {entry[0]!r}; the first counts",
                                            "keep one line for each id"))  # fmt: skip
        else:
            found[entry[0]] = entry[1]
    return found


def _run(report: Report, gold: Gold, segmenter: Splitter) -> None:
    try:
        document = segmenter.split(gold.text, id=gold.id)
    except ModelError:  # the other documents would not fare better
        raise
    except SegmenterError as error:
        report.errors.append(InputError(gold.source, gold.place, str(error)))
    except Exception as error:  # of whatever kind: one document must not take the scores of the others with it
        report.errors.append(InputError(gold.source, gold.place, f"could not be split, {type(error).__name__}: {error}",
                                        "please report this, with the input"))  # fmt: skip
    else:
        _score(report, gold, document)


def _score(report: Report, gold: Gold, found: Document | Prediction) -> None:
    if isinstance(found, Document):
        if found.text != gold.text:
            report.errors.append(InputError(gold.source, gold.place, f"the document for {gold.id!r} is of another text",
                                            "split the gold's own texts, unchanged"))  # fmt: skip
            return
        found = Prediction.from_document(found)
    try:
        report.add(gold, found)
    except ValueError as error:
        report.errors.append(InputError(gold.source, gold.place, f"{gold.id!r}: {error}",
                                        "split the gold's own texts, unchanged"))  # fmt: skip


def reliability_rows(calibration: CalibrationError) -> list[list[str]]:
    """A head and a line for each bin of probability that has places: how many, mean probability, share of stories."""
    rows = [["probability", "places", "mean", "share that begin a story"]]
    for part in calibration.bins():
        if part["places"]:
            rows.append([f"{part['from']:.1f}-{part['to']:.1f}", str(part["places"]), _cell(part["probability"]),
                         _cell(part["share"])])  # fmt: skip
    return rows


def _cell(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _aligned(rows: list[list[str]], left: Collection[int] = (0,)) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) if i in left else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        yield "  ".join(cells).rstrip()
