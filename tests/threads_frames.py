"""Frames of threads and stories as the store gives them, made by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

HOSTILE = ("</script></style></title><script>window.pwned=1</script><img src=x onerror=\"window.pwned=2\">' \" "
           "<svg/onload=window.pwned=3><a href='javascript:window.pwned=4'>&lt;b&gt; \u202eoverride\u2069\x00"
           "\x1b[31m")  # fmt: skip

_STORIES: list[dict[str, Any]] = [
    dict(key="d1:0", thread="a", date="2018-04-06 22:10", outlet="وكالة المدى", language="ar",
         title="الحُكُومَة تُعلِن خُطّة إِعَادَة الإعمار", topic="medtop:1", topic_name="economy",
         text="الحُكُومَة تُعلِن خُطّة إِعَادَة الإعمار\nقال المتحدث إن المدينة ستبنى.\nNATO officials (in English) said so.\n"
              "وفي مستشفى ١٢٣ أُعلن عن القرار."),
    dict(key="d1:1", thread="b", date="2018-04-07 08:00", outlet="Le Courrier", language="fr",
         title="L’été sera chaud à Orléans", topic="medtop:2", topic_name="weather",
         text="L’été sera chaud à Orléans\nLa température dépasserait 40 degrés.\n\nالسطر العربي هنا."),
    dict(key="d2:0", thread="a", date="2018-04-07 09:30", outlet="مرافئ", language="ar",
         title="الحكومة تعلن خطة إعادة الإعمار", copy_of="d1:0", text="نسخة"),
    dict(key="d3:0", thread="a", date="2018-04-07 09:45", outlet=None, language="ar", title=None,
         text="بلا عنوان ولكن فيه نص."),
    dict(key="d4:0", thread="a", date="2018-04-07 10:00", outlet="مرافئ", language="ar",
         title="نسخة من نسخة", copy_of="d2:0", text="نسخة"),
    dict(key="d5:0", thread=HOSTILE, date="2018-04-05 12:00", outlet=HOSTILE, language='x" onclick="window.pwned=5',
         title=HOSTILE, topic=HOSTILE, topic_name=HOSTILE, text=f"{HOSTILE}\nbody {HOSTILE}"),
    dict(key="d6:0", thread="c", date="2018-04-08 23:59", outlet="東京新聞", language="ja",
         title="ガザで大規模な抗議デモ", topic_name=None, text=None),
]  # fmt: skip


def stories() -> pd.DataFrame:
    """As ``Store.stories(text=True)``."""
    names = ["id", "story", "key", "thread", "date", "date_given", "outlet", "title", "language", "topic", "topic_name",
             "topic_score", "key_phrases", "start", "end", "length", "probability", "copy_of", "source",
             "text"]  # fmt: skip
    same = {"id": "d", "story": 0, "topic_score": 0.5, "key_phrases": (), "start": 0, "end": 9, "length": 9,
            "probability": 0.9, "source": "x.txt"}  # fmt: skip
    frame = pd.DataFrame([same | row for row in _STORIES], columns=names)
    frame["date"] = pd.to_datetime(frame["date"], utc=True).astype("datetime64[us, UTC]")
    texts = ("key", "thread", "outlet", "title", "topic_name", "copy_of", "text")
    return frame.astype(dict.fromkeys(texts, "string") | {"topic": "category", "language": "category"})


def threads() -> pd.DataFrame:
    """As ``Store.threads()``, for the same stories."""
    rows = []
    for thread, group in stories().groupby("thread"):
        first = group.iloc[0]
        rows.append({"id": thread, "title": first["title"], "topic": first["topic"], "topic_name": first["topic_name"],
                     "language": first["language"], "first": group["date"].min(), "last": group["date"].max(),
                     "stories": len(group), "copies": int(group["copy_of"].notna().sum()),
                     "outlets": tuple(sorted(set(group["outlet"].dropna()))),
                     "key_phrases": ("إعادة الإعمار", "Straßenbau") if thread == "a" else (thread,)})  # fmt: skip
    frame = pd.DataFrame(rows).sort_values("last", ascending=False, ignore_index=True)
    return frame.astype({"id": "string", "title": "string", "topic_name": "string", "topic": "category",
                         "language": "category", "stories": "Int64", "copies": "Int64",
                         "first": "datetime64[us, UTC]", "last": "datetime64[us, UTC]"})  # fmt: skip


def many(count: int) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """`count` threads of four stories each, a day apart."""
    start = pd.Timestamp("2018-01-01", tz="UTC")
    rows = [{"key": f"{i}:{j}", "thread": f"t{i}", "date": start + pd.Timedelta(days=i % 100, hours=6 * j),
             "outlet": f"o{j}", "title": f"Story {j} of {i}", "language": "en", "copy_of": None,
             "text": f"Text number {j} of {i}"} for i in range(count) for j in range(4)]  # fmt: skip
    frame = pd.DataFrame([{"id": f"t{i}", "title": f"Story 0 of {i}", "first": rows[4 * i]["date"],
                           "last": rows[4 * i + 3]["date"], "stories": 4} for i in range(count)])  # fmt: skip
    return frame, rows
