"""One page of a synthetic dump: how it looks, what its site prints, and how a story is written into it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from .wordings import Filler


@dataclass(frozen=True, slots=True)
class SourceStory:
    """An article to put into dumps: its language, title ("" for none), paragraphs, and what it may be near to."""

    language: str
    title: str
    paragraphs: tuple[str, ...]
    source: str = ""
    date: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A line of a dump, or a sentence where its newlines are lost."""

    start: int
    end: int
    story: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class SyntheticDump:
    """A dump and what is right about it."""

    id: str
    text: str
    units: tuple[Unit, ...]

    def to_dict(self) -> dict[str, object]:
        """The dump as a line of a gold file."""
        units = [{"start": u.start, "end": u.end, "story": u.story, "kind": u.kind} for u in self.units]
        return {"id": self.id, "text": self.text, "units": units}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a dump looks. Probabilities are per opportunity; a line holds a paragraph, one or two sentences, or one."""

    stories: int
    separator: str
    newlines_lost: bool
    headline: float
    furniture: float
    inserted: float
    mixed: bool
    near: str
    longest: int
    lines: str
    broken: float


_SENTENCE = re.compile(r"(?<=[.!?؟。！？।])[\"'»”’)]?\s+|(?<=[。！？])")


def sentences(text: str) -> list[str]:
    """Roughly the sentences of a paragraph, for building dumps only."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


class Site:
    """What one site prints: a few wordings of each list, used over and over."""

    def __init__(self, language: str, draw: random.Random, keep: Callable[[str], bool] | None) -> None:
        self.filler = Filler(language, draw, keep)
        self._draw = draw
        self._few: dict[str, list[str]] = {}

    def line(self, key: str, **known: str | Callable[[], str]) -> str:
        few = self._few.setdefault(key, [self.filler.pick(key) for _ in range(self._draw.choice((1, 1, 2, 3)))])
        # Posts and captions are each their own; a share line is the same all over the page.
        wording = self.filler.pick(key) if key in ("embed_post", "caption", "heading") else self._draw.choice(few)
        return self.filler.fill(wording, **known)


@dataclass
class Page:
    """A dump in the making: pieces with their separators; offsets are carried, never searched for."""

    lines: list[tuple[str, str, int | None, str]] = field(default_factory=list)

    def add(self, text: str, kind: str, story: int | None, separator: str) -> None:
        text = text.strip()
        if text:
            self.lines.append((separator, text, story, kind))

    def finish(self, name: str) -> SyntheticDump:
        parts: list[str] = []
        units: list[Unit] = []
        at = 0
        for number, (separator, text, story, kind) in enumerate(self.lines):
            if number:
                parts.append(separator)
                at += len(separator)
            units.append(Unit(at, at + len(text), story, kind))
            parts.append(text)
            at += len(text)
        return SyntheticDump(name, "".join(parts), tuple(units))


def headline_of(story: SourceStory, draw: random.Random) -> str:
    """The title, or the start of the first sentence where there is none or it is a mere name, as in Wikipedia."""
    title = story.title
    if title.isupper() and draw.random() < 0.8:
        title = title.capitalize()
    name = bool(title) and story.language != "zh" and len(title.split()) < 4 and draw.random() < 0.8
    if not title or len(title) > 220 or name:
        opening = (sentences(story.paragraphs[0]) or [story.paragraphs[0]])[0]
        words = opening.split()
        title = " ".join(words[: draw.randint(5, 13)]) if len(words) > 3 else opening[: draw.randint(10, 26)]
        title = title.rstrip(" .,،؛:;-–«\"'(")
    elif draw.random() < 0.08:  # columns and opinion have headlines of a few words
        title = " ".join(title.split()[: draw.randint(2, 4)])
    return title


CLOSING_FURNITURE = (
    ("share", 0.20),
    ("newsletter", 0.08),
    ("date", 0.08),
    ("copyright", 0.07),
    ("ad", 0.05),
    ("navigation", 0.06),
)


class StoryWriter:
    """Writes one story with what surrounds it."""

    def __init__(self, page: Page, site: Site, layout: Layout, draw: random.Random, title: Callable[[], str]) -> None:
        self._page, self._site, self._layout, self._draw, self._title = page, site, layout, draw, title

    def _chance(self, probability: float) -> bool:
        return self._draw.random() < probability * self._layout.furniture

    def _add(self, text: str, kind: str, story: int | None = None, separator: str | None = None) -> None:
        default = " " if self._layout.newlines_lost else self._layout.separator
        if self._layout.newlines_lost and kind == "body":
            for part in sentences(text):
                self._page.add(part, kind, story, " ")
        else:
            self._page.add(text, kind, story, default if separator is None or self._layout.newlines_lost else separator)

    def write(self, story: SourceStory, number: int) -> None:
        draw, layout = self._draw, self._layout
        paragraphs = self._paragraphs(story)
        self._before(story, number)
        embeds = [i for i in range(1, len(paragraphs)) if self._chance(0.07)]
        middles = range(1, len(paragraphs))
        for i, paragraph in enumerate(paragraphs):
            if i in middles:
                self._within(story, paragraphs, number)
            if i in embeds:
                self._embed(story, number)
            words = paragraph.split(" ")
            if len(words) > 12 and draw.random() < layout.broken:  # lines broken in mid-sentence
                cuts = sorted(draw.sample(range(4, len(words) - 3), min(draw.choice((1, 1, 2, 3)), len(words) - 7)))
                for low, high in pairwise((0, *cuts, len(words))):
                    self._add(" ".join(words[low:high]), "body", number)
            elif layout.furniture and draw.random() < 0.015 and len(sentences(paragraph)) > 2:  # a list in the story
                bullet = draw.choice(("- ", "• ", "* ", ""))
                for part in sentences(paragraph):
                    self._add(bullet + part, "body", number)
            else:
                self._add(paragraph, "body", number)
        self._after(story, number)

    def _paragraphs(self, story: SourceStory) -> list[str]:
        draw, layout = self._draw, self._layout
        paragraphs = list(story.paragraphs)
        if layout.lines == "sentence":
            paragraphs = [part for paragraph in paragraphs for part in sentences(paragraph)]
        elif layout.lines == "sentences":
            paragraphs = [part for paragraph in paragraphs for part in _grouped(sentences(paragraph), draw)]
        size = draw.randint(1, layout.longest) if draw.random() < 0.6 else layout.longest
        # One line alone is seldom a story: it needs a length of its own.
        while size < len(paragraphs) and sum(map(len, paragraphs[:size])) < 200:
            size += 1
        start = draw.randint(0, 2) if len(paragraphs) > size + 3 and draw.random() < 0.1 else 0
        return paragraphs[start : start + size]

    def _before(self, story: SourceStory, number: int) -> None:
        site, draw, layout = self._site, self._draw, self._layout
        if number == 0 and self._chance(0.15):
            for _ in range(draw.randint(1, 4)):
                self._add(site.line("navigation"), "other")
        if number and self._chance(0.22):
            self._add(site.line("related_cue"), "related")
        if self._chance(0.06):
            self._add(site.line("navigation"), "other")
        byline = [
            key
            for key, p in (("date", 0.20), ("share", 0.14), ("credit", 0.10), ("media_player", 0.04))
            if self._chance(p)
        ]
        draw.shuffle(byline)
        early = [key for key in byline if draw.random() < 0.25]
        for key in early:
            self._add(site.line(key), "credit" if key == "credit" else "other", number if key == "credit" else None)
        if draw.random() < layout.headline:
            self._add(headline_of(story, draw), "headline", number)
            if story.title and self._chance(0.03):
                self._add(story.title, "headline", number)
        for key in byline:
            if key not in early:
                self._add(site.line(key), "credit" if key == "credit" else "other", number if key == "credit" else None)
        if self._chance(0.10):
            self._caption(list(story.paragraphs), number)

    def _within(self, story: SourceStory, paragraphs: list[str], number: int) -> None:
        site, draw = self._site, self._draw
        if self._chance(0.06):
            self._caption(paragraphs, number)
        if self._chance(0.045):
            self._add(site.line("ad"), "ad")
        if self._chance(0.07):
            own = " ".join(draw.choice(paragraphs).split()[:40]).split(" ")
            at = draw.randrange(max(1, len(own) - 3))
            # Sites head a section with a stock phrase, with words of the story, or with what a title would say.
            pieces = (
                " ".join(own[at : at + draw.randint(2, 5)]),
                " ".join(self._title().split()[: draw.randint(2, 5)]),
            )
            heading = draw.choice(("", *pieces)).strip(' .,،:;؛"«»()')
            self._add(heading or site.line("heading"), "heading", number)
        if draw.random() < self._layout.inserted:
            self._add(self._title(), "related")
        if self._chance(0.025):
            self._add(site.line("related_inline", title=self._title), "related")
        if self._chance(0.012):
            self._add(site.line("related_cue"), "related")
            self._list(draw.randint(1, 3))
        if self._chance(0.012):
            self._add(site.line(draw.choice(("newsletter", "share", "media_player"))), "other")

    def _after(self, story: SourceStory, number: int) -> None:
        site, draw = self._site, self._draw
        if self._chance(0.30):
            self._add(site.line("credit"), "credit", number)
        tail: list[Callable[[], None]] = []
        if self._chance(0.22):
            tail.append(lambda: self._add(self._keywords(story), "keywords"))
        for key, probability in CLOSING_FURNITURE:
            if self._chance(probability):
                kind = "ad" if key == "ad" else "other"
                for _ in range(draw.choice((1, 1, 1, 2, 3))):
                    tail.append(lambda key=key, kind=kind: self._add(site.line(key), kind))  # type: ignore[misc]
        if self._chance(0.16):
            tail.append(lambda: self._closing_list())
        draw.shuffle(tail)
        for action in tail:
            action()

    def _closing_list(self) -> None:
        self._add(self._site.line("related_cue"), "related") if self._draw.random() < 0.85 else None
        self._list(self._draw.randint(2, 9))

    def _list(self, size: int) -> None:
        draw = self._draw
        bullet = self._site.filler.pick("bullet") if draw.random() < 0.7 else ""
        separator = draw.choice(("\n", "\n", self._layout.separator, "\n  "))
        for i in range(size):
            line = bullet.replace("{i}", str(i + 1)) + self._title()
            if draw.random() < 0.05:
                line += " " + self._site.filler.date()
            self._add(line, "related", None, separator)

    def _caption(self, paragraphs: list[str], number: int) -> None:
        draw = self._draw

        def sentence() -> str:
            words = (draw.choice(sentences(draw.choice(paragraphs)) or [paragraphs[0]])).split()
            size = draw.randint(3, 7) if draw.random() < 0.3 else draw.randint(6, 18)
            return " ".join(words[:size]).rstrip(" .,،:;؛-")

        self._add(self._site.line("caption", sentence=sentence), "caption", number)

    def _embed(self, story: SourceStory, number: int) -> None:
        draw, site = self._draw, self._site
        if draw.random() < 0.25 and story.language != "en":
            site = Site("en", draw, None)
        words = [w.strip('.,،:؛()"«»') for w in " ".join(story.paragraphs[:3]).split() if len(w) > 3] or ["news"]
        post = site.line("embed_post", words=lambda: draw.choice(words))
        if draw.random() < 0.3:
            post = " ".join((draw.choice(sentences(draw.choice(story.paragraphs)) or [post]), site.filler.fill(
                draw.choice(("{url}", "#" + draw.choice(words), "@{handle} {url}", "{url} {url}")))))  # fmt: skip
        lines = [(post, True)]
        if draw.random() < 0.85:
            lines.append((site.line("embed_signature"), True))
        if draw.random() < 0.2:
            lines.append((site.line("embed_post", words=lambda: draw.choice(words)), True))
            lines.append((site.line("embed_signature"), True))
        for line, _ in lines:
            self._add(line, "embed", number)

    def _keywords(self, story: SourceStory) -> str:
        draw = self._draw
        # Sites tag with the day's other names as readily as with the story's own.
        about = (story.title, *story.paragraphs[:4]) if draw.random() < 0.6 else [self._title() for _ in range(4)]
        pool = " ".join((*about, self._title())).split()
        pool = [w.strip('.,،:؛()"«»؟!') for w in pool if len(w) > 3] or ["news"]

        def words() -> str:
            at = draw.randrange(len(pool))
            return " ".join(pool[at : at + draw.choice((1, 1, 2, 3))])

        return self._site.line("keywords", words=words)


def _grouped(parts: list[str], draw: random.Random) -> list[str]:
    """Sentences put together by one or two, as sites with short paragraphs do."""
    grouped: list[str] = []
    while parts:
        size = draw.choice((1, 1, 1, 2))
        grouped.append(" ".join(parts[:size]))
        parts = parts[size:]
    return grouped
