"""A headless browser that tests drive through a pipe, without a driver or a port."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
         "--disable-extensions", "--remote-debugging-pipe")  # fmt: skip
PATIENCE = 60.0


def find() -> str | None:
    """Chromium's program, or None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One tab of Chromium: `call` speaks the DevTools protocol, `evaluate` runs code in the page.

    Parameters
    ----------
    program : str
        As `find` gives it.
    profile : path
        A fresh folder.
    """

    def __init__(self, program: str, profile: Path) -> None:
        from_us, self._out = os.pipe()
        self._in, to_us = os.pipe()
        # The browser reads from its descriptor 3 and writes to 4.
        shell = f'exec "$0" "$@" 3<&{from_us} 4>&{to_us}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(from_us, to_us), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(from_us)
        os.close(to_us)
        self._rest, self._number, self._session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        pages = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        target = pages[0]["targetId"] if pages else self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result; events that come meanwhile are added to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def open(self, path: Path) -> None:
        """Load a file and wait until it is there, with a clean list of events."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def evaluate(self, code: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, code: str) -> None:
        """Until an expression in the page is true."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(code):
            assert time.monotonic() < end, f"still not so: {code}"
            time.sleep(0.02)

    def close(self) -> None:
        """End the browser."""
        os.close(self._out)  # at the end of its input it leaves
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], PATIENCE)
            assert ready, "the browser does not answer"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


def key(page: Browser, name: str, text: str = "") -> None:
    """Press a key: "Tab" or "Enter"."""
    code = {"Tab": 9, "Enter": 13}[name]
    page.call("Input.dispatchKeyEvent", type="keyDown", key=name, windowsVirtualKeyCode=code, text=text)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)


def requests(page: Browser) -> list[str]:
    """What was asked for since the page was opened, itself first."""
    return [event["params"]["request"]["url"] for event in page.events
            if event.get("method") == "Network.requestWillBeSent"]  # fmt: skip


def complaints(page: Browser) -> list[str]:
    """Exceptions of scripts, and what the policy refused."""
    return [str(event["params"]) for event in page.events
            if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]  # fmt: skip
