"""What the README tells people to run on a schedule: cron, systemd and Airflow, taken from its text."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from segmenter.cli import TRY_LATER, _parser, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_the_commands_about_threads_work_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                             capsysbinary: Any) -> None:  # fmt: skip
    section = README[README.index("\n## Stories over time\n") : README.index("\n### Run it for real\n")]
    commands = re.findall(r"^(?:    |\$ )(segmenter .*)$", section, re.MULTILINE)
    assert {command.split()[1] for command in commands} == {"cluster", "threads", "store"}
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        status = main(shlex.split(command, comments=True)[1:])
        said = capsysbinary.readouterr()
        assert status == 0, f"{command}: {said.err.decode()}"
    assert {path.name for path in tmp_path.iterdir()} >= {"news.db", "news-backup.db", "week.html"}
    rows = [json.loads(line) for line in Path("data/threads.jsonl").read_text(encoding="utf-8").splitlines()]
    first, more = rows[:12], rows[12:]
    names: dict[str, Any] = {f"{name}s": [row[name] for row in first] for name in ("text", "title", "outlet")}
    names["more_texts"] = [row["text"] for row in more]
    names["dates"], names["more_dates"] = ([datetime.fromisoformat(row["date"]) for row in part]
                                           for part in (first, more))  # fmt: skip
    exec(next(block for block in blocks("python") if "StoryTracker" in block), names)
    assert set(names["stories"]["thread"]) == {names["threads"]["id"][0]}
    assert len(names["tracker"].labels_) == len(more)


def cron_line() -> list[str]:
    """The five fields, and the command."""
    (line,) = "".join(blocks("crontab")).splitlines()
    return line.split(None, 5)


def test_the_line_of_cron() -> None:
    *fields, command = cron_line()
    assert len(fields) == 5
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields)
    assert "%" not in command  # cron reads it as the end of the line
    found = re.search(r"/\S+/bin/segmenter .*?(?= 2>>)", command)  # a whole path: cron has hardly any PATH
    assert found
    parsed = arguments(found[0])
    assert (parsed.log, parsed.paths) == ("json", ["/var/spool/news"])


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
@pytest.mark.parametrize(("status", "mailed"), [(0, ""), (75, ""), (1, "what went wrong\n")])
def test_cron_mails_what_failed_and_nothing_else(tmp_path: Path, status: int, mailed: str) -> None:
    program = tmp_path / "segmenter"
    program.write_text(f"#!/bin/sh\necho what went wrong >&2; exit {status}\n")
    program.chmod(0o755)
    command = cron_line()[5].replace("/opt/segmenter/bin", shlex.quote(str(tmp_path)))
    command = command.replace("/var/lib/segmenter", shlex.quote(str(tmp_path)))
    run = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, mailed, "")
    assert (tmp_path / "cluster.log").read_text() == "what went wrong\n"


def units() -> dict[str, str]:
    return {block.split("\n", 1)[0].removeprefix("# "): block for block in blocks("ini")}


def test_the_command_of_the_service() -> None:
    command = re.search(r"^ExecStart=(.*)$", units()["segmenter.service"], re.MULTILINE)
    assert command and arguments(command[1]).wait == 600.0
    state = re.search(r"^StateDirectory=(.*)$", units()["segmenter.service"], re.MULTILINE)
    assert state and arguments(command[1]).store.startswith(f"/var/lib/{state[1]}/")  # else it could not be written


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

    package, sdk = types.ModuleType("airflow"), types.ModuleType("airflow.sdk")
    sdk.dag, sdk.task = dag, types.SimpleNamespace(bash=bash)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "airflow", package)
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    exec(compile(dag_source(), "segmenter_news.py", "exec"), {})
    assert told["dag"]["max_active_runs"] == 1
    assert told["dag"]["catchup"] is False
    assert len(told["dag"]["schedule"].split()) == 5
    assert told["task"]["retries"] >= 1
    assert told["task"]["skip_on_exit_code"] == TRY_LATER
    assert arguments(told["command"]).store.startswith("postgresql://")


_AIRFLOW = """
import sys
from airflow.models import DagBag
found = DagBag(sys.argv[1])
assert not found.import_errors, found.import_errors
((name, dag),) = found.dags.items()
(task,) = dag.tasks
assert (name, dag.max_active_runs, dag.catchup, task.retries) == ("segmenter_news", 1, False, 2), dag
assert list(task.skip_on_exit_code) == [75], task.skip_on_exit_code
"""


@pytest.mark.skipif(find_spec("airflow") is None, reason="Airflow is not installed here")
def test_airflow_reads_the_dag(tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "segmenter_news.py").write_text(dag_source(), encoding="utf-8")
    # In a process of its own: merely imported, Airflow makes a home for itself.
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path / "home"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    run = subprocess.run([sys.executable, "-c", _AIRFLOW, str(folder)], capture_output=True, text=True, timeout=300,
                         env=environment)  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
