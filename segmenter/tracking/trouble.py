"""What a user is told when the database fails: the store, what is wrong with it, and what to do."""

from __future__ import annotations

from ..errors import StoreBusy, StoreError

# Readers of a file in SQLite's faster mode write beside it.
_COPY = "; to read alone, a copy that `segmenter store backup` made will do"

_SQLITE = {
    8: ("cannot be written to", "give this user the right to write the file and its directory" + _COPY),
    10: ("reading or writing the disk failed", "check the disk, and restore a backup if `segmenter store check` "
                                               "finds damage"),
    11: ("the file is damaged", "restore a backup"),
    13: ("the disk is full", "make room and run again: what was committed is kept, the rest is done anew"),
    14: ("cannot be opened", "check that this user may read the file, and write in its directory" + _COPY),
    23: ("access denied", "check the rights of this user"),
    26: ("it is no SQLite database", "name another file"),
}  # fmt: skip

_POSTGRESQL = {
    "25006": ("can only be read", "name a server that can be written to"),
    "28": ("access denied", "check user and password"),
    "3D": ("there is no such database", "make it with createdb, or check the name"),
    "3F": ("there is no such schema", "make it with CREATE SCHEMA, or check the name"),
    "42501": ("access denied", "grant this user the right to use the tables, and to make them in a new store"),
    "53100": ("the disk of the server is full", "make room and run again: what was committed is kept, the rest is "
                                                "done anew"),
    "53": ("the server has no room for this", "free memory or connections on it, and run again"),
    "57P": ("the server was shut down", "start it and run again: what was committed is kept, the rest is done anew"),
    "XX00": ("the database is damaged", "restore a backup"),
}  # fmt: skip

_BUSY = ("40001", "40P01", "55P03")


def explained(error: Exception, name: str, secret: str = "") -> StoreError:
    """The error of a driver, or SQLAlchemy's around it, in words; `secret` never stands in them."""
    cause = getattr(error, "orig", error)
    said = " ".join(str(cause).split())
    if secret:
        said = said.replace(secret, "***")
    code = getattr(cause, "sqlite_errorcode", None)
    state = getattr(cause, "sqlstate", None) or ""
    if (code is not None and code & 0xFF in (5, 6)) or state in _BUSY:
        return StoreBusy(f"{name}: another process is writing to the store, and did not stop in time (run again later)")
    if code is not None:
        found = _SQLITE.get(code & 0xFF)
    else:
        found = next((_POSTGRESQL[state[:n]] for n in (5, 4, 3, 2) if state[:n] in _POSTGRESQL), None)
        if found is None and not state and type(cause).__name__ == "OperationalError":
            found = ("the server does not answer", "check the address, and that the server runs")
    what, remedy = found or ("the database refuses", "")
    return StoreError(f"{name}: {what}: {said}" + (f" ({remedy})" if remedy else ""))
