"""The page of threads in a real browser: what is read, found and turned round, and that hostile text runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser, complaints, key, requests
from threads_frames import many, stories, threads

from segmenter.display.threads import threads_html

SEARCHED = "document.getElementById('found').textContent"
SHOWN = "Array.from(document.querySelectorAll('.t')).filter(t => t.offsetHeight).map(t => t.id.slice(0, 3))"
EVERY = ["t-c", "t-a", "t-b", "t-<"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "threads.html"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(threads_html(threads(), stories(), title="News"))
    return path


@pytest.fixture
def page(browser: Browser, path: Path) -> Browser:
    browser.open(path)
    return browser


def search(page: Browser, words: str) -> list[str]:
    """The threads shown after `words` are typed into the search box."""
    page.evaluate("(q => { q.focus(); q.select(); })(document.getElementById('query'))")
    page.evaluate(f"{SEARCHED.replace('.textContent', '')}.textContent = ''")
    page.call("Input.insertText", text=words)
    page.wait(f"{SEARCHED}.includes('of')")
    assert page.evaluate(SEARCHED) == f"{len(page.evaluate(SHOWN))} of 4 threads"
    return page.evaluate(SHOWN)


def contrast(one: str, other: str) -> float:
    """Of two colours ``#rgb`` or ``#rrggbb``, as the accessibility guidelines (WCAG 2) reckon it."""

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(c + c for c in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_content_is_there(page: Browser) -> None:
    assert page.evaluate("document.title") == "News"
    assert page.evaluate(SHOWN) == EVERY
    text = page.evaluate("document.body.innerText")
    assert "الحُكُومَة تُعلِن خُطّة إِعَادَة الإعمار" in text and "L’été sera chaud à Orléans" in text and "4 stories" in text
    assert "La température" not in text  # folded
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert "La température dépasserait 40 degrés.\n\nالسطر العربي هنا." in page.evaluate("document.body.innerText")


@pytest.mark.parametrize("selector, direction", [
    ("#t-a h2", "rtl"), ("#t-b h2", "ltr"), ("#t-c h2", "ltr"), ("#t-a .h", "rtl"), ("#t-b .h", "ltr"),
    ("#t-a .s summary", "rtl"), ("#t-b .s summary", "ltr"), ("#t-a .x", "rtl"), ("#t-b .x", "ltr"), ("#t-a .c", "rtl"),
    ("#t-a bdi[lang]", "rtl"), ("#t-a svg", "ltr"), ("#t-a .c ul span", "rtl"), ("#t-a time", "ltr"),
])  # fmt: skip
def test_directions(page: Browser, selector: str, direction: str) -> None:
    assert page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).direction") == direction


def test_each_line_of_a_text_stands_on_its_own_side(page: Browser) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    lefts = page.evaluate(
        "(x => { const range = document.createRange(), text = x.firstChild, at = text.data.lastIndexOf('\\n');"
        "const left = (a, b) => { range.setStart(text, a); range.setEnd(text, b);"
        "return range.getBoundingClientRect(); }; const box = x.getBoundingClientRect();"
        "return [left(0, 5).left - box.left < 40, box.right - left(at + 1, text.length).right < 40]; })"
        "(document.querySelector('#t-b .x'))"
    )
    assert lefts == [True, True]


@pytest.mark.parametrize("words, found", [
    ("الحكومة", ["t-a"]),  # the title is written with diacritics
    ("الحُكُومَةِ تُعلن", ["t-a"]),
    ("اعاده الاعمار", ["t-a"]),  # alef and ta marbuta
    ("مستشفي 123", ["t-a"]),  # alef maqsura, digits
    ("الحـكـومة", ["t-a"]),
    ("مرافیٔ", ["t-a"]),  # an outlet, with the Persian letter
    ("orleans ETE", ["t-b"]),
    ("l'été", ["t-b"]),
    ("TEMPÉRATURE", ["t-b"]),
    ("strassenbau", ["t-a"]),
    ("العربي", ["t-b"]),
    ("ガザ", ["t-c"]), ("カサ", []),  # what is no accent counts
    ("t-nowhere", []), ("onerror", ["t-<"]), ("  ", EVERY),
])  # fmt: skip
def test_search(page: Browser, words: str, found: list[str]) -> None:
    if words.strip():
        assert search(page, words) == found
    else:
        assert search(page, "العربي") != EVERY
        page.evaluate("(q => { q.value = '  '; q.dispatchEvent(new Event('input')); })(document.all.query)")
        page.wait(f"{SEARCHED} === '' && {SHOWN}.length === 4")


def test_hostile_text_runs_nothing_and_nothing_is_requested(page: Browser, path: Path) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.querySelectorAll('img,a,iframe,[onload],[onerror],[onclick]').length") == 0
    assert requests(page) == [path.as_uri()] and complaints(page) == []


def test_escaping_holds_without_the_policy_and_the_policy_without_escaping(page: Browser, path: Path) -> None:
    page.call("Page.setBypassCSP", enabled=True)
    try:
        page.open(path)
        assert page.evaluate("typeof window.pwned") == "undefined"
        assert requests(page) == [path.as_uri()] and complaints(page) == []
    finally:
        page.call("Page.setBypassCSP", enabled=False)
    broken = path.with_name("broken.html")
    payload = "<script>window.pwned = 1</script><img src='http://127.0.0.1:9/x.png' onerror='window.pwned = 2'>"
    broken.write_text(path.read_text(encoding="utf-8").replace("<main>", f"<main>{payload}"), encoding="utf-8")
    page.open(broken)
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.evaluate("!document.getElementById('tools').hidden")  # the page's own script runs
    assert len(complaints(page)) >= 2


def test_an_override_ends_with_its_element(page: Browser) -> None:
    page.evaluate("document.querySelector('#threads').lastElementChild.open = true")
    left = "document.querySelector('.t:last-child .s summary {}').getBoundingClientRect().left"
    assert page.evaluate(left.format("time")) < page.evaluate(left.format("bdi")) < page.evaluate(left.format(".h"))
    assert "\u202e" not in page.evaluate("document.querySelector('.t:last-child summary').innerText")


def test_order(page: Browser) -> None:
    choose = "(o => {{ o.value = '{}'; o.dispatchEvent(new Event('change')); }})(document.getElementById('order'))"
    page.evaluate(choose.format("large"))
    assert page.evaluate(SHOWN) == ["t-a", "t-c", "t-b", "t-<"]
    page.evaluate(choose.format("new"))
    assert page.evaluate(SHOWN) == EVERY


def test_the_keyboard_reaches_and_unfolds(page: Browser) -> None:
    page.evaluate("document.getElementById('query').focus()")
    for where in ("order", "all", "SUMMARY"):
        key(page, "Tab")
        assert page.evaluate("document.activeElement.id || document.activeElement.tagName") == where
    key(page, "Enter", "\r")
    assert page.evaluate("document.querySelector('.t').open")


def test_the_button_unfolds_what_is_shown(page: Browser) -> None:
    search(page, "orleans")
    page.evaluate("document.getElementById('all').click()")
    assert page.evaluate("Array.from(document.querySelectorAll('.t[open]'), t => t.id)") == ["t-b"]


def test_an_address_with_a_thread_opens_it(browser: Browser, path: Path) -> None:
    browser.open(path)
    browser.evaluate("void (location.hash = 't-b')")
    browser.wait("document.getElementById('t-b').open")


def test_without_scripts_all_but_the_tools_is_there(browser: Browser, path: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(path)
        assert browser.evaluate(SHOWN) == EVERY
        assert browser.evaluate("document.getElementById('tools').offsetHeight") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_and_narrow_screens(browser: Browser, path: Path, scheme: str) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=True)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        browser.open(path)
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert browser.evaluate("document.documentElement.scrollWidth") == 400
        colours = browser.evaluate(
            "(style => Object.fromEntries(['fg', 'soft', 'bar', 'card', 'bg'].map("
            "name => [name, style.getPropertyValue('--' + name).trim()])))(getComputedStyle(document.documentElement))"
        )
        for name, least in (("fg", 12), ("soft", 4.5), ("bar", 3)):
            assert min(contrast(colours[name], colours[ground]) for ground in ("card", "bg")) > least
    finally:
        browser.call("Emulation.clearDeviceMetricsOverride")
        browser.call("Emulation.setEmulatedMedia", features=[])


def test_a_large_page_opens_and_is_searched(browser: Browser, tmp_path: Path) -> None:
    frame, rows = many(5_000)
    path = tmp_path / "large.html"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(threads_html(frame, iter(rows)))
    browser.open(path)
    assert browser.evaluate("document.querySelectorAll('.s').length") == 20_000
    browser.evaluate("document.getElementById('query').focus()")
    browser.call("Input.insertText", text="number 3 of 4321")
    browser.wait(f"{SEARCHED} === '1 of 5000 threads'")
