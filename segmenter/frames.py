"""Data frames: one row a dump in, one row a segment out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

from .document import FRAME_COLUMNS, carried_name, frame_types
from .errors import InputError
from .io.values import surrogate_at
from .progress import counted
from .tasks import Splitter, Task

if TYPE_CHECKING:
    import pandas as pd

_SOURCE = "data frame"


def split_frame(
    df: pd.DataFrame | pd.Series[Any],
    text: str = "text",
    *,
    segmenter: Splitter | None = None,
    errors: Literal["raise", "skip"] = "raise",
    progress: bool | None = None,
) -> pd.DataFrame:
    """Split the dumps of a data frame, or of one of its columns: ``df["text"].pipe(split_frame)``.

    A pure function of its arguments whose columns and types depend on those of `df` alone, never on its values: it
    serves as it is as the partition function of Dask's ``map_partitions`` and, frame by frame, of Spark's
    ``mapInPandas``.

    Parameters
    ----------
    df : DataFrame or Series
        One row a dump. It is not changed.
    text : str
        Column of the text; of no account where `df` is a series.
    segmenter : Segmenter, optional
        By default ``Segmenter()``. Pass one of your own to load its model only once.
    errors : {"raise", "skip"}
        What to do about rows whose text is missing, is no string or cannot be written as UTF-8: raise, or leave them
        out.
    progress : bool, optional
        Whether a bar counts the dumps on standard error. By default in a notebook, once it takes longer than a second.

    Returns
    -------
    DataFrame
        One row a segment, columns `FRAME_COLUMNS`: ``kind`` is categorical, ``story`` a nullable integer. Its index
        repeats that of `df`, so that the two join (``df.join(frame.drop(columns=["id", "text"]))``); a level of it that
        has the name of one of the columns becomes ``input_NAME``. ``id`` is the column of this name, or else the index.
        A row whose text is empty has no segments.

    Raises
    ------
    InputError
        If `df` has no such column, or a row cannot be used and `errors` is "raise".
    """
    import pandas as pd

    from .batches import split_tasks  # not above: it starts processes, which partitions do not need

    if errors not in ("raise", "skip"):
        raise ValueError(f"errors is 'raise' or 'skip', not {errors!r}")
    if not isinstance(df, pd.DataFrame | pd.Series):
        raise TypeError(f"split_frame takes a data frame or one of its columns, got a {type(df).__name__}; for texts "
                        "there is Segmenter.split_many")  # fmt: skip
    if isinstance(df, pd.Series):
        df, text = df.to_frame("text"), "text"
    if list(df.columns).count(text) != 1:
        found = ", ".join(map(repr, df.columns[:8]))
        raise InputError(_SOURCE, "", f"needs one column {text!r}, and has {found or 'none'}",
                         "name the column that holds the text")  # fmt: skip
    ids = df["id"] if "id" in df.columns else df.index.to_series()
    positions: list[int] = []
    rows: list[dict[str, Any]] = []

    def tasks() -> Iterator[tuple[int, Task | None]]:
        for position, (value, dump_id) in enumerate(zip(df[text], ids, strict=True)):
            problem = _problem(value)
            if problem is None:
                yield position, Task(value, None if _missing(dump_id) else str(dump_id))
            elif errors == "skip":
                yield position, None
            else:
                label = df.index[position : position + 1].tolist()[0]  # a number of Python's, not numpy's
                raise InputError(_SOURCE, f"row {label!r}", f"{text!r} {problem}",
                                 'correct it, or leave such rows out with errors="skip"')  # fmt: skip

    if segmenter is None and len(df):  # an empty partition needs no model
        from .segmenter import Segmenter

        segmenter = Segmenter()
    if segmenter is not None:
        with closing(split_tasks(tasks(), segmenter)) as answers:
            for position, answer in counted(answers, len(df), progress):
                if isinstance(answer, Exception):
                    raise answer
                own = [] if answer is None else answer.rows()
                rows += own
                positions += [position] * len(own)
    index = df.index.take(positions)
    # pandas takes a level of the index for a column of the same name.
    names = [carried_name(name, FRAME_COLUMNS) if name in FRAME_COLUMNS else name for name in index.names]
    index = index.set_names(names)
    frame = pd.DataFrame(rows, columns=list(FRAME_COLUMNS), index=index)
    frame = frame.astype(frame_types())
    # The frame's own ids, not those that documents hold: they keep their type, so that the result merges on them.
    frame["id"] = ids.take(positions).array
    return frame


def _problem(value: Any) -> str | None:
    if isinstance(value, str):
        at = surrogate_at(value)
        return None if at is None else f"holds half of a surrogate pair at offset {at}"
    return "is missing" if _missing(value) else f"is a {type(value).__name__}, not a text"


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
