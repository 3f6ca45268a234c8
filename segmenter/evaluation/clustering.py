"""How well stories were put into threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class BCubed(NamedTuple):
    """Precision, recall and their harmonic mean, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


def bcubed(truth: Sequence[Hashable], found: Sequence[Hashable], *, of: Sequence[int] | None = None) -> BCubed:
    """BCubed scores of a clustering (Bagga and Baldwin, 1998), averaged over items.

    Parameters
    ----------
    truth, found : sequence of hashable, of the same length
        The right and the found cluster of each item; only which are equal counts, not what they are called.
    of : sequence of int, optional
        Items over which to average, those that no model has seen for instance; the others count as members of
        clusters only. By default all.

    Returns
    -------
    BCubed
        Precision: of the items in an item's found cluster, itself included, the share that belongs with it. Recall: of
        the items that belong with it, the share in its found cluster. F1 is that of the two averages.

    Raises
    ------
    ValueError
        If there is nothing to average over, or the lengths differ.
    """
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} true clusters, but {len(found)} found ones")
    items = range(len(truth)) if of is None else of
    if not len(items):
        raise ValueError("no items to average over")
    right, given, both = Counter(truth), Counter(found), Counter(zip(truth, found, strict=True))
    shared = [both[truth[i], found[i]] for i in items]
    precision = sum(n / given[found[i]] for n, i in zip(shared, items, strict=True)) / len(items)
    recall = sum(n / right[truth[i]] for n, i in zip(shared, items, strict=True)) / len(items)
    return BCubed(precision, recall, 2 * precision * recall / (precision + recall))
