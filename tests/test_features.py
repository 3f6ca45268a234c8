"""Features: the fast ways give what their definitions say."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import ugly_text

from segmenter import characters
from segmenter.blocks import split_blocks
from segmenter.characters import SCRIPTS, count_classes, normalised
from segmenter.cues import BUCKETS, EDGE_CHARS, cue_bags
from segmenter.document import Span
from segmenter.embedding import shipped_embedder
from segmenter.embedding.static import StaticEmbedder
from segmenter.embedding.words import WordTokens, works_by_word

# Marks, composition across characters, capitals that depend on what follows, and the separator of the tokenizer.
PIECES = st.sampled_from(
    [*"aBzé0 9.:/«»¶\n\t\u00a0\u0301\u064b\u0640\u200f\u1161\u1100ΣσİأىةК中。😀𝐀", "[UNK]", "ﷺ", "كتاب", "ΑΣ"]
)
TEXTS = st.lists(PIECES | ugly_text(4), max_size=200).map("".join)


def plain(text: str) -> str:
    return "".join(normalised(text, np.array([0]), np.array([len(text)])))


def places(spans: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def ngrams(block: str) -> list[int]:
    """The definition, one string for each n-gram."""
    if len(block) > EDGE_CHARS * 2:
        block = block[:EDGE_CHARS] + " " + block[-EDGE_CHARS:]
        short = False
    else:
        short = len(block) <= EDGE_CHARS
    clean = " ".join(plain(block).split()).lower()
    words = re.findall(r"[^\W_]+|[^\w\s]|_", clean)
    grams = [f"{a} {b}" for a, b in pairwise(words)] + [f"w{word}" for word in words]
    if words:
        grams += [f"^{words[0]}", f"{words[-1]}$", f"^{words[0]} {words[1] if len(words) > 1 else ''}"]
    for word in words[: 8 if short else 4]:
        framed = f"<{word}>"
        grams += [framed[i : i + size] for size in (3, 4) for i in range(len(framed) - size + 1)]
    if short:
        grams.append(f"={clean}")
    return [zlib.crc32(gram.encode()) % BUCKETS for gram in grams]


@given(TEXTS)
def test_cue_ngrams_are_those_of_the_definition(text: str) -> None:
    spans = split_blocks(text)
    numbers, offsets = cue_bags(text, *places(spans))
    found = [numbers[a:b].tolist() for a, b in pairwise(offsets.tolist())]
    assert found == [ngrams(span.of(text)) for span in spans]


@given(ugly_text())
def test_a_word_is_normalised_as_in_a_text(text: str) -> None:
    assert characters.normalise_word(text) == characters.normalise(text)


def test_the_copy_for_features() -> None:
    assert plain("إلى  مَدرســة ١٢ 34 😀") == "الي  مدرسه 00 00 😀"


@given(TEXTS)
def test_classes_are_counted_within_the_blocks_alone_whatever_the_portions(text: str) -> None:
    spans = split_blocks(text)
    starts = np.array([span.start for span in spans], dtype=np.int64)
    ends = np.array([span.end for span in spans], dtype=np.int64)
    counts = count_classes(text, starts, ends)
    for i, span in enumerate(spans):
        codes = [ord(char) for char in span.of(text)]
        assert counts["upper"][i] == sum(chr(code).isupper() for code in codes if code < 1 << 16)
        assert counts["space"][i] == sum(chr(code).isspace() for code in codes)
        for name, ranges in SCRIPTS.items():
            assert counts[name][i] == sum(any(low <= code <= high for low, high in ranges) for code in codes)
    whole = list(normalised(text, starts, ends))
    characters.PORTION, kept = 7, characters.PORTION
    try:
        small = count_classes(text, starts, ends)
        assert all(np.array_equal(small[name], counts[name]) for name in counts)
        assert list(normalised(text, starts, ends)) == whole
    finally:
        characters.PORTION = kept


@given(st.lists(TEXTS, max_size=4))
def test_word_by_word_gives_the_tokens_of_the_whole_text(texts: list[str]) -> None:
    embedder = shipped_embedder()
    assert isinstance(embedder, StaticEmbedder) and works_by_word(embedder._tokenizer)
    words = WordTokens(embedder._tokenizer)
    whole = [encoding.ids for encoding in embedder._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    assert [tokens.tolist() for tokens in words.of(texts)] == whole
    assert [tokens.tolist() for tokens in words.of(texts)] == whole  # now from memory


def test_only_tokenizers_that_do_not_look_across_white_space_work_by_word() -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    def tokenizer(normalizer, pre_tokenizer) -> Tokenizer:
        made = Tokenizer(models.WordPiece({"¶": 0, "[UNK]": 1}, unk_token="[UNK]"))
        made.normalizer, made.pre_tokenizer = normalizer, pre_tokenizer
        return made

    bert = pre_tokenizers.BertPreTokenizer()
    assert works_by_word(tokenizer(normalizers.BertNormalizer(), bert))
    assert works_by_word(tokenizer(normalizers.Replace(Regex("[ab]"), "c"), bert))
    assert not works_by_word(tokenizer(normalizers.Replace(Regex("a b"), "c"), bert))
    assert not works_by_word(tokenizer(normalizers.Replace(Regex("[\u0001-b]"), "c"), bert))
    assert not works_by_word(tokenizer(normalizers.Replace(" ", "_"), bert))
    assert not works_by_word(tokenizer(normalizers.BertNormalizer(), pre_tokenizers.Metaspace()))
    assert not works_by_word(tokenizer(None, None))
