"""Running stories by careful reading: which articles of the corpora are about the same event.

The labels were given by a large language model (Claude), which read date, outlet, title and first words of all articles
of some days of the ANT corpus (three days together, once six; none of them those of the cluster benchmark), and of a
third of FNC-1, and grouped those that an editor would put under one running headline. The articles are not part of the
package; a label is kept beside the article's id.
"""

from __future__ import annotations

from collections import defaultdict
from importlib import resources


def read_threads() -> dict[str, dict[str, str]]:
    """The threads of the articles that were read.

    Returns
    -------
    dict of str to dict of str to str
        For each window, days that were read together, the thread of every article by the article's id. An article
        that is alone has a thread that no other has. Threads of different windows have nothing to do with each other.
    """
    windows: dict[str, dict[str, str]] = defaultdict(dict)
    for line in (resources.files(__package__) / "thread_labels.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, window, thread = line.split("\t")
            windows[window][name] = thread or f"alone:{name}"
    return dict(windows)
