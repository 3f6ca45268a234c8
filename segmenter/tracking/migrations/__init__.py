"""Brings the tables of a store up to date, step by step.

The steps are in ``versions``, one file each; once released, they never change.
A new step: a file there whose ``down_revision`` is the newest, the same change in `segmenter.tracking.schema`, and its
``REVISION``.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ONE_AT_A_TIME = threading.Lock()  # alembic keeps what it works on in variables of its modules


def upgrade(connection: Connection) -> None:
    """Apply all steps that the store lacks, in the transaction of `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")


def revisions() -> set[str]:
    """Every revision that this version of the package knows."""
    return {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
