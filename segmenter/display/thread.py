"""One thread as HTML: when its stories appeared, and what they are, in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .markup import clean, day, direction, inline, lang, many, minute, moment, value
from .rows import Row, below_title, heading, with_copies
from .style import THREAD
from .timeline import Axis

if TYPE_CHECKING:
    from ..tracking.thread import Thread

MAX_BYTES = 1_000_000
"""About how large the stories of a thread become in UTF-8."""

MAX_LENGTH = 20_000
"""Code points shown of one story."""

MAX_COPIES = 200
"""Near-copies listed below one story."""

_LEAST = 24


def thread_html(thread: Thread) -> str:
    """Draw a thread as an HTML fragment, without scripts or references to anything outside of it.

    Stories are in the order of their dates, near-copies folded below the story that they copy, without their texts.
    Of a thread that is larger than `MAX_BYTES` the newest stories are shown, and how many are not.
    """
    rows: list[Row] = [{str(name): cell for name, cell in row.items()} for row in thread.stories.to_dict("records")]
    rows.sort(key=lambda row: moment(row["date"]))
    axis = _no_shorter(Axis.over([thread.first], [thread.last]))
    bins = Counter(axis.bin(moment(row["date"])) for row in rows)
    code = lang(thread.language)
    name = "(no title)" if thread.title is None else inline(thread.title, 300)
    phrases = " ".join(f"<bdi{code}>{inline(phrase, 80)}</bdi>" for phrase in thread.key_phrases[:10])
    outlets = Counter(str(outlet) for row in rows if (outlet := value(row.get("outlet"))) is not None)
    named = " ".join(f"<span><bdi>{inline(outlet, 80)}</bdi> {count:,}</span>" for outlet, count in
                     sorted(outlets.items(), key=lambda item: (-item[1], item[0]))[:30])  # fmt: skip
    shown, lost = _shown(rows)
    earlier = many(lost, "earlier story", "earlier stories")
    note = f'<p class="sgm-note">{earlier} not in this view; the attribute stories has them.</p>\n' if lost else ""
    side = direction(thread.title or "")
    return (
        f'{THREAD}<div class="sgm" dir="ltr">\n<div dir="{side}">'
        f'<h3 class="sgm-name jp-toc-ignore" dir="auto"{code}>{name}</h3>\n'
        f'<div class="sgm-head">{" ".join(_facts(thread))}</div>\n'
        + (f'<div class="sgm-key" title="key phrases">{phrases}</div>\n' if phrases else "")
        + (f'<div class="sgm-key" title="outlets">{named}</div>\n' if named else "")
        + f'</div>\n<div class="sgm-time">{axis.picture(bins, max(bins.values(), default=1))}{axis.legend()}</div>\n'
        + f"{note}{''.join(shown)}</div>\n"
    )


def _no_shorter(axis: Axis) -> Axis:
    """The axis, or a longer one: two stories of one hour are no wall."""
    count = max(axis.count, _LEAST)
    return replace(axis, count=count, last=max(axis.last, axis.start + (count - 1) * axis.step))


def _facts(thread: Thread) -> Iterator[str]:
    topic = thread.topic_name or thread.topic
    if topic is not None:
        yield f'<bdi class="sgm-topic" title="topic">{inline(topic, 80)}</bdi>'
    yield f'<span dir="ltr">{many(len(thread.stories), "story", "stories")}</span>'
    if thread.copies:
        yield f'<span dir="ltr">{many(thread.copies, "near-copy", "near-copies")}</span>'
    began, ended = day(thread.first), day(thread.last)
    yield (
        f'<span dir="ltr" title="{minute(thread.first)} to {minute(thread.last)} UTC">'
        + (began if began == ended else f"{began} – {ended}")
        + "</span>"
    )
    yield f'<span title="id of the thread"><bdi>{inline(thread.id)}</bdi></span>'


def _shown(rows: Sequence[Row]) -> tuple[list[str], int]:
    """The stories, oldest first, as many of the newest as there is place for; and how many there is none for."""
    out: list[str] = []
    left, lost = MAX_BYTES, 0
    for row, copies in reversed(list(with_copies(rows))):
        if left > 0:
            out.append(_story(row) + _copies(row, copies))
            left -= len(out[-1].encode("utf-8", "surrogatepass"))
        else:
            lost += 1 + len(copies)
    return out[::-1], lost


def _story(row: Row) -> str:
    text = below_title(row)
    if not text.strip():
        return f'<p class="sgm-item" dir="auto">{_line(row)}</p>\n'
    cut = f"\n[… {many(len(text) - MAX_LENGTH, 'character')} more]" if len(text) > MAX_LENGTH else ""
    return (
        f'<details class="sgm-item"><summary dir="auto">{_line(row)}</summary>'
        f'<div class="sgm-text" dir="auto"{lang(row.get("language"))}>{clean(text[:MAX_LENGTH])}{cut}</div></details>\n'
    )


def _line(row: Row) -> str:
    # The line takes its direction from the title: what has one of its own does not count for ``dir="auto"``.
    title, titled = heading(row)
    outlet, topic = value(row.get("outlet")), value(row.get("topic_name")) or value(row.get("topic"))
    facts = [f'<time dir="ltr">{minute(moment(row["date"]))}</time>']
    facts += [] if outlet is None else [f"<bdi>{inline(outlet, 80)}</bdi>"]
    facts += [] if value(row.get("copy_of")) is None else ['<span class="sgm-tag" dir="ltr">near-copy</span>']
    about = "" if topic is None else f' <bdi class="sgm-facts" title="topic">{inline(topic, 80)}</bdi>'
    code = lang(row.get("language"))
    what = "sgm-what" if titled else "sgm-what sgm-untitled"
    title = f'<span class="{what}"{code}>{inline(title, 300)}</span>'
    return f'<span class="sgm-facts">{" ".join(facts)}</span> {title}{about}'


def _copies(row: Row, rows: list[Row]) -> str:
    if not rows:
        return ""
    lines = "".join(f'<p class="sgm-item" dir="auto">{_line(row)}</p>\n' for row in rows[:MAX_COPIES])
    if len(rows) > MAX_COPIES:
        lines += f'<p class="sgm-note"><bdi dir="ltr">{len(rows) - MAX_COPIES:,} more not in this view</bdi></p>\n'
    summary = f'<summary><bdi dir="ltr">{many(len(rows), "near-copy", "near-copies")}</bdi></summary>'
    return f'<details class="sgm-copies" dir="{direction(heading(row)[0])}">{summary}\n{lines}</details>\n'
