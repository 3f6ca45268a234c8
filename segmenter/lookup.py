"""A memory of words: what was made of a word once is not made again.

Texts are mostly made of words that were seen before. A memory only saves time: what it has forgotten is made anew,
and is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast


def halved(known: dict[str, bytes], size: int) -> dict[str, bytes]:
    """The memory, or the older half of one that has outgrown its size: what was seen first comes most often."""
    # A new dictionary and not an emptied one: another thread may be reading the old one.
    return known if len(known) <= size else dict(list(known.items())[: size // 2])


def look_up(words: Sequence[str], known: dict[str, bytes], ask: Callable[[Sequence[str]], Iterable[bytes]],
            longest: int) -> list[bytes]:  # fmt: skip
    """What is known of each word; the others are asked for together, and remembered if they are not too long."""
    found = list(map(known.get, words))  # one look-up each: nearly all are known
    places = [place for place, value in enumerate(found) if value is None]
    if places:
        missing = list({words[place] for place in places})
        new = dict(zip(missing, ask(missing), strict=True))
        known.update((word, value) for word, value in new.items() if len(word) <= longest)
        for place in places:
            found[place] = new[words[place]]
    return cast("list[bytes]", found)
