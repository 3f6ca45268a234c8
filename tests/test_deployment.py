"""What the README tells people to run on a schedule: cron, systemd and Airflow, taken from its text."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from segmenter.cli import _parser

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def arguments(command: str) -> Any:
    """The parsed arguments of a command line that begins with ``segmenter``, up to what only a shell reads."""
    words = shlex.split(re.split(r"\s(?:\|\||\||>|2>>?)\s", command.split("#")[0])[0])
    assert words[0].rsplit("/", 1)[-1] == "segmenter"
    return _parser().parse_args(words[1:])


def test_every_command_of_the_readme_is_one_that_there_is() -> None:
    text = re.sub(r"^```(?:text|ini|crontab)\n.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^    (segmenter (?:split|evaluate|cluster|threads|store) .*)$", text, re.MULTILINE)
    assert len(found) >= 4
    for command in found:
        arguments(command)


def test_the_line_of_cron() -> None:
    (line,) = "".join(blocks("crontab")).splitlines()
    *fields, command = line.split(None, 5)
    assert len(fields) == 5
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields)
    assert "%" not in command  # cron reads it as the end of the line
    parsed = arguments(command)
    assert (parsed.log, parsed.paths) == ("json", ["/var/spool/news"])


def units() -> dict[str, str]:
    return {block.split("\n", 1)[0].removeprefix("# "): block for block in blocks("ini")}


def test_the_command_of_the_service() -> None:
    command = re.search(r"^ExecStart=(.*)$", units()["segmenter.service"], re.MULTILINE)
    assert command and arguments(command[1]).wait == 600.0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    found = units()
    assert set(found) == {"segmenter.service", "segmenter.timer"}
    for name, text in found.items():
        # The program has to be there; it is not where the README has it.
        (tmp_path / name).write_text(text.replace("/opt/segmenter/bin/segmenter", sys.executable), encoding="utf-8")
    run = subprocess.run(["systemd-analyze", "verify", *(str(tmp_path / name) for name in found)], capture_output=True,
                         text=True, timeout=60)  # fmt: skip
    if "Failed to initialize manager" in run.stderr or "Failed to connect to bus" in run.stderr:
        pytest.skip(f"systemd-analyze does not run here: {run.stderr.strip()}")
    assert run.returncode == 0, run.stderr
    assert not [line for line in run.stderr.splitlines() if str(tmp_path) in line or "segmenter." in line], run.stderr


def dag_source() -> str:
    return next(block for block in blocks("python") if "airflow" in block)


def test_the_dag_runs_one_job_at_a_time_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}

    def dag(**options: Any) -> Any:
        told["dag"] = options
        return lambda function: function

    def bash(**options: Any) -> Any:
        def decorate(function: Any) -> Any:
            told["task"], told["command"] = options, function()
            return lambda: None

        return decorate

    package, decorators = types.ModuleType("airflow"), types.ModuleType("airflow.decorators")
    decorators.dag, decorators.task = dag, types.SimpleNamespace(bash=bash)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "airflow", package)
    monkeypatch.setitem(sys.modules, "airflow.decorators", decorators)
    exec(compile(dag_source(), "segmenter_news.py", "exec"), {})
    assert told["dag"]["max_active_runs"] == 1
    assert told["dag"]["catchup"] is False
    assert len(told["dag"]["schedule"].split()) == 5
    assert told["task"]["retries"] >= 1
    assert arguments(told["command"]).store.startswith("postgresql://")


def test_airflow_reads_the_dag(tmp_path: Path) -> None:
    pytest.importorskip("airflow", reason="Airflow is not installed here")
    (tmp_path / "segmenter_news.py").write_text(dag_source(), encoding="utf-8")
    from airflow.models import DagBag

    found = DagBag(str(tmp_path), include_examples=False)
    assert not found.import_errors
    assert list(found.dags) == ["segmenter_news"]
