"""Synthetic dumps with known answers: articles put into one text, with the furniture that pages put around them.

A dump is drawn as a page would be made: a layout (how lines are separated, whether headlines and newlines survived), a
*site* for each language (which wordings it uses, over and over), a number of stories, near to each other or not, and
for each story what stands before, within and after it. Everything comes from one seed and the number of the dump, so
dump 17 is the same whatever else is drawn.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from .pages import Layout, Page, Site, SourceStory, StoryWriter, SyntheticDump, Unit, headline_of
from .wordings import fold

STORIES = ((1, 30), (2, 24), (3, 14), (4, 10), (5, 7), (6, 6), (8, 5), (12, 4))


def draw_layout(draw: random.Random) -> Layout:
    """A layout as dumps in the wild have them; a third hold one story.

    One in fifteen is nothing but sentences, one a line: a story, or short excerpts of many, as in Choi's benchmark.
    """
    if draw.random() < 1 / 15:
        one = draw.random() < 0.4
        longest = draw.choice((10, 20, 40) if one else (5, 8, 11))
        return Layout(stories=1 if one else draw.randint(3, 14), separator="\n", newlines_lost=False, headline=0.0,
                      furniture=0.0, inserted=0.0, mixed=False, near=draw.choice(("any", "source")), longest=longest,
                      lines="sentence", broken=0.0)  # fmt: skip
    clean = draw.random() < 0.22
    return Layout(
        stories=draw.choices([n for n, _ in STORIES], [weight for _, weight in STORIES])[0],
        separator=draw.choices(["\n\n", "\n", "\n \n", "\n\n\n", "\r\n", "\n\t"], [50, 30, 4, 6, 5, 5])[0],
        newlines_lost=draw.random() < 0.12,
        headline=draw.choice((0.0, 0.0, 0.5, 0.6, 1.0)),
        furniture=0.0 if clean else draw.choice((0.3, 0.6, 1.0, 1.5)),
        inserted=0.0 if clean else draw.choice((0.0, 0.0, 0.08, 0.2)),
        mixed=draw.random() < 0.2,
        near=draw.choices(["any", "source", "label", "day"], [25, 35, 20, 20])[0],
        longest=draw.choice((2, 4, 6, 10, 10, 20, 40)),
        lines=draw.choices(["paragraph", "sentences", "sentence"], [78, 12, 10])[0],
        broken=draw.choice((0.0, 0.0, 0.0, 0.02, 0.05, 0.2)),
    )


class DumpGenerator:
    """Draws dumps from a stock of articles.

    Parameters
    ----------
    stock : sequence of SourceStory
    seed : int
    languages : mapping of str to float, optional
        Share of dumps mainly in each language; by default all alike that the stock holds.
    leave_out : (int, int), optional
        ``(k, n)``: wordings of fold `k` of `n` are not used. With `only_left_out` nothing but they are.
    """

    def __init__(self, stock: Sequence[SourceStory], *, seed: int = 0, languages: dict[str, float] | None = None,
                 leave_out: tuple[int, int] | None = None, only_left_out: bool = False) -> None:  # fmt: skip
        self._seed = seed
        self._keep: Callable[[str], bool] | None = None
        if leave_out is not None:
            part, folds = leave_out
            self._keep = lambda wording: (fold(wording, folds) == part) == only_left_out
        self._by_language: dict[str, list[SourceStory]] = defaultdict(list)
        self._near: dict[tuple[str, str], list[SourceStory]] = defaultdict(list)
        for story in stock:
            self._by_language[story.language].append(story)
            for key in self._keys(story).items():
                self._near[key].append(story)
        share = languages or dict.fromkeys(self._by_language, 1.0)
        self._languages = [name for name in sorted(share) if self._by_language.get(name)]
        self._shares = [share[name] for name in self._languages]
        if not self._languages:
            raise ValueError("the stock holds no story in any of the languages asked for")

    @staticmethod
    def _keys(story: SourceStory) -> dict[str, str]:
        language = story.language
        return {"source": f"{language}/{story.source}", "label": f"{language}/{story.source}/{story.label}",
                "day": f"{language}/{story.date or story.source}"}  # fmt: skip

    def generate(self, count: int, *, start: int = 0) -> Iterator[SyntheticDump]:
        """Dumps number `start` to ``start + count``."""
        for number in range(start, start + count):
            yield self.dump(number)

    def dump(self, number: int, layout: Layout | None = None) -> SyntheticDump:
        """Dump `number`, drawn anew from the seed each time it is asked for."""
        draw = random.Random(f"{self._seed}/{number}")
        layout = layout or draw_layout(draw)
        page = Page()
        sites: dict[str, Site] = {}
        for index, story in enumerate(self._choose(layout, draw)):
            site = sites.setdefault(story.language, Site(story.language, draw, self._keep))
            StoryWriter(page, site, layout, draw, self._titles(story, draw)).write(story, index)
        return page.finish(f"dump-{number:06}")

    def _choose(self, layout: Layout, draw: random.Random) -> list[SourceStory]:
        language = draw.choices(self._languages, self._shares)[0]
        first = draw.choice(self._by_language[language])
        chosen = [first]
        for _ in range(20 * layout.stories):
            if len(chosen) == layout.stories:
                break
            if layout.mixed and draw.random() < 0.6:
                language = draw.choices(self._languages, self._shares)[0]
                candidate = draw.choice(self._by_language[language])
            elif layout.near == "any" or layout.mixed:
                candidate = draw.choice(self._by_language[first.language])
            else:
                candidate = draw.choice(self._near[layout.near, self._keys(first)[layout.near]])
            if all(candidate.paragraphs[0] != other.paragraphs[0] for other in chosen):
                chosen.append(candidate)
        return chosen

    def _titles(self, story: SourceStory, draw: random.Random) -> Callable[[], str]:
        """Draws headlines of other articles; half of them are near to the story, as real links are."""
        stock = self._by_language[story.language]
        near = self._near["label", self._keys(story)["label"]]
        own = set(" ".join(story.paragraphs[:6]).split())

        def title() -> str:
            way = draw.random()
            if way < 0.04:
                return headline_of(story, draw)
            if way < 0.22:
                return headline_of(draw.choice(near), draw)
            if way < 0.50:
                found = [headline_of(draw.choice(stock), draw) for _ in range(12)]
                return max(found, key=lambda text: len(own & {w for w in text.split() if len(w) > 4}))
            return headline_of(draw.choice(stock), draw)

        return title


__all__ = ["DumpGenerator", "Layout", "SourceStory", "SyntheticDump", "Unit", "draw_layout"]
