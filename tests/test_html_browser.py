"""What is shown in notebooks, in a real browser: directions, contrast, places, and that hostile text does nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, complaints, key, requests
from threads_frames import HOSTILE, stories, threads

from segmenter.display.html import document_html, page
from segmenter.display.report import report_html
from segmenter.display.style import COLOURS, TINT
from segmenter.display.thread import thread_html
from segmenter.document import Block, Boundary, Document, Story, Topic, by_story
from segmenter.errors import InputError
from segmenter.evaluation import evaluate_files
from segmenter.tracking import Thread

DATA = Path(__file__).parents[1] / "data"

PAYLOADS = (
    HOSTILE, "</p></section></div></details></summary></svg></style><script>window.pwned=1</script>",
    "<img src=http://127.0.0.1:9/x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1" style="position:fixed;inset:0',
    "' onfocus='window.pwned=1' autofocus tabindex=1 '", "javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>",
    "</style><style>*{display:none!important}body{background:url(http://127.0.0.1:9/y)}</style>",
    "<svg/onload=alert(1)><animate onbegin=alert(1)></svg>", "<!--", "]]>", "<plaintext>", "<textarea>",
    "<template>", "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>", "<base href=http://127.0.0.1:9/>",
    "&#60;script&#62;", "\u202e\u2067override\u2066", "\u2069\u202c\u2069\u202c", "\x00\x08\x0b\x0c\x1b[31m\x7f\x85",
    "\ud800 \udfff", "\ufffe",
    "e" + "\u0301\u0327\u0489" * 400, "W" * 3000, "\u2028</p>\u2029", "\t" * 300 + "|",
    "{{constructor.constructor('alert(1)')()}}", "$\\href{javascript:alert(1)}{x}$", "﷽" * 300,
    "\n" * 50 + "<script>window.pwned=1</script>", "--sgm-fg:red;}", "lang\" x=\"",
)  # fmt: skip


def hostile() -> Document:
    """Every payload as a block of each of some kinds, and as everything else that a document can carry."""
    text, blocks = "", []
    for n, payload in enumerate(PAYLOADS):
        for kind, story in (("headline", n), ("body", n), ("ad", None), ("caption", n), ("related", None)):
            start = len(text)
            text += payload
            blocks.append(Block(start, len(text), kind, story))
            text += "\n"
    topics = [[Topic(p, p, 0.9, (Topic(p, p, 0.5),)), Topic(p, p, 0.4)] for p in PAYLOADS]
    made = tuple(Story.from_blocks(n, text, own, language=PAYLOADS[n], topics=topics[n], key_phrases=[PAYLOADS[n]] * 3,
                                   title=PAYLOADS[n]) for n, own in by_story(blocks).items())  # fmt: skip
    curve = tuple(Boundary(block.start, 0.3 + 0.5 * (block.kind == "headline")) for block in blocks)
    everything = " ".join(PAYLOADS)
    return Document(text, tuple(blocks), made, curve, everything, everything, everything, {everything: everything})


def hostile_report() -> Any:
    report = evaluate_files(str(DATA / "gold.jsonl"), str(DATA / "gold.jsonl"))
    report.errors += [InputError(payload, payload, payload, payload) for payload in PAYLOADS]
    return report


def thread_of(name: str) -> Thread:
    return Thread.of(threads()[threads()["id"] == name], stories()[stories()["thread"] == name])


def small() -> Document:
    """Arabic and English stories with a place that was nearly a boundary, and one more hidden in a fold."""
    lines = [("أعلنت الحكومة خطة", "headline", 0), ("قال المتحدث (in English) إن المدينة", "body", 0),
             ("NATO قالت إن", "body", 0), ("123 هل هذا", "caption", 0), ("اقرأ أيضا", "related", None),
             ("The minister said", "headline", 1), ("that كل شيء is well", "body", 1), ("«قال», he said", "body", 1),
             ("advertisement", "ad", None), ("Another one", "body", 2)]  # fmt: skip
    text, blocks = "", []
    for line, kind, story in lines:
        blocks.append(Block(len(text), len(text) + len(line), kind, story))
        text += line + "\n"
    made = tuple(Story.from_blocks(n, text, own, language="en" if n else "ar", topics=[Topic("t", "politics", 0.8)],
                                   key_phrases=["plan" if n else "خطة"])
                 for n, own in by_story(blocks).items())  # fmt: skip
    curve = tuple(Boundary(b.start, 0.9 if b.start in {m.start for m in made} else 0.3) for b in blocks[1:])
    return Document(text, tuple(blocks), made, curve, "small", "ar", "2025-11-04")


HOST = {
    "lab light": "--jp-content-font-color1:rgba(0,0,0,.87);--jp-layout-color0:#fff",
    "lab dark": "--jp-content-font-color1:#fff;--jp-layout-color0:#111",
    "code light": "--vscode-editor-foreground:#3b3b3b;--vscode-editor-background:#fff",
    "code dark": "--vscode-editor-foreground:#ccc;--vscode-editor-background:#1f1f1f",
}
AROUND = ("<!DOCTYPE html><html><head><meta charset=utf-8><style>{}</style></head><body><div id=before>before</div>"
          "<div id=cell class='{}'>{}</div><div id=after>after</div></body></html>")  # fmt: skip


def show(browser: Browser, path: Path, fragment: str, *, style: str = "", around: str = "") -> None:
    """Open a page with the fragment in it, as a notebook has it: no policy, things above and below."""
    path.write_text(AROUND.format(style, around, fragment), encoding="utf-8")
    browser.open(path)


@contextmanager
def settings(browser: Browser, scheme: str = "light", width: int = 900) -> Iterator[None]:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    try:
        yield
    finally:
        browser.call("Emulation.setEmulatedMedia", features=[])
        browser.call("Emulation.clearDeviceMetricsOverride")


UNFOLD = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
NO_WIDER = "document.documentElement.scrollWidth === document.documentElement.clientWidth"
POKE = """(() => { for (const e of document.querySelectorAll('#cell, #cell *'))
  for (const name of ['mouseover', 'mouseenter', 'focus', 'load', 'error', 'animationstart', 'toggle'])
    e.dispatchEvent(new Event(name, {bubbles: true}));
  for (const e of document.querySelectorAll('#cell a, #cell summary')) e.click(); })()"""


@pytest.mark.parametrize("what", ["document", "part", "report", "thread", "without style"])
def test_hostile_text_does_nothing_in_a_page_without_a_policy(browser: Browser, tmp_path: Path, what: str) -> None:
    document = hostile()
    fragment = {"document": lambda: document_html(document), "part": lambda: document.show(2)._repr_html_(),
                "without style": lambda: document_html(document, style=False),
                "report": lambda: report_html(hostile_report()),
                "thread": lambda: thread_html(thread_of(HOSTILE))}[what]()  # fmt: skip
    path = tmp_path / "hostile.html"
    look = ("(s => [s.color, s.backgroundColor, s.fontSize, s.direction, s.display, s.unicodeBidi].join())"
            "(getComputedStyle(document.getElementById('{}')))")  # fmt: skip
    with settings(browser):
        show(browser, path, "<p>harmless</p>")
        before = [browser.evaluate(look.format(name)) for name in ("before", "after")]
        show(browser, path, fragment)
        browser.evaluate(UNFOLD)
        browser.evaluate(POKE)
        browser.evaluate(UNFOLD)
        browser.evaluate("new Promise(done => setTimeout(done, 100))")
        assert browser.evaluate("typeof window.pwned") == "undefined"
        assert requests(browser) == [path.as_uri()] and complaints(browser) == []
        happened = {event.get("method") for event in browser.events}
        assert happened.isdisjoint({"Page.javascriptDialogOpening", "Page.windowOpen"})
        smuggled = "script,img,iframe,object,embed,form,input,textarea,template,plaintext,base,animate,meta,link"
        assert browser.evaluate(f"document.querySelectorAll('#cell :is({smuggled})').length") == 0
        own = what != "without style"
        assert browser.evaluate("document.querySelectorAll('style').length") == 1 + own
        names = set(browser.evaluate("[...document.querySelectorAll('#cell *')].flatMap(e => e.getAttributeNames())"))
        assert names <= {"class", "dir", "lang", "id", "title", "href", "style", "open", "tabindex", "role", "scope",
                         "aria-label", "aria-hidden", "viewBox", "preserveAspectRatio", "d"}  # fmt: skip
        links = browser.evaluate("[...document.querySelectorAll('#cell [href]')].map(e => e.getAttribute('href'))")
        assert all(re.fullmatch(r"#sgm-[0-9a-f]{12}-[sb]\d+", link) for link in links)
        styles = browser.evaluate("[...document.querySelectorAll('#cell [style]')].map(e => e.getAttribute('style'))")
        assert all(re.fullmatch(r"left:[\d.]+%;(--sgm-y:\d+%|width:[a-z\d.%(), -]+)", value) for value in styles)
        # The page around it: nothing fell out of the fragment, and what stands below is there, uncovered and unchanged.
        assert browser.evaluate("[...document.body.children].map(e => e.id)") == ["before", "cell", "after"]
        children = browser.evaluate("[...document.querySelectorAll('#cell > *')].map(e => e.tagName)")
        assert children == [*["STYLE"] * own, "DIV"]
        assert [browser.evaluate(look.format(name)) for name in ("before", "after")] == before
        if own:
            assert browser.evaluate(NO_WIDER)
        for name in ("before", "after"):
            assert browser.evaluate(
                f"(e => {{ e.scrollIntoView(); const r = e.getBoundingClientRect(), c = document.getElementById('cell')"
                ".getBoundingClientRect(); return [document.elementFromPoint(r.left + 5, r.top + 5) === e,"
                f" e.id === 'before' ? r.bottom <= c.top : r.top >= c.bottom]; }})(document.getElementById('{name}'))"
            ) == [True, True]


def test_the_harness_notices_what_is_not_escaped(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path / "raw.html", "<div class=sgm><img src='x.png' onerror='window.pwned=1'></div>")
    browser.wait("window.pwned === 1")
    assert len(requests(browser)) == 2


@pytest.mark.parametrize("words, direction", [
    ("أعلنت الحكومة", "rtl"), ("قال المتحدث", "rtl"), ("NATO قالت", "ltr"), ("123 هل", "rtl"), ("The minister", "ltr"),
    ("that كل", "ltr"), ("«قال»", "rtl"), ("اقرأ أيضا", "rtl"), ("advertisement", "ltr"),
])  # fmt: skip
def test_a_block_takes_its_direction_from_its_first_letter(browser: Browser, tmp_path: Path, words: str,
                                                           direction: str) -> None:  # fmt: skip
    show(browser, tmp_path / "page.html", document_html(small()))
    browser.evaluate(UNFOLD)
    found = browser.evaluate(
        f"(b => {{ const s = getComputedStyle(b), r = document.createRange(); r.selectNodeContents(b.lastChild);"
        "const t = r.getBoundingClientRect(), box = b.getBoundingClientRect();"
        "return [s.direction, t.left - box.left < box.right - t.right ? 'ltr' : 'rtl']; })"
        f"([...document.querySelectorAll('.sgm-b')].find(b => b.textContent.includes({json.dumps(words)})))"
    )
    assert found == [direction, direction]


@pytest.mark.parametrize("selector, direction", [
    ("section.sgm-c0", "rtl"), (".sgm-c0 .sgm-bar", "rtl"), (".sgm-c0 .sgm-key", "rtl"), (".sgm-c1 .sgm-bar", "ltr"),
    (".sgm-map", "ltr"), (".sgm > .sgm-none", "rtl"), (".sgm-c0 .sgm-number", "ltr"),
])  # fmt: skip
def test_what_is_about_a_story_runs_as_the_story_does(browser: Browser, tmp_path: Path, selector: str,
                                                      direction: str) -> None:  # fmt: skip
    show(browser, tmp_path / "page.html", document_html(small()))
    assert browser.evaluate(f"getComputedStyle(document.querySelector({json.dumps(selector)})).direction") == direction


@pytest.mark.parametrize("width", [400, 900])
def test_nothing_is_wider_than_what_it_stands_in(browser: Browser, tmp_path: Path, width: int) -> None:
    shown = small(), hostile(), hostile_report(), thread_of("a"), thread_of(HOSTILE)
    for fragment in (each._repr_html_() for each in shown):
        with settings(browser, width=width):
            show(browser, tmp_path / "page.html", fragment)
            browser.evaluate(UNFOLD)
            assert browser.evaluate(NO_WIDER)
            outside = browser.evaluate(
                "(box => [...document.querySelectorAll('.sgm *')]"
                ".filter(e => e.checkVisibility() && !e.closest('.sgm-scroll table')"
                "&& (e.getBoundingClientRect().left < box.left - 1 || e.getBoundingClientRect().right > box.right + 1))"
                ".map(e => e.outerHTML.slice(0, 80)))(document.querySelector('.sgm').getBoundingClientRect())"
            )
            assert outside == []


CONTRAST = """(() => {
const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
const pen = canvas.getContext('2d', {willReadFrequently: true});
const over = (colours) => { pen.clearRect(0, 0, 1, 1);
  for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const light = rgb => { const [r, g, b] = rgb.map(v => linear(v / 255));
  return .2126 * r + .7152 * g + .0722 * b; };
let least = 99, where = '', ground = null, count = 0;
const walk = document.createTreeWalker(document.querySelector('.sgm'), NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode, own = node.parentElement;
  if (!node.data.trim() || own.closest('style') || !own.checkVisibility()) continue;
  const behind = [];
  for (let e = own; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
  const grounds = ['#fff', ...behind];
  const back = over(grounds), fore = over([...grounds, getComputedStyle(own).color]);
  const [low, high] = [light(back), light(fore)].sort((a, b) => a - b);
  const ratio = (high + .05) / (low + .05);
  count++;
  if (ratio < least) { least = ratio; where = own.className + ': ' + node.data.slice(0, 40); }
}
return {least, where, count, ground: over(['#fff', getComputedStyle(document.querySelector('.sgm')).backgroundColor])};
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("host", ["none", "classic", *HOST])
def test_contrast_and_whose_colours_they_are(browser: Browser, tmp_path: Path, scheme: str, host: str) -> None:
    dark = {"none": scheme == "dark", "classic": False}.get(host, host.endswith("dark"))
    around = "rendered_html" if host == "classic" else ""
    for fragment in (each._repr_html_() for each in (small(), small().show(1), hostile_report(), thread_of("a"))):
        with settings(browser, scheme):
            style = f":root{{{HOST.get(host, '')}}}"
            show(browser, tmp_path / "page.html", fragment, style=style, around=around)
            browser.evaluate(UNFOLD)
            found = browser.evaluate(CONTRAST)
            assert found["count"] > 10 and found["least"] >= 4.5, found
            assert (sum(found["ground"]) < 128) == dark


# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency".
VISION = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def _linear(rgb: tuple[float, ...]) -> list[float]:
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in rgb)]


def _lab(rgb: tuple[float, ...], vision: str) -> tuple[float, float, float]:
    seen = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, _linear(rgb), strict=True)))) for row in VISION[vision]]
    xyz = [sum(a * b for a, b in zip(row, seen, strict=True)) for row in
           ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))]  # fmt: skip
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("ground", [(255, 255, 255), (22, 22, 22), (31, 31, 31)])
def test_neighbouring_stories_stand_apart_for_every_eye(vision: str, ground: tuple[int, ...]) -> None:
    colours = [tuple(map(float, colour.split(","))) for colour in COLOURS]
    bands = [tuple(TINT * c + (1 - TINT) * g for c, g in zip(colour, ground, strict=True)) for colour in colours]
    for one, other in pairwise([*range(len(colours)), 0]):
        assert math.dist(_lab(colours[one], vision), _lab(colours[other], vision)) > 60
        assert math.dist(_lab(bands[one], vision), _lab(bands[other], vision)) > 10
    for colour in colours:
        weights = (0.2126, 0.7152, 0.0722)
        low, high = sorted(sum(a * b for a, b in zip(weights, _linear(c), strict=True)) for c in (colour, ground))
        assert (high + 0.05) / (low + 0.05) >= 3


def test_the_curve_leads_to_the_places_of_its_own_document(browser: Browser, tmp_path: Path) -> None:
    document = small()
    twice = document_html(document) + document_html(Document(document.text, document.blocks, document.stories,
                                                             document.curve, "another"))  # fmt: skip
    with settings(browser, width=500):
        show(browser, tmp_path / "page.html", f"{twice}<div style='height:2000px'></div>")
        ids = browser.evaluate("[...document.querySelectorAll('.sgm [id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)) == 2 * (3 + 7)
        for part in (1, 2):
            links = f"document.querySelectorAll('.sgm')[{part - 1}].querySelectorAll('a')"
            for i in range(browser.evaluate(f"{links}.length")):
                browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false; })")
                browser.evaluate("window.scrollTo(0, 0)")
                browser.evaluate(f"{links}[{i}].click()")
                own = f"document.querySelectorAll('.sgm')[{part - 1}].querySelector(':target')"
                browser.wait(f"{own}?.checkVisibility() && {own}.getBoundingClientRect().bottom > 0")
        first = browser.evaluate("document.querySelector('.sgm-dot').title")
        assert first.startswith("nearly a boundary at 18: 0.30 · قال المتحدث")


def test_the_keyboard_reaches_the_stories_and_unfolds_furniture(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path / "page.html", document_html(small()))
    browser.evaluate("document.body.focus()")
    met = []
    for _ in range(5):
        key(browser, "Tab")
        met.append(browser.evaluate("document.activeElement.tagName + document.activeElement.textContent.trim()"))
    assert met == ["A1", "A2", "A3", "SUMMARYrelated اقرأ أيضا", "SUMMARYad advertisement"]
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    key(browser, "Enter", "\r")
    assert browser.evaluate("document.activeElement.parentElement.open")
    assert not browser.evaluate("document.activeElement.querySelector('.sgm-peek').checkVisibility()")


def test_the_page_that_the_command_writes_shows_the_same_under_its_policy(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("".join(page([document_html(small(), style=False)], "Stories")), encoding="utf-8")
    with settings(browser, "dark"):
        browser.open(path)
        assert complaints(browser) == [] and requests(browser) == [path.as_uri()]
        found = browser.evaluate(CONTRAST)
        assert found["least"] >= 4.5 and sum(found["ground"]) < 128
        wide = "(e => e.getBoundingClientRect().width)(document.querySelector('.sgm-bands a'))"
        assert browser.evaluate(wide) > 50  # styles in attributes count


def test_a_thread_in_the_browser(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path / "page.html", thread_html(thread_of("a")))
    side = "getComputedStyle(document.querySelector('{}')).direction"
    assert [browser.evaluate(side.format(where)) for where in
            (".sgm-name", ".sgm-head", ".sgm-item > summary", ".sgm-time", ".sgm-copies")] == [
        "rtl", "rtl", "rtl", "ltr", "rtl"]  # fmt: skip
    assert browser.evaluate("document.querySelectorAll('.sgm-copies .sgm-item').length") == 2
    assert browser.evaluate("document.querySelector('time').textContent") == "2018-04-06 22:10"
