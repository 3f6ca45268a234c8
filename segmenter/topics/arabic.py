"""What an Arabic word is made of, as far as a vocabulary tells: letters glued to its front, verb or noun.

No dictionary: a word is judged by which of its neighbours are words too. That الوزارة is a common word says that وزارة
is a noun and its و a part of it; that شهدت and not الشهد is one says that شهد is a verb. Analysers (CAMeL Tools,
Farasa) know more and are large. All words are as `form` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Known = Callable[[str], bool]
"""Whether a word is common enough to be one token."""

ARTICLE = "ال"
_PARENT = re.compile("والد(?:[هياك]|ت|ان|ين)?(?:[هيك]|ها|هم|هما|هن|نا)?")  # no conjunction before an article
_SUFFIXES = ("ها", "هم", "ات", "ون", "ين", "يه", "ه", "ي", "ا")
_OBJECTS = ("ها", "هم", "هما", "ه")
_NOUN_ENDINGS = ("ه", "ات", "يه")
# The past of "she" ends in a bare t; these endings of nouns and names look like it.
_NOT_PAST = ("ات", "وت", "يت")


def glued(word: str, known: Known, weight: Callable[[str], float]) -> int:
    """How many letters at the front of a word are a conjunction or a preposition that can be taken off: 0, 1 or 2.

    Parameters
    ----------
    word : str
    known : callable
    weight : callable
        How rare a word is (the length of its vector).

    Returns
    -------
    int
        و and ف come off any word, ب, ك and ل only where the article follows.
    """
    if len(word) < 4 or word[0] not in "وفبكل" or _PARENT.fullmatch(word):
        return 0
    if word[0] in "وف":
        rest = word[1:]
        if rest[0] in "بك" and rest.startswith(ARTICLE, 1) and len(rest) > 5 and _beats(rest[1:], rest, known, weight):
            return 2
        return int(_beats(rest, word, known, weight))
    return int(word.startswith(ARTICLE, 1) and len(word) > 4 and _beats(word[1:], word, known, weight))


def bound(word: str, known: Known, weight: Callable[[str], float]) -> bool:
    """Whether a word begins with a preposition that cannot be taken off: للأمن, بفوز, لتعزيز."""
    if len(word) < 3 or word[0] not in "بل" or known(ARTICLE + word):
        return False
    if word.startswith("لل"):
        return True
    rest = word[1:]
    if known(word):  # of names that begin so (بيروت, لندن) the rest is no word
        return known(rest) and (word[0] == "ل" or known(ARTICLE + rest) or weight(rest) < weight(word))
    # Verbal nouns are rarely common themselves, yet their forms tell them: لتحصين, لإشعال.
    bare = rest[:-1] if rest[-1] == "ه" else rest[:-2] if rest.endswith(("ها", "هم")) else rest
    verbal = len(word) > 5 and (rest[0], rest[-2]) in {("ت", "ي"), ("ا", "ا")}
    return verbal or known(rest) or known(ARTICLE + rest) or known(bare)


def _beats(rest: str, word: str, known: Known, weight: Callable[[str], float]) -> bool:
    """Whether `word` is `rest` with letters glued to it."""
    if len(rest) < 3 or known(ARTICLE + word):
        return False
    if rest.startswith(ARTICLE):
        if known(rest):
            return word[0] == "و" or not known(word) or weight(rest) < weight(word)
        return len(rest) > 5 and not known(word)
    if word[0] == "و" and rest[0] == "ا" and len(word) > 5 and not known(word):
        return True
    # Without the article a word that merely ends like another one is likelier: both must speak for it.
    if known(word):
        if word[0] == "و" and len(rest) > 3:
            return known(ARTICLE + rest) or (known(rest) and weight(rest) < weight(word))
        return known(rest) and known(ARTICLE + rest) and weight(rest) < weight(word)
    return known(rest) or known(ARTICLE + rest)


def is_verb(word: str, known: Known) -> bool:
    """Whether a word that no noun's form speaks for has the other persons of a verb beside it."""
    if len(word) < 3 or word.startswith(ARTICLE) or known(ARTICLE + word):
        return False
    for pronoun in _OBJECTS:
        if word.endswith(pronoun) and len(word) - len(pronoun) > 2 and not known(ARTICLE + word[: -len(pronoun)]):
            if is_verb(word[: -len(pronoun)], known):
                return True
            break
    if word.endswith(_NOUN_ENDINGS):
        return False
    first, rest = word[0], word[1:]
    if first == "س" and len(word) > 4 and rest[0] in "يتنا" and known("ي" + rest[1:]):
        return True
    if word.startswith("است") and len(word) == 6 and word[-2] not in "اي":
        return True
    if first == "ي":
        return known("ت" + rest) or not known(word)
    if first == "ا" and len(word) > 3 and known("ي" + rest) and known("ت" + rest) and not known(word + "ت"):
        return True
    if first in "تن" and (known("ي" + rest) or (first == "ت" and len(word) == 4 and not known(word))):
        return True
    if first == "ت" and len(word) == 5 and not known(word) and rest[0] not in "اي" and word[-2] != "ي":
        return True
    if word.endswith("وا") and len(word) > 3:
        return True
    if word.endswith("نا") and len(word) > 4 and known(word[:-2] + "ت"):
        return True
    if word.endswith("ت") and not word.endswith(_NOT_PAST) and len(word) > 3:
        if known(word[:-1]):
            return not known(ARTICLE + word[:-1]) or known("ي" + word[:-1])
        return len(word) < 6 and not known(word)
    return known(word + "ت") and known("ي" + word.lstrip("ا"))


def stem(word: str) -> str:
    """A word without the article, the preposition before it and a common ending (Larkey et al., 2002, lightly)."""
    if word.startswith(("لل", ARTICLE)) and len(word) > 4:
        word = word[2:]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > 2:
            return word[: -len(suffix)]
    return word


def is_relational(word: str) -> bool:
    """Whether a definite word looks like an adjective of relation (الاقتصادية), which needs its noun."""
    return word.startswith(ARTICLE) and len(word) > 5 and word.endswith(("يه", "ي"))


def is_adverbial(word: str, known: Known) -> bool:
    """Whether a word ends in the alif of the indefinite accusative (ارتفاعا), where what is named rarely stands."""
    return len(word) > 3 and word[-1] == "ا" and known(word[:-1]) and known(ARTICLE + word[:-1])
