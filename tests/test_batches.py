"""Several processes give what one gives, in order and in bounded memory, whatever dies on the way."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest
from commands import ROOT, posix, process, write
from splitters import Lines, Together

from segmenter import Document, Segmenter
from segmenter.batches import AHEAD, CHUNK_CHARS, CHUNK_DUMPS, split_tasks, usable_cores
from segmenter.errors import InputError, ModelError
from segmenter.tasks import Task

pytestmark = posix


def tasks(texts):
    return [(number, Task(text, str(number), None, {"n": number})) for number, text in enumerate(texts)]


def gone():
    """Whether all workers have ended, once they have had the time to."""
    end = time.monotonic() + 20
    while active_children() and time.monotonic() < end:
        time.sleep(0.01)
    return not active_children()


@pytest.mark.parametrize("splitter", [Lines, Together])
def test_two_processes_give_what_one_gives_in_order(tmp_path: Path, splitter: type[Lines]) -> None:
    texts = [f"text {n}" for n in range(2 * CHUNK_DUMPS + 3)] + ["x" * CHUNK_CHARS, "CRASH", "", "last"]
    given = tasks(texts)
    given.insert(5, (InputError("a", "b", "c"), None))
    one = list(split_tasks(given, splitter(tmp_path), 1))
    two = list(split_tasks(iter(given), splitter(tmp_path), 2))
    assert [str(companion) for companion, _ in two] == [str(companion) for companion, _ in one]
    for (_, a), (_, b) in zip(one, two, strict=True):
        assert a == b if isinstance(a, Document) else (a is None) == (b is None)
    assert "RuntimeError: boom" in str(two[-3][1]) and gone()


@pytest.mark.parametrize("splitter", [Lines, Together])
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, splitter: type[Lines]) -> None:
    texts = [f"text {n}" for n in range(3 * CHUNK_DUMPS)]
    for place in (0, 70, 71, 150):
        texts[place] += " ONCE"
    found = list(split_tasks(tasks(texts), splitter(tmp_path), 2))
    assert [number for number, _ in found] == list(range(len(texts)))
    assert [getattr(answer, "text", answer) for _, answer in found] == texts
    assert len(list(tmp_path.iterdir())) == 4 and gone()


def test_a_worker_that_is_killed_as_it_sends_an_answer_is_not_waited_for(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(2 * CHUNK_DUMPS)]
    for place in (3, 70):
        texts[place] += " HALF"
    found = list(split_tasks(tasks(texts), Lines(tmp_path), 2))
    assert [getattr(answer, "text", answer) for _, answer in found] == texts and gone()


def test_a_text_that_kills_its_worker_is_given_up_and_the_others_are_not(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(40)]
    texts[7] = texts[30] = "KILL"
    found = [answer for _, answer in split_tasks(tasks(texts), Lines(tmp_path), 2)]
    bad = [number for number, answer in enumerate(found) if not isinstance(answer, Document)]
    assert bad == [7, 30] and "was killed, twice" in str(found[7]) and gone()


def test_a_model_that_is_not_there_ends_it(tmp_path: Path) -> None:
    for jobs in (1, 2):
        with pytest.raises(ModelError, match="no such model"):
            list(split_tasks(tasks(["a", "MODEL", "b"]), Lines(tmp_path), jobs))
    assert gone()


@pytest.mark.parametrize(("splitter", "jobs", "ahead"), [(Lines, 2, (2 * AHEAD + 2) * CHUNK_DUMPS), (Lines, 1, 1),
                                                         (Together, 1, CHUNK_DUMPS + 1)])  # fmt: skip
def test_an_endless_stream_is_read_as_it_is_asked_for(tmp_path: Path, splitter: type[Lines], jobs: int,
                                                      ahead: int) -> None:  # fmt: skip
    read = itertools.count()
    given = ((n, Task(f"text {n}")) for n in read)
    with closing(split_tasks(given, splitter(tmp_path), jobs)) as answers:
        taken = [number for number, _ in itertools.islice(answers, 500)]
    assert taken == list(range(500))
    assert next(read) <= 500 + ahead
    assert gone()


def test_split_many_takes_jobs() -> None:
    texts = [json.loads(line)["text"] for line in (ROOT / "data/gold.jsonl").read_text(encoding="utf-8").splitlines()]
    one = Segmenter(key_phrases=3)
    assert list(one.split_many(texts, jobs=2)) == list(one.split_many(texts))
    with pytest.raises(TypeError, match="split takes a string"):
        list(one.split_many(["fine", None]))
    with pytest.raises(ValueError, match="jobs is a whole number"):
        list(one.split_many(texts, jobs=-1))
    assert usable_cores() >= 1


def test_the_command_gives_the_same_bytes_status_and_complaints(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "text": json.loads(line)["text"]}) for i, line in
             enumerate((ROOT / "data/gold.jsonl").read_text(encoding="utf-8").splitlines())]  # fmt: skip
    lines.insert(3, "{not json")
    path = write(tmp_path / "in.jsonl", "\n".join(lines))
    done = [process("split", path, "--format", "jsonl", "--jobs", jobs, program="real") for jobs in (1, 2, 0)]
    assert {one.returncode for one in done} == {1}
    assert len({one.stdout for one in done}) == len({one.stderr for one in done}) == 1
    assert len(done[0].stdout.splitlines()) == len(lines) - 1


def test_workers_leave_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = ("import itertools\nfrom pathlib import Path\n"
               "from splitters import Lines\n"
               "from segmenter.batches import split_tasks\nfrom segmenter.tasks import Task\n"
               "if __name__ == '__main__':\n"
               "    for n, _ in split_tasks(((n, Task('x')) for n in itertools.count()), Lines(Path('.')), 2):\n"
               "        if n == 300:\n"
               "            from multiprocessing import active_children\n"
               "            print(*(p.pid for p in active_children()), flush=True)\n")  # fmt: skip
    script = write(tmp_path / "endless.py", program)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    workers = list(map(int, parent.stdout.readline().split()))
    parent.kill()
    parent.wait()
    assert len(workers) == 2
    end = time.monotonic() + 20
    while any(running(worker) for worker in workers) and time.monotonic() < end:
        time.sleep(0.02)
    left = [worker for worker in workers if running(worker)]
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    assert not left


def running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process_id}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_job_files_the_same_with_workers(tmp_path: Path) -> None:
    def filed(jobs: int) -> tuple[int, list[dict[str, object]]]:
        store = tmp_path / f"{jobs}.db"
        done = process("cluster", "--store", store, "--jobs", jobs, ROOT / "data/threads.jsonl", program="real")
        shown = process("threads", "--store", store, "--format", "jsonl", program="real")
        return done.returncode, [json.loads(line) for line in shown.stdout.splitlines()]

    assert filed(1) == filed(2) and filed(1)[0] == 0
