"""The arithmetic of a crawl, and the pages that it is measured on."""

from __future__ import annotations

from itertools import islice
from statistics import mean

import pytest

from segmenter.evaluation.crawl import made_up, main, table, wet_record
from segmenter.io import read_dumps


def test_hours_are_pages_by_speed() -> None:
    rows = [line.split("|")[1:-1] for line in table(3_600_000, 1_000, 10_000.0, 10, [1, 2]).splitlines()[2:]]
    found = [[float(cell.replace(",", "")) for cell in row] for row in rows]
    assert found == [[1, 10, 100, 10, 0.4], [2, 20, 200, 5, 0.2]]


def test_pages_are_the_same_ones_and_as_long_as_asked_for(tmp_path) -> None:
    pages = list(islice(made_up(4_000), 200))
    assert pages == list(islice(made_up(4_000), 200)) and 3_000 < mean(map(len, pages)) < 5_000
    path = tmp_path / "pages.wet"
    path.write_bytes(b"".join(wet_record(page, number) for number, page in enumerate(pages)))
    assert [dump.text for dump in read_dumps(path)] == pages


def test_the_command_prints_what_it_measured_and_assumes(capsys) -> None:
    assert main(["--seconds", "0.01", "--pages", "1e6", "--machines", "1", "2"]) == 0
    said = capsys.readouterr().out
    assert "| 2 | 32 |" in said and "Measured: 20 pages" in said and "1,000,000 pages of 4,000" in said
    assert main(["--seconds", "0.01", "--rate", "100", "--pages", "576e4", "--cores", "16", "--machines", "1"]) == 0
    assert "| 1 | 16 | 1,600 | 1.0 | 0.0 |" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--cores", "0"])
