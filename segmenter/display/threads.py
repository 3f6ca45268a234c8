"""Threads of news stories over time: one self-contained HTML page, and a table for terminals."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ..errors import InputError
from .markup import clean, day, direction, head, inline, lang, level, many, minute, moment, several, value
from .rows import NO_TITLE, Row, below_title, heading, with_copies
from .threads_assets import SCRIPT, STYLE
from .threads_text import threads_text
from .timeline import Axis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_LENGTH", "MAX_STORIES", "threads_html", "threads_text"]

MAX_STORIES = 20_000
"""Stories shown on one page unless told otherwise."""

MAX_LENGTH = 50_000
"""Code points shown of one story."""

_TOOLS = (
    '<div id="tools" role="search" hidden><label>Search <input id="query" type="search" dir="auto" autocomplete="off" '
    'placeholder="titles, key phrases, outlets, texts"></label>\n<label>Order <select id="order">'
    '<option value="new" selected>newest first</option><option value="large">largest first</option></select></label>\n'
    '<button id="all" type="button">Unfold / fold all</button>\n<span id="found" role="status"></span></div>\n'
)


@dataclass
class _Gathered:
    """What the stories say about one thread, of which no more than `share` are kept: the newest."""

    share: int
    seen: int = 0
    outlets: Counter[str | None] = field(default_factory=Counter)
    bins: Counter[int] = field(default_factory=Counter)
    kept: list[tuple[datetime, int, Row]] = field(default_factory=list)

    def add(self, row: Row, axis: Axis) -> None:
        """Count a story, and keep it if it is among the newest."""
        date = moment(row.get("date"))
        outlet = value(row.get("outlet"))
        self.seen += 1
        self.outlets[None if outlet is None else str(outlet)] += 1
        self.bins[axis.bin(date)] += 1
        # Among equal dates the one that was filed later is newer; the number also keeps rows from being compared.
        entry = (date, self.seen, row)
        if len(self.kept) < self.share:
            heapq.heappush(self.kept, entry)
        elif self.share:
            heapq.heappushpop(self.kept, entry)


def threads_html(
    threads: pd.DataFrame,
    stories: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    title: str = "Threads",
    limit: int = MAX_STORIES,
) -> Iterator[str]:
    """Draw threads and their stories as one HTML page, piece by piece.

    Parameters
    ----------
    threads : DataFrame
        As `Store.threads` gives it: one row a thread with ``id``, ``first``, ``last`` and ``stories``; ``title``,
        ``topic``, ``topic_name``, ``language``, ``copies``, ``outlets`` and ``key_phrases`` where there are such.
    stories : DataFrame or iterable of mappings
        As `Store.stories` with ``text=True`` gives them, in filing order: ``thread`` and ``date``; ``key``,
        ``outlet``, ``title``, ``language``, ``copy_of`` and ``text`` where there are such. An iterable is read once,
        and no more than `limit` of its stories are held. Stories of other threads are passed over.
    title : str
        Of the page.
    limit : int
        Stories shown at most, in equal shares, the newest of each thread; of more threads than that the newest are
        shown. The page says what is not.

    Yields
    ------
    str
        To be written in order, in UTF-8; the same input gives the same page. Nothing on it comes from elsewhere and
        no script but its own can run. Near-copies of a story are folded below it, without their texts.

    Raises
    ------
    InputError
        If `threads` or a story lacks what is needed.
    """
    if limit < 1:
        raise ValueError(f"limit is at least 1, not {limit}")
    every = sorted(thread_rows(threads), key=_newest_first)
    shown = every[:limit]
    axis = Axis.over([moment(row["first"]) for row in every], [moment(row["last"]) for row in every])
    gathered = _gather(shown, stories, axis, limit)
    scale = max((count for g in gathered.values() for count in g.bins.values()), default=1)

    yield head(title, STYLE, SCRIPT) + "<main>\n" + _header(title, every, axis)
    left = sum(max(int(row["stories"]), gathered[row["id"]].seen) - len(gathered[row["id"]].kept) for row in shown)
    if left:
        yield f'<p class="note">{many(left, "story", "stories")} of these threads not shown on this page.</p>\n'
    if len(every) > len(shown):
        yield f'<p class="note">{len(every) - len(shown):,} older threads not shown on this page.</p>\n'
    yield _TOOLS + (axis.legend() if shown else "") + '<div id="threads">\n'
    for row in shown:
        yield from _card(row, gathered.pop(row["id"]), axis, scale)
    if not shown:
        yield '<p class="note">There are no threads.</p>\n'
    yield f"</div>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def thread_rows(threads: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of `Store.threads`, or an error that says which column is missing."""
    for name in ("id", "first", "last", "stories"):
        if name not in threads.columns:
            raise InputError("threads", "", f"there is no column {name!r}", "pass what Store.threads() gives")
    names = list(threads.columns)
    for values in zip(*(threads[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _newest_first(row: Row) -> tuple[float, int, str]:
    return -moment(row["last"]).timestamp(), -int(row["stories"]), str(row["id"])


def _gather(shown: list[dict[str, Any]], stories: pd.DataFrame | Iterable[Row], axis: Axis,
            limit: int) -> dict[str, _Gathered]:  # fmt: skip
    share = level([int(row["stories"]) for row in shown], limit)
    gathered = {row["id"]: _Gathered(share) for row in shown}
    for number, row in enumerate(story_rows(stories)):
        for name in ("thread", "date"):
            if value(row.get(name)) is None:
                raise InputError("stories", f"row {number}", f"it has no {name!r}", "pass what Store.stories() gives")
        into = gathered.get(row["thread"])
        if into is not None:
            into.add(row, axis)
    return gathered


def story_rows(stories: pd.DataFrame | Iterable[Row]) -> Iterable[Row]:
    """The rows of `Store.stories`, or what `Store.iter_stories` gives as it is."""
    if not hasattr(stories, "columns"):
        return stories
    frame = cast("pd.DataFrame", stories)
    names = list(frame.columns)
    return (dict(zip(names, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _header(title: str, every: list[dict[str, Any]], axis: Axis) -> str:
    stories, copies = (sum(int(value(row.get(name)) or 0) for row in every) for name in ("stories", "copies"))
    outlets = {outlet for row in every for outlet in several(row.get("outlets"))}
    facts = [many(len(every), "thread", "threads"), many(stories, "story", "stories")]
    facts += [many(copies, "near-copy", "near-copies")] if copies else []
    facts += [many(len(outlets), "outlet", "outlets")] if outlets else []
    facts += [f"<b>{minute(axis.first)} – {minute(axis.last)}</b>", "all times UTC"] if every else []
    items = "".join(f"<span>{fact}</span>" for fact in facts)
    return f'<header><h1 dir="auto">{inline(title)}</h1>\n<p class="facts">{items}</p></header>\n'


def _card(row: Row, gathered: _Gathered, axis: Axis, scale: int) -> Iterator[str]:
    code, count = lang(row.get("language")), max(int(row["stories"]), gathered.seen)
    name = value(row.get("title"))
    heading = "(no title)" if name is None else inline(name, 300)
    topic = value(row.get("topic_name")) or value(row.get("topic"))
    facts = [f"<bdi>{inline(topic)}</bdi>"] if topic is not None else []
    facts.append(f'<b dir="ltr">{many(count, "story", "stories")}</b>')
    outlets = gathered.outlets or Counter(dict.fromkeys(several(row.get("outlets")), 0))
    if named := len(outlets.keys() - {None}):
        facts.append(f'<span dir="ltr">{many(named, "outlet", "outlets")}</span>')
    facts.append(f'<span dir="ltr">{_span(moment(row["first"]), moment(row["last"]))}</span>')
    phrases = "".join(f"<bdi{code}>{inline(phrase)}</bdi>" for phrase in several(row.get("key_phrases"))[:10])
    yield (
        f'<details class="t" id="t-{inline(row["id"])}" data-n="{count}"><summary><div dir="auto">'
        f'<h2{code}>{heading}</h2><p class="m">{"".join(facts)}</p>'
        + (f'<p class="k" title="key phrases">{phrases}</p>' if phrases else "")
        + f'</div>{axis.picture(gathered.bins, scale)}</summary><div class="b">\n<p class="out">'
        + "".join(_outlet(*item) for item in sorted(outlets.items(), key=lambda item: (-item[1], item[0] or "")))
        + f"<span>thread <bdi>{inline(row['id'])}</bdi></span></p>\n"
    )
    left = count - len(gathered.kept)
    if left:
        which = "earlier " if gathered.kept else ""
        yield f'<p class="note">{many(left, f"{which}story", f"{which}stories")} not shown on this page.</p>\n'
    for shown, copies in with_copies([row for _, _, row in sorted(gathered.kept, key=lambda entry: entry[:2])]):
        yield _story(shown) + _copies(shown, copies)
    yield "</div></details>\n"


def _outlet(name: str | None, count: int) -> str:
    shown = "no outlet" if name is None else f"<bdi>{inline(name)}</bdi>"
    return f"<span>{shown} {count:,}</span>" if count else f"<span>{shown}</span>"


def _story(row: Row) -> str:
    line, text = _line(row), below_title(row)
    if not text.strip():
        return f'<p class="n" dir="auto">{line}</p>\n'
    cut = f"\n[…{len(text) - MAX_LENGTH:,} characters not shown]" if len(text) > MAX_LENGTH else ""
    return (
        f'<details class="s"><summary dir="auto">{line}</summary>'
        f'<div class="x" dir="auto"{lang(row.get("language"))}>{clean(text[:MAX_LENGTH])}{cut}</div></details>\n'
    )


def _line(row: Row) -> str:
    # The line takes its direction from the title: what has one of its own does not count for ``dir="auto"``.
    outlet, (title, titled) = value(row.get("outlet")), heading(row)
    by = "" if outlet is None else f'<bdi class="o">{inline(outlet)}</bdi>'
    kind, code = "h" if titled else "h w", "" if title == NO_TITLE else lang(row.get("language"))
    return (
        f'<time dir="ltr">{minute(moment(row["date"]))}</time>{by}'
        f'<span class="{kind}"{code}>{inline(title, 300)}</span>'
    )


def _copies(row: Row, rows: list[Row]) -> str:
    if not rows:
        return ""
    lines = "".join(f'<li class="n" dir="auto">{_line(row)}</li>\n' for row in rows)
    count = many(len(rows), "near-copy", "near-copies")
    side = direction(str(value(row.get("title")) or value(row.get("text")) or ""))
    summary = f'<summary><span dir="ltr">{count}</span></summary>'
    return f'<details class="c" dir="{side}">{summary}<ul>\n{lines}</ul></details>\n'


def _span(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return day(first)
    return f"{day(first)} – {day(last)}"
