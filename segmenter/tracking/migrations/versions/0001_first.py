"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out here, not taken from `schema`: that one changes, this step never does.
_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DATE = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of an empty store."""
    op.create_table(
        "dumps",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("date", _DATE, nullable=False),
        sa.Column("date_given", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text()),
        sa.Column("length", sa.Integer()),
        sa.Column("language", sa.Text()),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.Column("status", _KEY, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("text", sa.Text()),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("added_at", _DATE, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dumps"),
        sa.CheckConstraint("status IN ('filed', 'failed')", name=op.f("ck_dumps_status")),
    )
    op.create_table(
        "inbox",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("date", _DATE, nullable=False),
        sa.Column("date_given", sa.Text()),
        sa.Column("outlet", sa.Text()),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbox"),
    )
    op.create_table(
        "threads",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("first", _DATE, nullable=False),
        sa.Column("last", _DATE, nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("merged_into", _KEY),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
        sa.ForeignKeyConstraint(["merged_into"], ["threads.id"], name="fk_threads_merged_into"),
    )
    op.create_table(
        "stories",
        sa.Column("filed", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("dump", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("titled", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text()),
        sa.Column("topic_name", sa.Text()),
        sa.Column("topic_score", sa.Double()),
        sa.Column("key_phrases", sa.Text(), nullable=False),
        sa.Column("date", _DATE, nullable=False),
        sa.Column("outlet", sa.Text()),
        sa.Column("thread", _KEY, nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("copy_of", _KEY),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("filed", name="pk_stories"),
        sa.UniqueConstraint("key", name="uq_stories_key"),
        sa.ForeignKeyConstraint(["dump"], ["dumps.key"], name="fk_stories_dump"),
        sa.ForeignKeyConstraint(["thread"], ["threads.id"], name="fk_stories_thread"),
        sa.UniqueConstraint("dump", "number", name="uq_stories_dump_number"),
    )
    op.create_table(
        "operations",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", _DATE, nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_operations"),
        sa.CheckConstraint("kind IN ('merge', 'split')", name=op.f("ck_operations_kind")),
    )
    op.create_table(
        "failures",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("first_seen", _DATE, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failures"),
    )
    op.create_table(
        "runs",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("started", _DATE, nullable=False),
        sa.Column("finished", _DATE),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text()),
        sa.Column("status", _KEY),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
    )
    op.create_index("ix_dumps_id", "dumps", ["id"], postgresql_using="hash")
    op.create_index("ix_dumps_date", "dumps", ["date"])
    op.create_index("ix_inbox_date_key", "inbox", ["date", "key"])
    op.create_index("ix_threads_last", "threads", ["last"])
    op.create_index("ix_threads_merged_into", "threads", ["merged_into"])
    op.create_index("ix_stories_date", "stories", ["date"])
    op.create_index("ix_stories_thread", "stories", ["thread"])
