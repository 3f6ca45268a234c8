"""Running the commands: in this process with a fake segmenter, or as a process, with that or the real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segmenter.cli import main

ROOT = Path(__file__).parent.parent

# A story a paragraph. Its source, since it runs in other processes too.
FAKE = """
import os, re, signal
from segmenter.document import Block, Document, Story, Topic
from segmenter.errors import ModelError

class Fake:
    def __init__(self, model=None, *, threshold=0.5, min_chars=None, max_chars=None, n_stories=None, topics=True):
        if model == "none":
            raise ModelError("none: there is no such model (name a folder)")
        self.given = model, threshold, min_chars, max_chars, n_stories, topics

    def split(self, text, *, id=None, date=None, meta=None):
        for word, number in (("SIGTERM", signal.SIGTERM), ("SIGINT", signal.SIGINT)):
            if word in text:
                os.kill(os.getpid(), number)
        if "CRASH" in text:
            raise RuntimeError("boom\\nbang")
        if "MODEL" in text:
            raise ModelError("late: there is no such model")
        found = [m.span() for m in re.finditer(r"\\S+(?:[^\\S\\n]+\\S+)*", text)]
        blocks = tuple(Block(a, b, "body", n) for n, (a, b) in enumerate(found))
        topics = [Topic("t:1", "sport", 0.5)]
        stories = tuple(Story.from_blocks(n, text, [b], language="en", topics=topics) for n, b in enumerate(blocks))
        return Document(text, blocks, stories, id=id, date=date, meta=meta or {}, language="en")
"""
_namespace: dict = {}
exec(FAKE, _namespace)
Fake = _namespace["Fake"]

_DRIVER = FAKE + "\nimport sys\nfrom segmenter.cli import main\nsys.exit(main(segmenter_factory=Fake))\n"
_MODULES = "\nprint('heavy:', sorted({'torch', 'sentence_transformers', 'sklearn', 'pandas'} & set(sys.modules)))\n"
posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def process(*args, stdin: str | bytes = b"", program: str = "fake", **options) -> subprocess.CompletedProcess:
    start = ["-m", "segmenter"] if program == "real" else ["-c", _DRIVER]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **options.pop("environment", {})}
    settings = {"input": stdin.encode() if isinstance(stdin, str) else stdin, "stdout": subprocess.PIPE} | options
    return subprocess.run([sys.executable, *start, *map(str, args)], stderr=subprocess.PIPE, env=environment,
                          cwd=options.pop("cwd", ROOT), timeout=300, check=False, **settings)  # fmt: skip


def errors(done: subprocess.CompletedProcess) -> list[str]:
    lines = done.stderr.decode().splitlines()
    assert all(line.startswith("segmenter: ") for line in lines), done.stderr.decode()
    return lines


def records(output: bytes) -> list[dict]:
    return [json.loads(line, parse_constant=pytest.fail) for line in output.decode("utf-8").splitlines()]


def assert_tiles(record: dict, text: str | None = None) -> None:
    at = 0
    for segment in record["segments"]:
        assert segment["start"] == at < segment["end"]
        at = segment["end"]
    assert at == record["length"] == (at if text is None else len(text))


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def local(capsysbinary, *args) -> tuple[int, bytes, str]:
    status = main(list(map(str, args)), segmenter_factory=Fake)
    out, err = capsysbinary.readouterr()
    return status, out, err.decode()
