"""Readers and writers of files, standard input and standard output."""

from .output import OutputError, open_output
from .readers import READERS, Dump, read_dumps
from .terminal import one_line
from .values import plain
from .writers import FORMATS, Writer, open_writer

__all__ = ["FORMATS", "READERS", "Dump", "OutputError", "Writer", "one_line", "open_output", "open_writer", "plain",
           "read_dumps"]  # fmt: skip
