"""Which language a text is in: the script first, then letters and short words that tell neighbours apart.

A trained identifier (py3langid 0.4) knows more languages but takes a second and 4.6 MB to load, longer than splitting a
hundred dumps; the languages that the shipped embedding knows are few enough to tell by their commonest words.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

UNDETERMINED = "und"
SAMPLE = 1_500

_SCRIPTS = (
    ("arabic", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff"),
    ("latin", "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"),
    ("cyrillic", "\u0400-\u052f"),
    ("kana", "\u3040-\u30ff"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff"),
    ("hangul", "\uac00-\ud7af"),
    ("devanagari", "\u0900-\u097f"),
    ("greek", "\u0370-\u03ff"),
    ("hebrew", "\u0590-\u05ff"),
    ("thai", "\u0e00-\u0e7f"),
)
_ONLY = {"hangul": "ko", "devanagari": "hi", "greek": "el", "hebrew": "he", "thai": "th"}

_WORDS = {
    "en": "the of and to in a is that for on was with as it at by from he his are be has have this an not but "
          "which they were had their who will said been more after its she also or one about up out would when can",
    "fr": "le la les de des du et à un une en est que qui dans pour pas sur au avec ce il par plus ne se sont aux "
          "cette été être ont son sa ses mais ou nous vous leur comme fait l d qu n s c j selon après",
    "es": "el la los las de del y en que un una es por con para se no al lo su como más pero sus este ha fue esta son "
          "entre sobre también ser hasta desde ya sin muy años dijo según",
    "pt": "o a os as de do da dos das e em que um uma é por com para se não ao no na nos nas mais como foi são seu sua "
          "ele também ser pelo pela até disse já está isso entre após",
    "de": "der die das und in den von zu mit ist im des auf für nicht ein eine dem sich auch als an es er so dass "
          "werden wird bei nach sind aus einen noch wie hat einer um am aber über wurde sie ich",
    "it": "il lo la gli le di del della dei e in che un una è per con non si al da sono come più anche ma nel alla ha "
          "questo dal delle stato essere",
    "nl": "de het een van en in is dat op te zijn met voor niet die aan er om ook als dan maar bij nog door naar werd",
    "tr": "ve bir bu için ile de da olarak olan daha çok en gibi ne kadar sonra ise var o göre oldu olduğu değil her "
          "ancak tarafından türkiye üzere dedi",
    "id": "yang dan di ini itu dengan untuk dari dalam tidak akan pada juga ke karena oleh ada telah saat bisa adalah "
          "mereka sebagai kata sudah atau tersebut kepada",
    "vi": "và của là có trong được cho không với các một này những đã khi người từ để ông cũng theo tại về ra năm đến "
          "nhiều vào sẽ trên như",
    "pl": "i w na z do nie że się jest to o jak po co ale za od przez dla są tak jego który oraz już może przy była",
}  # fmt: skip
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _list in _WORDS.items():
    for _word in dict.fromkeys(_list.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
_SHARES = {word: [(language, 1 / len(shared)) for language in shared] for word, shared in _LANGUAGES_OF.items()}
_SPELT = {"de": "äöüß", "fr": "éèêàçœù", "es": "ñ¿¡áíóú", "pt": "ãõçâêá", "tr": "ğışİöüç", "pl": "łąęśżźć",
          "vi": "ơưđạảấầẩậắằặẹẻếềểệịỉọỏốồổộớờởợụủứừửự", "it": "òàìù"}  # fmt: skip
_MARKS = {language: frozenset(marks) for language, marks in _SPELT.items()}
_WORD = re.compile(r"[^\W\d_]+")


def script_counts(text: str) -> dict[str, int]:
    """How many letters of each script a text holds; scripts without a letter are left out."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    counts = np.bincount(_script_of()[codes], minlength=len(_SCRIPTS) + 1)[1:].tolist()
    return {name: count for (name, _), count in zip(_SCRIPTS, counts, strict=True) if count}


@cache
def _script_of() -> NDArray[np.uint8]:
    """For each code point below 65,536 the number of its script, from 1; 0 where it has none."""
    chars = "".join(map(chr, range(1 << 16)))
    table = np.zeros(1 << 16, dtype=np.uint8)
    for number, (_, ranges) in enumerate(_SCRIPTS, 1):
        table[[ord(letter) for letter in re.findall(f"[{ranges}]", chars)]] = number
    return table


def detect(text: str) -> str:
    """ISO 639-1 code of the language of most of the text, "und" where it holds no letters.

    Looks at the first 1,500 code points, so that its cost does not grow with the text.
    """
    sample = text.lstrip()[:SAMPLE]
    counts = script_counts(sample)
    if not counts:
        return UNDETERMINED
    if counts.get("kana", 0) * 5 > counts.get("han", 0) and counts.get("kana", 0) * 4 > sum(counts.values()):
        return "ja"
    # A Chinese character says as much as three letters of an alphabet.
    script = max(counts, key=lambda name: counts[name] * (3 if name == "han" else 1))
    if script in _ONLY:
        return _ONLY[script]
    if script in ("han", "kana"):
        return "zh" if script == "han" else "ja"
    if script == "arabic":
        return _arabic(sample, counts[script])
    if script == "cyrillic":
        return "uk" if sum(map(sample.count, "іїєґІЇЄҐ")) > 0.02 * counts[script] else "ru"
    return _latin(sample)


def common_words(language: str) -> tuple[str, ...]:
    """The commonest words of a language, small letters; none for one that is told by its script alone."""
    return tuple(_WORDS.get(language, "").split())


def _arabic(text: str, letters: int) -> str:
    if sum(map(text.count, "ٹڈڑںےہ")) > 0.03 * letters:
        return "ur"
    return "fa" if sum(map(text.count, "پچژگک")) > 0.01 * letters else "ar"


def _latin(text: str) -> str:
    lowered = text.lower()
    scores = dict.fromkeys(_WORDS, 0.0)
    for shares in filter(None, map(_SHARES.get, _WORD.findall(lowered))):
        for language, share in shares:
            scores[language] += share
    if not lowered.isascii():
        letters = set(lowered)
        for language, marks in _MARKS.items():
            scores[language] += 0.3 * sum(map(lowered.count, marks & letters))
    # Of equals the first. Names and numbers alone hold none of the words: English is the likeliest of Latin scripts.
    return max(scores, key=scores.__getitem__)
