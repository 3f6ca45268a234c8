"""Splitters that other processes can load, some of which do not survive what they read."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from segmenter.document import Block, Document, Story
from segmenter.errors import ModelError


class Lines:
    """A story of the whole text; words in it make it fail in one way or another.

    Parameters
    ----------
    folder : path
        Where a file is put for each text that kills but once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def split(self, text, *, id=None, date=None, meta=None):
        """Split one text."""
        if "KILL" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "ONCE" in text and self._first(id):
            os.kill(os.getpid(), signal.SIGKILL)
        if "HALF" in text and self._first(id):
            Connection._send = _half_of_it
        if "STOP" in text and not (mark := self.folder / "stopped").exists():
            mark.touch()
            if "SIGINT" in text:  # a terminal tells all of them
                os.killpg(0, signal.SIGINT)
            else:
                os.kill(os.getppid(), signal.SIGTERM)
            threading.Event().wait()  # a part that takes for ever
        if "MODEL" in text:
            raise ModelError("there is no such model")
        if "CRASH" in text:
            raise RuntimeError("boom")
        blocks = (Block(0, len(text), "body", 0),) if text.strip() == text and text else ()
        stories = tuple(Story.from_blocks(0, text, blocks) for _ in blocks)
        return Document(text, blocks, stories, (), id, "en", date, meta or {})

    def _first(self, name):
        mark = self.folder / str(name)
        there = mark.exists()
        mark.touch()
        return not there


def _half_of_it(connection, buf, write=None):
    os.write(connection.fileno(), bytes(buf)[: len(buf) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


class Together(Lines):
    """The same, several texts at once: what fails or kills takes the others with it."""

    def split_tasks(self, tasks):
        """Split several texts."""
        return [self.split(task.text, id=task.id, date=task.date, meta=task.meta) for task in tasks]
