"""The results of the benchmark, and the tables that show them (Markdown that is also readable as it stands)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .contenders import FURNITURE, OWN, SHIPPED, Ours, Tally
from .peers import Peer, Setting
from .report import reliability_rows

LANGCHAIN = "LangChain SemanticChunker"
MEASURES = ("Pk", "WindowDiff", "F1", FURNITURE)
TUNED = "tuned"
SPEED_TARGET, MEMORY_TARGET, RATIO_TARGET = 5_000, 400, 100


Memory = Mapping[tuple[str, str], float | None]


@dataclass
class Row:
    """A contender with an embedding, at its default or tuned.

    Attributes
    ----------
    name, embedding, setting : str
        `setting` is "default", "tuned" or "as shipped".
    tallies : dict of str to Tally
        By the name of the set.
    chosen : dict of str to mapping
        The setting that tuning chose for each set.
    """

    name: str
    embedding: str
    setting: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    chosen: dict[str, Setting] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How lists call it."""
        return f"{self.name}, {self.setting}" + (f" ({self.embedding})" if self.embedding else "")

    def total(self, sets: Iterable[str]) -> Tally | None:
        """The sum over sets; None where one of them was not run."""
        total = Tally()
        for name in sets:
            if name not in self.tallies:
                return None
            total.merge(self.tallies[name])
        return total


def markdown(head: Sequence[str], body: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    """A Markdown table, padded; the first `left` columns are aligned to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    rule = ["-" * width if i < left else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    for row in (head, rule, *body):
        cells = (cell.ljust(width) if i < left else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        yield "| " + " | ".join(cells) + " |"


def standings(rows: Sequence[Row], sets: Sequence[str], absent: Sequence[Peer] = (), *, memory: Memory | None = None,
              choi: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """Every contender over all of some sets, with its time and, if it was measured, its memory.

    Parameters
    ----------
    rows : sequence of Row
    sets : sequence of str
        Rows that were not run on all of them are not shown.
    absent : sequence of Peer
        Peers that are not installed: each has a row that says so.
    memory : mapping, optional
        Peak MB by name and embedding.
    choi : sequence of str
        Further sets, of which only Pk and F1 are shown.
    """
    head = ["contender", "embedding", "setting", *MEASURES, "embedding s/1,000", "segmentation s/1,000"]
    head += [*(["Choi Pk", "Choi F1"] if choi else []), *(["peak MB"] if memory else [])]
    body = []
    for row in rows:
        total = row.total(sets)
        if total is None:
            continue
        cells = [row.name, row.embedding or "-", row.setting, *(_value(total[measure]) for measure in MEASURES)]
        cells.append(_seconds(total.per_thousand(total.embedding)) if row.embedding not in ("", OWN) else "-")
        cells.append(_seconds(total.per_thousand(total.segmentation)) if row.embedding else "-")
        if choi:
            other = row.total(choi)
            cells += ["-", "-"] if other is None else [_value(other["Pk"]), _value(other["F1"])]
        if memory:
            peak = memory.get((row.name, row.embedding))
            cells.append("-" if peak is None else f"{peak:.0f}")
        body.append(cells)
    body += [[peer.name, "-", "not installed", *["-"] * (len(head) - 3)] for peer in absent]
    return list(markdown(head, body, left=3))


def shortlist(rows: Sequence[Row], sets: Sequence[str]) -> list[Row]:
    """For a short table: what needs no tuning with its own or our embedding, and the tuned row that does best by Pk."""
    chosen: list[Row] = []
    for name in dict.fromkeys(row.name for row in rows):
        own = [row for row in rows if row.name == name and row.total(sets) is not None]
        chosen += [row for row in own if row.setting != TUNED and row.embedding in ("", OWN, SHIPPED)]
        tuned = [(total["Pk"] or 0.0, row) for row in own if row.setting == TUNED and (total := row.total(sets))]
        if tuned:
            chosen.append(min(tuned, key=lambda pair: pair[0])[1])
    return chosen


def by_set(rows: Sequence[Row], sets: Sequence[str], measure: str) -> list[str]:
    """One measure, a column a set."""
    shown = [row for row in rows if all(name in row.tallies for name in sets)]
    body = [[row.name, row.embedding or "-", row.setting, *(_value(row.tallies[name][measure]) for name in sets)]
            for row in shown]  # fmt: skip
    return list(markdown([measure, "embedding", "setting", *sets], body, left=3))


def losses(rows: Sequence[Row], sets: Sequence[str]) -> list[str]:
    """Where a peer is ahead of the segmenter as it ships: the best one, by set and measure."""
    lines = []
    ours = _ours(rows)
    for name in sets:
        for measure in MEASURES:
            own = ours.tallies[name][measure] if ours is not None and name in ours.tallies else None
            values = [(value, row) for row in rows if row.name != Ours.name and name in row.tallies
                      and (value := row.tallies[name][measure]) is not None]  # fmt: skip
            if own is None or not values:
                continue
            value, best = (max if measure == "F1" else min)(values, key=lambda entry: entry[0])
            if value > own if measure == "F1" else value < own:
                lines.append(f"- {name}, {measure}: {best.label} {value:.3f}, segmenter {own:.3f}")
    return lines


def settings(rows: Sequence[Row]) -> list[str]:
    """What tuning chose."""
    lines = []
    for row in rows:
        if row.chosen:
            groups: dict[str, list[str]] = {}
            for name, setting in row.chosen.items():
                groups.setdefault(", ".join(f"{key}={value}" for key, value in setting.items()), []).append(name)
            chosen = "; ".join(f"`{setting}` on {', '.join(names)}" for setting, names in groups.items())
            lines.append(f"- {row.name} ({row.embedding or '-'}): {chosen}")
    return lines


def targets(rows: Sequence[Row], sample: str, transformer: str | None,
            memory: Memory) -> list[str]:  # fmt: skip
    """What the segmenter is to reach: speed, memory, and how much faster it is than LangChain with a transformer."""
    ours = _ours(rows)
    if ours is None:
        return []
    total = ours.total(ours.tallies) or Tally()
    lines = []
    if total.units:
        speed = total.units / max(total.embedding + total.segmentation, 1e-9)
        lines.append(f"- text to boundaries on one core: {speed:,.0f} units/s (target {SPEED_TARGET:,})")
    peak = memory.get((Ours.name, SHIPPED))
    if peak is not None:
        lines.append(f"- peak memory of the process: {peak:.0f} MB (target {MEMORY_TARGET} MB)")
    slow = next((row for row in rows if (row.name, row.embedding) == (LANGCHAIN, transformer)
                 and row.setting == "default" and sample in row.tallies), None)  # fmt: skip
    if slow is not None and sample in ours.tallies:
        ours_seconds, seconds = (tally.per_thousand(tally.embedding + tally.segmentation)
                                 for tally in (ours.tallies[sample], slow.tallies[sample]))  # fmt: skip
        lines.append(f"- {LANGCHAIN} with {transformer} on {sample}: {_seconds(seconds)} s per 1,000 units, "
                     f"segmenter end to end {_seconds(ours_seconds)} s: "
                     f"{seconds / max(ours_seconds, 1e-9):,.0f} times faster (target {RATIO_TARGET})")  # fmt: skip
    return lines


def reliability(rows: Sequence[Row], sets: Sequence[str]) -> list[str]:
    """How far the segmenter's probabilities can be believed: by bins of probability."""
    ours = _ours(rows)
    total = ours.total(sets) if ours is not None else None
    if total is None or total.calibration.value is None:
        return []
    head, *body = reliability_rows(total.calibration)
    return list(markdown(head, body, left=1))


def _ours(rows: Sequence[Row]) -> Row | None:
    return next((row for row in rows if (row.name, row.embedding) == (Ours.name, SHIPPED)), None)


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}"
