"""What the segmenter says of the dumps in data/: `python tests/golden.py` writes it anew, after a change that is meant.

Look at the difference before you commit it. It has what decisions are made of, and none of the text, so that new fields
of the output change nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).with_suffix(".jsonl")
COMMAND = ("split", "data/dumps", "--format", "jsonl")


def kept(record: dict[str, Any]) -> dict[str, Any]:
    """The decisions in a line of output, and their probabilities."""
    stories = [{name: story[name] for name in ("start", "end", "language", "titled", "key_phrases")}
               | {"title": story["title"][:40], "topics": [_topic(topic) for topic in story["topics"]]}
               for story in record["stories"]]  # fmt: skip
    segments = [[segment["start"], segment["end"], segment["kind"], segment["story"]] for segment in record["segments"]]
    boundaries = [[boundary["at"], boundary["probability"]] for boundary in record["boundaries"]]
    return {"id": record["id"], "length": record["length"], "language": record["language"], "stories": stories,
            "boundaries": boundaries, "segments": segments}  # fmt: skip


def _topic(topic: dict[str, Any]) -> list[Any]:
    return [topic["id"], topic["score"], *([_topic(finer) for finer in topic["finer"]] if "finer" in topic else [])]


def records(output: str) -> list[dict[str, Any]]:
    return [kept(json.loads(line)) for line in output.splitlines()]


def main() -> None:
    done = subprocess.run([sys.executable, "-m", "segmenter", *COMMAND], cwd=ROOT, check=True, stdout=subprocess.PIPE,
                          encoding="utf-8")  # fmt: skip
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records(done.stdout)]
    GOLDEN.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
