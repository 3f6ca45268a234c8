"""``python -m segmenter.evaluation.embeddings``: what an embedding is worth by itself, other models beside it.

    python -m segmenter.evaluation.embeddings --shared ../shared --gold ../shared/bench/dev/*.jsonl

Without names it reports on the shipped model and on all others that stand in `candidates.KNOWN`; those whose package is
not installed are named and left out. The tables are Markdown, so that a card can show them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import InputError, ModelError, SegmenterError
from .candidates import KNOWN, Candidate, candidate
from .gold import Gold, read_golds
from .probing import PROBE_C, Figures, Say, measure

HEAD = """\
Tatoeba and XQuAD: share of the texts whose translation lies nearest, both directions averaged. SIB-200: accuracy on the
dev part of a logistic regression (C = {c:g}) trained on the training part of the language, or of English where it
says en →."""
DUMPS = """\
Dumps segmented by the vectors alone: the partition of the story units that is optimal under the kernel cost, furniture
taken out and the penalty chosen by an oracle, one for each file; of vectors as they come or centred, whichever is
better. The first {dumps} dumps of each file. Pk (lower is better) / F1 (exact)."""
NOTES = """\
A dash: not asked for, or no such number. Texts a second: single sentences of SIB-200 over and over, one thread (the
shipped model remembers words). The slow models are asked for Arabic, English and French only."""

Table = Mapping[str, Mapping[str, str | None]]
"""Cells by row and column."""


def main(argv: list[str] | None = None) -> int:
    """Measure models and print tables."""
    parser = argparse.ArgumentParser(
        prog="python -m segmenter.evaluation.embeddings", description=__doc__.split("\n")[0]
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", default=list(KNOWN),
                        help=f"{', '.join(KNOWN)}; a folder, NAME=FOLDER to name it; a sentence-transformers name "
                        "(default: all that have a name here)")  # fmt: skip
    parser.add_argument("--shared", type=Path, required=True, help="folder that holds parallel/ and topics/sib200/")
    parser.add_argument("--gold", nargs="*", default=[], metavar="GOLD.jsonl", help="dumps with units, to segment")
    parser.add_argument("--dumps", type=int, default=50, help="of each gold file (default 50)")
    parser.add_argument("--cache", type=Path, help="folder that keeps the vectors of slow models between runs")
    parser.add_argument("--out", type=Path, help="file for the tables besides standard output")
    args = parser.parse_args(argv)
    if not args.shared.is_dir():
        parser.error(f"{args.shared}: there is no such folder")
    start = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - start:7.0f} s  {line}", file=sys.stderr, flush=True)

    _one_thread()
    try:
        text, missing = compare(args.models, args.shared, args.gold, dumps=args.dumps, cache=args.cache, say=say)
    except (SegmenterError, OSError) as error:
        parser.error(str(error))
    print(text)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")
    return int(bool(missing) and args.models != list(KNOWN))


def compare(models: Sequence[str], shared: Path, gold: Sequence[str | Path] = (), *, dumps: int = 50,
            cache: Path | None = None, say: Say = lambda line: None) -> tuple[str, list[str]]:  # fmt: skip
    """Measure models and lay the figures out.

    Parameters
    ----------
    models : sequence of str
        As `candidates.candidate` takes them.
    shared : path
        Folder that holds ``parallel/`` and ``topics/sib200/``.
    gold : sequence of path
        Files of dumps with units.
    dumps : int
        How many of each file are segmented.
    cache : path, optional
        Folder that keeps the vectors of slow models between runs.
    say : callable
        Takes lines about progress.

    Returns
    -------
    text : str
        The tables in Markdown, and a line for each model that could not be loaded.
    missing : list of str
        Those lines.

    Raises
    ------
    InputError
        If a gold file cannot be read.
    """
    missing: list[str] = []
    measured: dict[Candidate, Figures] = {}
    golds = {Path(path).stem: read_dumps(str(path), dumps) for path in gold}
    for name in models:
        try:
            model = candidate(name, cache)
        except (ModelError, ImportError) as error:
            missing.append(f"{name}: left out, {error}")
            say(missing[-1])
            continue
        measured[model] = measure(model, shared, golds, say=say)
    return "\n\n".join([*([report(measured, dumps=dumps)] if measured else []), *missing]), missing


def read_dumps(path: str, limit: int) -> list[Gold]:
    """The first `limit` dumps of a gold file that have story units.

    Raises
    ------
    InputError
        If there are none, or one of them cannot be read.
    """
    golds = []
    for gold in islice(read_golds(path), limit):
        if isinstance(gold, InputError):
            raise gold
        if any(unit.story is not None for unit in gold.units):
            golds.append(gold)
    if not golds:
        raise InputError(path, "", "holds no dump with story units")
    return golds


def report(measured: Mapping[Candidate, Figures], *, dumps: int) -> str:
    """The tables in Markdown: one line a model in each, and before each what it shows.

    Parameters
    ----------
    measured : mapping of Candidate to Figures
    dumps : int
        How many of each gold file were segmented at most.
    """
    rows = {model.name: figures for model, figures in measured.items()}
    parts = [HEAD.format(c=PROBE_C), markdown({name: _summary(figures) for name, figures in rows.items()})]
    if any(figures.dumps for figures in rows.values()):
        cells = {name: {file: f"{pk:.3f} / {f1:.3f}" for file, (pk, f1) in figures.dumps.items()}
                 for name, figures in rows.items()}  # fmt: skip
        parts += [DUMPS.format(dumps=dumps), markdown(cells)]
    parts += [NOTES, markdown({model.name: _costs(model, figures) for model, figures in measured.items()})]
    for title, table in _by_language(rows).items():
        if any(table.values()):
            parts += [title, markdown(table)]
    return "\n\n".join(parts)


def markdown(table: Table) -> str:
    """A table in Markdown; columns in the order in which the rows bring them, rows without a cell left out."""
    columns = list(dict.fromkeys(column for cells in table.values() for column in cells))
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(cells.get(column) or "-" for column in columns) + " |"
              for name, cells in table.items() if any(cells.values())]  # fmt: skip
    return "\n".join(lines)


def _summary(figures: Figures) -> dict[str, str | None]:
    topics, transfer = figures.topics, figures.transfer
    # A mean over fewer languages than another model's would not stand beside it.
    mean = float(np.mean(list(topics.values()))) if len(topics) > 3 else None
    return {
        "Tatoeba ar-en": _both(figures.tatoeba.get("ara")), "fr-en": _both(figures.tatoeba.get("fra")),
        "XQuAD ar-en": _both(figures.xquad.get("ar")), "SIB-200 ar": _share(topics.get("arb_Arab")),
        "en": _share(topics.get("eng_Latn")), "fr": _share(topics.get("fra_Latn")), "all languages": _share(mean),
        "en → ar": _share(transfer.get("arb_Arab")), "en → fr": _share(transfer.get("fra_Latn")),
    }  # fmt: skip


def _costs(model: Candidate, figures: Figures) -> dict[str, str | None]:
    return {
        "MB on disk": f"{model.size / 1e6:.1f}" if model.size else None,
        "dimension": str(model.dimension) if model.dimension else None,
        "vocabulary": f"{model.vocabulary:,}" if model.vocabulary else None,
        "texts a second": f"{float(f'{figures.speed:.2g}'):,.0f}" if figures.speed else None,
    }


def _by_language(rows: Mapping[str, Figures]) -> dict[str, Table]:
    return {
        "Tatoeba by language, with English, both directions averaged:": {
            name: {language: _both(pair) for language, pair in f.tatoeba.items()} for name, f in rows.items()},
        "XQuAD by language, to English / from English:": {
            name: {language: f"{to:.3f} / {back:.3f}" for language, (to, back) in f.xquad.items()}
            for name, f in rows.items()},
        "SIB-200 by language, trained on the language itself:": {
            name: {language: _share(right) for language, right in f.topics.items()} for name, f in rows.items()},
        "SIB-200 by language, trained on English:": {
            name: {language: _share(right) for language, right in f.transfer.items()} for name, f in rows.items()},
    }  # fmt: skip


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _both(pair: Sequence[float] | None) -> str | None:
    return None if pair is None else _share(sum(pair) / len(pair))


def _one_thread() -> None:
    """Hold every library to one thread, so that texts a second mean the same for all."""
    os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
