"""Readers and writers of files, standard input and standard output."""

from .meter import Meter
from .origin import MAX_CHARS, Dump
from .output import OutputError, OutputFailure, open_output
from .readers import READERS, in_directory, read_dumps
from .terminal import one_line
from .values import json_line, plain
from .writers import FORMATS, Writer, open_writer

__all__ = ["FORMATS", "MAX_CHARS", "READERS", "Dump", "Meter", "OutputError", "OutputFailure", "Writer",
           "in_directory", "json_line", "one_line", "open_output", "open_writer", "plain", "read_dumps"]  # fmt: skip
