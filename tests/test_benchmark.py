"""The benchmark: its readers, its measure with furniture, tuning, the tables, and peers that are there or are not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

from segmenter.errors import InputError
from segmenter.evaluation import Gold, Prediction, Unit, benchmark
from segmenter.evaluation.alignment import Alignment
from segmenter.evaluation.benchmark import compete, main
from segmenter.evaluation.choi import parse_choi, read_choi
from segmenter.evaluation.contenders import FURNITURE, Baseline, PeerContender, Tally, tune
from segmenter.evaluation.footprint import peak_memory
from segmenter.evaluation.metrics import window_diff
from segmenter.evaluation.peers import MARK, PEERS, Peer, grid
from segmenter.evaluation.scoreboard import TUNED, by_set, losses, settings, shortlist, standings
from segmenter.evaluation.sets import GoldSet, read_set
from segmenter.evaluation.vectors import LsaEmbedder, Meter

CHOI = "==========\nOne sentence . \nAnother , longer one . \n==========\nThird . \n==========\n"


def dump(stories, name: str = "g") -> Gold:
    """A unit of four letters for each story number."""
    text = "".join("abcdefghij"[(story or 0) % 10] * 4 + "\n" for story in stories)
    return Gold(name, text, tuple(Unit(5 * i, 5 * i + 4, story) for i, story in enumerate(stories)))


class Letters:
    """How often each letter occurs."""

    name, dimension = "letters", 26

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts):
        self.seen += texts
        counts = np.array([[text.count(letter) for letter in ascii_lowercase] for text in texts], dtype=np.float32)
        return counts / np.maximum(1e-9, np.linalg.norm(counts.reshape(len(texts), 26), axis=1, keepdims=True))


def every(units, encode, size: int = 2) -> list[int]:
    """A toy: a boundary after every so many units."""
    encode(units)
    return list(range(size, len(units), size))


TOY = Peer("toy", None, every, grid(size=(4, 3, 5)))
ABSENT = Peer("absent", "no-such-distribution-at-all", every)


def test_choi_reader(tmp_path: Path) -> None:
    gold = parse_choi(CHOI, "0")
    assert gold.text == "One sentence .\nAnother , longer one .\nThird .\n"
    assert [gold.text[unit.start : unit.end] for unit in gold.units] == gold.text.splitlines()
    assert [unit.story for unit in gold.units] == [0, 0, 1]
    # Rules at the ends, and empty pieces, make no difference.
    assert parse_choi(CHOI.strip("=\n"), "0") == parse_choi("==========\n" + CHOI, "0") == gold
    for name in ("10", "2"):
        (tmp_path / f"{name}.ref").write_text(CHOI)
    assert [gold.id for gold in read_choi(tmp_path)] == ["2", "10"]
    halves = read_set(tmp_path)
    assert (halves.choi, [g.id for g in halves.tune], [g.id for g in halves.report]) == (True, ["2"], ["10"])
    (tmp_path / "3.ref").write_text("==========\n")
    with pytest.raises(InputError, match=r"3\.ref: holds no sentence"):
        read_choi(tmp_path)
    with pytest.raises(InputError, match=r"no \*\.ref"):
        read_choi(tmp_path / "nowhere")


def test_window_diff_with_furniture_by_hand() -> None:
    # Units:  0 0 - 1 1 -   so segments [0,2) [2,3) [3,5) [5,6): breaks at 2, 3 and 5, and k = round(6 / 4 / 2) = 1.
    gold = dump((0, 0, None, 1, 1, None))
    peer = Prediction(30, (15,), 2)  # its one boundary is right, but furniture it knows not: two of five windows
    whole = Alignment.with_furniture(gold, peer)
    assert (whole.n, whole.reference.tolist(), whole.hypothesis.tolist()) == (6, [2, 3, 5], [3])
    assert window_diff(whole.reference, whole.hypothesis, whole.n) == 2 / 5
    assert Alignment.of(gold, peer).hypothesis.tolist() == Alignment.of(gold, peer).reference.tolist() == [2]
    # Segments that say where furniture is are right everywhere; the last boundary is no start of a story.
    ours = Prediction(30, (15,), 2, (0, 10, 15, 25), ("body", "ad", "body", "ad"), (0, None, 1, None))
    assert Alignment.with_furniture(gold, ours).hypothesis.tolist() == [2, 3, 5]
    # A unit goes with the segment that covers most of it.
    late = Prediction(30, (17,), 2, (0, 11, 16, 23), ("body", "ad", "body", "ad"), (0, None, 1, None))
    assert Alignment.with_furniture(gold, late).hypothesis.tolist() == [2, 3, 5]
    # Without furniture it is the same as ever.
    plain, cut = dump((0, 0, 1, 1, 2)), Prediction(25, (5, 10), 3)
    a, b = Alignment.of(plain, cut), Alignment.with_furniture(plain, cut)
    assert (a.reference.tolist(), a.hypothesis.tolist()) == (b.reference.tolist(), b.hypothesis.tolist())
    tally = Tally()
    tally.add(gold, PeerContender(TOY, Meter(Letters())).answer(gold, {"size": 3}))
    assert (tally["Pk"], tally["F1"], tally[FURNITURE]) == (0, 1, 2 / 5)


def test_a_toy_peer_is_tuned_on_one_half_and_reported_on_the_other() -> None:
    # In the first half stories have three units, so that is chosen, though in the second it is wrong.
    first, second = [dump((0, 0, 0, 1, 1, 1, 2, 2, 2), "a")], [dump((0, 0, 1, 1, 2, 2, 3, 3), "b")]
    where = GoldSet("toys", Path("toys.jsonl"), False, tuple(first), tuple(second))
    contender = PeerContender(TOY, Meter(Letters()))
    assert tune(contender, first) == tune(contender, first, "F1") == {"size": 3}
    rows = compete([where], [Baseline(even=False), Baseline(even=True), contender])
    assert [(row.name, row.setting) for row in rows] == [("no boundary", "-"), ("even spacing", "-"),
                                                         ("toy", "default"), ("toy", TUNED)]  # fmt: skip
    none, even, default, tuned = (row.tallies["toys"] for row in rows)
    assert (none["F1"], even["F1"], default["F1"], default["Pk"]) == (0, 1, 1, 0)
    assert tuned["F1"] == pytest.approx(2 / 5)  # 3 and 6 of 2, 4 and 6
    assert rows[3].chosen == {"toys": {"size": 3}}
    table = standings(rows, ["toys"], [ABSENT], memory={("toy", "letters"): 123.4})
    assert len({len(line) for line in table}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert cells[2][:5] == ["no boundary", "-", "-", "0.429", "0.429"]  # 3 / 7
    assert cells[2][-3:] == ["-", "-", "-"]
    assert cells[4][:6] == ["toy", "letters", "default", "0.000", "0.000", "1.000"] and cells[4][-1] == "123"
    assert cells[6] == ["absent", "-", "not installed", *["-"] * 7]
    assert [row.setting for row in shortlist(rows, ["toys"]) if row.name == "toy"] == [TUNED]  # ours alone is default
    assert settings(rows) == ["- toy (letters): `size=3` on toys"]
    assert by_set(rows, ["toys"], "F1")[4].split("|")[4].strip() == "1.000"
    assert losses(rows, ["toys"]) == []  # the segmenter did not run


def test_a_meter_charges_for_what_it_remembers() -> None:
    embedder = Letters()
    meter = Meter(embedder)
    first = meter.encode(["a", "b", "a"])
    assert embedder.seen == ["a", "b"] and (first == Letters().encode(["a", "b", "a"])).all()
    price = meter.charged
    meter.restart()
    assert (meter.encode(["a", "b", "a"]) == first).all() and embedder.seen == ["a", "b"]
    assert meter.charged == price > 0
    meter.forget()
    meter.encode(["b"])
    assert embedder.seen == ["a", "b", "b"]


def test_lsa_gives_unit_rows() -> None:
    lsa = LsaEmbedder(["the bank raised rates", "the bank cut rates", "the team won", "the team lost"])
    vectors = lsa.encode(["a bank", "bank rates", "the team", "", "٣"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 0], atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert lsa.encode([]).shape == (0, lsa.dimension)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_peers_give_units(peer: Peer) -> None:
    if peer.version is None:
        pytest.skip(f"{peer.package} is not installed")
    units = ["aaaa bbbb cccc"] * 12 + ["zzzz yyyy. xxxx"] * 12
    odd = ["", "a. b? c! " * 300, f"x{MARK}x", "  ", "\u0627\u0644\u0633\u0644\u0627\u0645", "a\tb"] * 3
    embedder = Letters()
    found = set()
    for setting in ([{}] if peer.has_default else []) + list(peer.grid):
        for texts in (units, odd, units[:2], units[:3], units[:6]):
            starts = peer.cut(texts, embedder.encode, **setting)
            assert starts == sorted(set(starts)) and all(0 < start < len(texts) for start in starts)
            assert all(type(start) is int for start in starts)
            if texts is units:
                found.update(starts)
    assert 12 in found or peer.name.startswith(("semantic-chunkers Stat", "WordLlama"))
    assert not any(MARK in text for text in embedder.seen if text != f"x{MARK}x")


def test_the_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.jsonl"
    golds = [dump((0, 0, 0, 1, 1, 1), str(i)) for i in range(4)]
    units = [[{"start": u.start, "end": u.end, "story": u.story} for u in gold.units] for gold in golds]
    lines = [json.dumps({"id": g.id, "text": g.text, "units": u}) for g, u in zip(golds, units, strict=True)]
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(benchmark, "PEERS", (TOY, ABSENT))
    out = tmp_path / "out.md"
    for name in ("OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM", "TQDM_DISABLE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")  # so that what the run sets is undone
    assert main([str(path), "--transformer-sample", "0", "--no-memory", "--out", str(out)]) == 0
    summary, page = capsys.readouterr().out, out.read_text(encoding="utf-8")
    assert page.startswith(summary.rstrip()) and "**On the second halves**: small; 2 dumps, 12 units" in summary
    rows = [" ".join(line.replace("|", " ").split()) for line in page.splitlines()]
    for row in ("segmenter ours as shipped", "segmenter LSA default", "toy ours default", "toy LSA tuned"):
        assert any(line.startswith(row) for line in rows)
    assert "| absent" in summary and "Not installed: no-such-distribution-at-all (pip install" in summary
    assert "units/s (target 5,000)" in summary and "- toy (LSA): `size=3` on small" in page
    path.write_text(lines[0], encoding="utf-8")
    assert main([str(path)]) == 1
    assert "small.jsonl: holds fewer than two dumps" in capsys.readouterr().err
    path.write_text(lines[0] + "\n{}\n", encoding="utf-8")
    assert main([str(path)]) == 1
    assert "line 2" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(path), "--sample", "0"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_peak_memory_is_that_of_another_process(tmp_path: Path) -> None:
    (tmp_path / "1.ref").write_text(CHOI)
    (tmp_path / "2.ref").write_text(CHOI)
    ballast = np.ones(100_000_000)  # 800 MB here are not counted there
    peak = peak_memory("segmenter", "ours", str(tmp_path), 1)
    assert peak is not None and 20 < peak < 400 < ballast.nbytes / 1e6
