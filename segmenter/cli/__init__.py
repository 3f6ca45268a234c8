"""The command line: arguments in, exit status out. The one room that prints.

Every command has a module of its own with a function that adds it to the parser; `COMMANDS` lists them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .. import __version__
from ..errors import ModelError, StoreBusy, StoreError
from ..io import OutputError, OutputFailure
from .cluster import add_cluster
from .common import (
    EXIT_CODES,
    OK,
    SOME_FAILED,
    TRY_LATER,
    WRONG_USAGE,
    Commands,
    SegmenterFactory,
    UsageError,
    default_segmenter,
)
from .evaluate import add_evaluate
from .info import add_info
from .split import add_split
from .store import add_store_command
from .terminal import Stopped, forget_stdout, say, signals
from .threads import add_threads

_BROKEN_PIPE = 141  # what a shell shows for a program that SIGPIPE ended

COMMANDS: tuple[Callable[[Commands], None], ...] = (add_split, add_cluster, add_threads, add_store_command,
                                                    add_evaluate, add_info)  # fmt: skip


def main(argv: Sequence[str] | None = None, *, segmenter_factory: SegmenterFactory | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.
    segmenter_factory : callable, optional
        Takes the arguments of `Segmenter` by name and makes what splits; by default `Segmenter` itself.

    Returns
    -------
    int
        The exit status.
    """
    try:
        with signals():
            try:
                status = _run(argv, segmenter_factory or default_segmenter)
            except SystemExit as stop:  # argparse has printed its message already
                status = stop.code if isinstance(stop.code, int) else OK
            if sys.stdout is not None:
                sys.stdout.flush()
            return status
    except BrokenPipeError:
        forget_stdout()
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return 130
    except Stopped as stop:
        return 128 + stop.number
    except OSError as error:
        forget_stdout()
        say(f"the output cannot be written: {error.strerror or error} (make room, or choose another place with -o)")
        return SOME_FAILED


def _run(argv: Sequence[str] | None, factory: SegmenterFactory) -> int:
    args = _parser().parse_args(argv)
    try:
        status: int = args.run(args, factory)
        return status
    except OutputFailure as error:
        say(str(error))
        return SOME_FAILED
    except StoreBusy as error:
        say(str(error))
        return TRY_LATER
    except (UsageError, OutputError, ModelError, StoreError) as error:
        say(str(error))
        return WRONG_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segmenter",
        description="Split text dumps into stories, say what each is about, and follow stories over time.",
        epilog=f"`segmenter COMMAND --help` says more.\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        print(f"segmenter {__version__}")
        parser.exit()
