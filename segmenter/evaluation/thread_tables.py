"""The table about threads: the tracker beside what is simpler."""

from __future__ import annotations

from collections.abc import Sequence

from ..embedding import load_embedder
from ..segmenter import Segmenter
from ..tracking.tracker import StoryTracker
from .thread_baselines import baselines
from .threads import Tracked, main_stories, read_gold_threads, track, whole_stories

NOTES = """\
BCubed precision, recall and F1, mean over articles; seconds without splitting. The articles come in order of time, each
split first; an article counts by its longest story (not split: by all of it, its first line as the headline). The
baselines get the articles whole, and but for the single passes all at once; what stands in brackets was chosen as the
best for these very articles. The decision of the segmenter was learned from other days; its three constants, and what
it looks at, were chosen with a look at the development set too."""


def thread_table(gold: str, texts: str | None = None) -> str:
    """A row for the segmenter, one without merges and one without splitting, and one for each baseline."""
    articles = read_gold_threads(gold, texts)
    stories, several = main_stories(articles, Segmenter(topics=False))
    rows = [track("segmenter", articles, stories, StoryTracker()),
            track("segmenter, no merges", articles, stories, StoryTracker(merge=False)),
            track("segmenter, not split", articles, whole_stories(articles), StoryTracker()),
            *baselines(articles, load_embedder(None))]  # fmt: skip
    days = len({article.date.date() for article in articles})
    head = (f"articles: {len(articles)} of {days} days (UTC), in {len({a.thread for a in articles})} threads; "
            f"cut into more than one story: {several}")  # fmt: skip
    return f"{head}\n\n{_table(rows)}\n\n{NOTES}"


def _table(rows: Sequence[Tracked]) -> str:
    width = max(len(row.name) for row in rows)
    lines = [" " * width + "  precision  recall     F1  threads  seconds"]
    for row in rows:
        precision, recall, f1 = row.score
        lines.append(f"{row.name:<{width}}  {precision:9.3f}  {recall:6.3f}  {f1:5.3f}  {len(set(row.threads)):7}  "
                     f"{row.seconds:7.2f}")  # fmt: skip
    return "\n".join(lines)
