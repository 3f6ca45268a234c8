"""Key phrases: whole words of the text, none of them empty, and what they make of real spellings."""

from __future__ import annotations

import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ugly_text

from segmenter.embedding import shipped_embedder
from segmenter.topics import arabic, memory
from segmenter.topics.lexis import Lexicon
from segmenter.topics.particles import form, is_arabic_particle, links, particles
from segmenter.topics.phrases import MAX_CHARS, KeyPhrases

LANGUAGES = ("ar", "en", "fr", "de", "tr", "fa", "zh", "und")
PHRASES = KeyPhrases()

ARABIC = (
    "وزارة الزراعة تبحث خطة الأمن الغذائي\n"
    "قالت وزارة الزراعة إن خطة الأمن الغذائي ستبدأ في محافظة حمص، والأمن الغذائي أولوية للحكومة. "
    "وأضافت أن المزارعين في محافظة حمص ينتظرون القمح والشعير، وأن وفدا من الوزارة زار المدينة أمس."
)
ENGLISH = (
    "Farmers ask for help as drought empties the reservoirs\n"
    "Farmers in Andalusia said on Monday that the drought had emptied 12 reservoirs. Maria Lopez Garcia, who grows "
    "olives, told the regional government that the olive harvest is lost. The drought is Spain's worst in 40 years."
)
FRENCH = (
    "La sécheresse menace l'économie de l'Andalousie\n"
    "Aujourd'hui, la sécheresse menace l'économie de la région, a déclaré le ministre de l'Agriculture. "
    "Selon lui, l'économie agricole dépend de l'eau, et la récolte d'olives est perdue."
)


def phrases(text: str, language: str, limit: int = 6) -> tuple[str, ...]:
    return PHRASES.extract([text], [language], limit=limit)[0]


def words(phrase: str) -> list[str]:
    return re.split(r"[\s'’]+", phrase)


def in_word(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character)[0] == "M"


def stands_whole(phrase: str, text: str, language: str) -> bool:
    """Whether it stands somewhere between characters that are no part of a word, but for letters glued in Arabic."""
    glued = r"(?<![^\W_])[وف]?[بك]?" if language == "ar" else ""
    for match in re.finditer(re.escape(phrase), text):
        before, after = text[: match.start()], text[match.end() :]
        if after and in_word(after[0]):
            continue
        if not before or not in_word(before[-1]):
            return True
        bare = re.search(r"[^\W\d_]+[\u064b-\u0652\u0640]*$", before)
        if glued and bare and 0 < len(form(bare.group())) <= 2 and set(form(bare.group())) <= set("وفبكل"):
            return True
    return False


# What holds for any text


@given(ugly_text(), st.sampled_from(LANGUAGES), st.integers(0, 8))
@settings(max_examples=150)
def test_phrases_are_whole_words_of_the_text(text: str, language: str, limit: int) -> None:
    found = phrases(text, language, limit)
    assert len(found) <= limit
    assert len(set(found)) == len(found)
    for phrase in found:
        assert phrase in text[:MAX_CHARS]
        assert not any(map(str.isdigit, phrase))
        assert not re.search(r"[\n\r\u2028،؛,;:!?؟()«»\"]", phrase)
        assert stands_whole(phrase, text, language)
        assert not any(phrase in other for other in found if other != phrase)


@given(st.lists(st.sampled_from([*ARABIC.split(), *FRENCH.split(), *ENGLISH.split(), "\n"]), max_size=60),
       st.sampled_from(("ar", "en", "fr")))  # fmt: skip
@settings(max_examples=100)
def test_no_particle_at_an_edge_and_few_words(shuffled: list[str], language: str) -> None:
    for phrase in phrases(" ".join(shuffled), language):
        own = words(phrase)
        assert not {form(own[0]), form(own[-1])} & (particles(language) - links(language))
        assert form(own[-1]) not in links(language) and form(own[0]) not in links(language)
        if language == "ar":
            assert not any(is_arabic_particle(form(word)) for word in own if form(word) not in links("ar"))
        assert len([word for word in own if form(word) not in links(language)]) <= 4


@given(ugly_text(), ugly_text())
@settings(max_examples=50)
def test_a_text_is_read_by_itself_and_always_alike(first: str, second: str) -> None:
    together = PHRASES.extract([first, second, first], ["ar", "ar", "ar"])
    assert together[0] == together[2]
    assert together[:2] == [KeyPhrases().extract([text], ["ar"])[0] for text in (first, second)]


def test_fewer_are_the_first_of_more() -> None:
    assert phrases(ENGLISH, "en", 3) == phrases(ENGLISH, "en", 6)[:3]
    assert phrases(ENGLISH, "en", 0) == ()


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError):
        PHRASES.extract(["a", "b"], ["en"])
    with pytest.raises(ValueError, match="-1"):
        PHRASES.extract(["a"], ["en"], limit=-1)
    assert PHRASES.extract([], []) == []


def test_only_the_beginning_is_read() -> None:
    long = (ENGLISH + " ").ljust(MAX_CHARS, ".") + " zebra crossing" * 70_000
    phrases(long, "en")
    start = time.perf_counter()
    assert phrases(long, "en") == phrases(long[:MAX_CHARS], "en")
    assert time.perf_counter() - start < 0.2
    # A word that the limit cuts in two is none.
    assert phrases("x " * (MAX_CHARS // 2 - 2) + "parliament", "en") == ()


# Arabic


def test_arabic_story() -> None:
    found = phrases(ARABIC, "ar")
    assert any("الأمن الغذائي" in phrase for phrase in found)
    assert "وزارة الزراعة" in found
    assert any("محافظة حمص" in phrase for phrase in found)
    assert not any("قال" in phrase or "أضاف" in phrase or "أمس" in phrase for phrase in found)


@pytest.mark.parametrize(
    ("written", "bare"),
    [("والأمن", "الأمن"), ("بالأمن", "الأمن"), ("فالحكومة", "الحكومة"), ("وبالأمن", "الأمن"), ("وَالأَمْن", "الأَمْن"),
     ("وزارة", "وزارة"), ("وفد", "وفد"), ("وحدة", "وحدة"), ("والدته", "والدته"), ("فرنسا", "فرنسا"), ("فريق", "فريق"),
     ("واشنطن", "واشنطن"), ("وباء", "وباء"), ("كـورونا", "كـورونا"), ("بالون", "بالون"),
     ("وسائل", "وسائل"), ("والتنمية", "التنمية")],
)  # fmt: skip
def test_glued_letters_come_off_and_no_others(written: str, bare: str) -> None:
    word = Lexicon(shipped_embedder(), "ar").look_at(written)
    assert written[word.skip : len(written) - word.drop] == bare


@pytest.mark.parametrize("written", ["للأمن", "وللحكومة", "بفوز", "لتعزيز", "لإشعال"])
def test_what_a_preposition_cannot_be_taken_off_is_no_phrase(written: str) -> None:
    assert Lexicon(shipped_embedder(), "ar").look_at(written).value == 0
    assert phrases(written, "ar") == ()


@pytest.mark.parametrize("verb", ["شهدت", "يقوم", "ستعلن", "ارتفعت", "يهاجمون", "انتهت", "تشهد", "نظمتها"])
def test_arabic_verbs_are_told_by_their_persons(verb: str) -> None:
    assert arabic.is_verb(form(verb), shipped_embedder().has_token)


@pytest.mark.parametrize("noun", ["وزير", "تعاون", "يوم", "حكومة", "بيت", "مؤتمر", "حمص", "تقرير", "سيارة", "محافظ"])
def test_arabic_nouns_are_no_verbs(noun: str) -> None:
    assert not arabic.is_verb(form(noun), shipped_embedder().has_token)


def test_a_glued_conjunction_begins_a_phrase() -> None:
    found = phrases("أزمة القمح والنفط في المدينة\nأزمة القمح والنفط مستمرة في المدينة", "ar")
    assert "أزمة القمح" in found
    assert not any("والنفط" in phrase for phrase in found)


def test_arabic_forms_count_together_and_marks_break_no_word() -> None:
    text = "الكَلِمَةُ العَرَبِيَّةُ في الصحافة\nتتغير الكلمة العربية مع الزمن، وللكلمة العربية تاريخ."
    found = phrases(text, "ar")
    assert found[0] in ("الكَلِمَةُ العَرَبِيَّةُ", "الكلمة العربية")
    assert sum("العربية" in form(phrase).replace("ه", "ة") for phrase in found) <= 1


def test_pronouns_are_particles() -> None:
    assert all(is_arabic_particle(form(word)) for word in "عليه منها إليهم وفيه لديهم بينهما وبأن لهذا".split())
    assert not any(is_arabic_particle(form(word)) for word in "وزارة ولي فيلم منزل بنك".split())


# English, French and others


def test_english_story() -> None:
    found = phrases(ENGLISH, "en")
    assert any("drought" in phrase for phrase in found)
    assert any("reservoirs" in phrase for phrase in found)
    assert all("'" not in phrase and "said" not in phrase for phrase in found)
    assert "Spain" in phrases("The drought is Spain's problem", "en")


def test_a_name_of_three_words_is_one_phrase() -> None:
    text = "On Monday Maria Lopez Garcia spoke. Later the farmers heard Maria Lopez Garcia again."
    assert "Maria Lopez Garcia" in phrases(text, "en")


def test_no_two_phrases_share_a_word() -> None:
    for text, language in ((ARABIC, "ar"), (ENGLISH, "en"), (FRENCH, "fr")):
        said = [form(word) for phrase in phrases(text, language) for word in words(phrase)]
        said = [word for word in said if word not in links(language)]
        assert len(said) == len(set(said)) > 5


def test_links_stand_inside_only() -> None:
    found = phrases("They met at the Bank of England, and the Bank of England is old.", "en")
    assert "Bank of England" in found
    assert "ministre de l'Intérieur" in phrases("Hier le ministre de l'Intérieur a parlé.", "fr")


def test_french_elision() -> None:
    found = phrases(FRENCH, "fr")
    assert any(phrase.startswith("économie") for phrase in found)
    assert not any(phrase.lower().startswith(("l'", "d'")) or "ujourd" in phrase for phrase in found)
    assert phrases("Aujourd'hui", "fr") == ()


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("fa", "نرخ سرویس‌های مدارس در شهر", "سرویس‌های"),
        ("tr", "Ankara'nın ekonomisi büyüdü", "Ankara"),
        ("hi", "दिल्ली में प्रदूषण बढ़ा", "प्रदूषण"),
        ("fr", "un accord franco-allemand", "franco-allemand"),
        ("en", "the U.S. embassy", "U.S. embassy"),
        ("en", "a cafe\u0301 owner", "cafe\u0301 owner"),
    ],
)
def test_spellings_that_break_words_elsewhere(language: str, text: str, word: str) -> None:
    found = phrases(text, language)
    assert any(word in phrase for phrase in found)
    assert all(stands_whole(phrase, text, language) for phrase in found)


@pytest.mark.parametrize(
    ("language", "common"),
    [("de", "nicht wurde auch"), ("es", "también hasta para"), ("pt", "também disse para"), ("tr", "için olarak sonra"),
     ("ru", "это что было"), ("fa", "برای این شده")],
)  # fmt: skip
def test_common_words_of_other_languages_name_nothing(language: str, common: str) -> None:
    assert not {word for phrase in phrases(common, language) for word in phrase.split()} - {"было"}


def test_no_phrases_without_spaces_and_none_of_addresses() -> None:
    assert phrases("部长说会谈讨论了该地区的安全问题", "zh") == ()
    assert phrases("ไทยเป็นประเทศ", "th") == ()
    assert phrases("https://news.example.org/drought @drought drought_2 covid19", "en") == ()


def test_marks_of_direction_part_nothing() -> None:
    plain = "رئيس الوزراء العراقي يزور محافظة البصرة ويلتقي رئيس الوزراء العراقي السابق"
    marked = plain.replace("رئيس", "\u200fرئيس\u200f")
    (without,), (with_marks,) = (KeyPhrases().extract([text], ["ar"]) for text in (plain, marked))
    assert [phrase.replace("\u200f", "") for phrase in with_marks] == list(without)


# What it costs, counted and not timed


def count_calls(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[object]:
    """A list that grows by one with each call of a method."""
    calls: list[object] = []
    method = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda self, *args: (calls.append(args), method(self, *args))[1])
    return calls


def test_a_word_is_looked_at_once_whatever_stands_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, extractor = count_calls(monkeypatch, Lexicon, "look_at"), KeyPhrases()
    extractor.extract([ENGLISH], ["en"])
    once = len(looked)
    assert 0 < once <= len(set(re.findall(r"\w+", ENGLISH)))
    extractor.extract([ENGLISH, ENGLISH.replace(" ", ", ").replace(".", "!")], ["en"] * 2)
    assert len(looked) == once


def test_all_stories_of_a_dump_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    extractor = KeyPhrases()
    texts, languages = [ENGLISH, ARABIC, FRENCH] * 20, ["en", "ar", "fr"] * 20
    apart = [extractor.extract([text], [language])[0] for text, language in zip(texts[:3], languages, strict=False)]
    read = count_calls(monkeypatch, type(shipped_embedder()), "token_vectors")
    assert extractor.extract(texts, languages) == apart * 20
    assert len(read) == 2  # words of one token, and the others


STREAM = [(ENGLISH, "en"), (ARABIC, "ar"), (FRENCH, "fr"), (ENGLISH, "de"), (ENGLISH[::-1], "en"), (FRENCH, "tr"),
          (ARABIC[::-1], "fa"), ("word,new " * 20, "en"), (ENGLISH.replace(" ", "-"), "en"), (FRENCH, "es"),
          ("", "und"), (ARABIC.replace("ا", "أ"), "ar"), (FRENCH.upper(), "fr"), (ENGLISH, "xx")]  # fmt: skip


@pytest.mark.parametrize("limit", [0, 1, 60, 200, 500])
def test_the_memory_of_words_is_bounded_over_all_languages_and_forgets_without_harm(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(memory, "CACHE", limit)
    small = KeyPhrases()
    for text, language in STREAM * 3:
        assert small.extract([text], [language]) == PHRASES.extract([text], [language])
        assert len(small._memories) <= limit + 2 * len(text.split()) + text.count(",")  # a text adds what is in it
        small._memories.of([])
        assert len(small._memories) <= limit
    assert limit < 200 or len(small._memories._of) > 5  # no language takes all from the others


def test_what_is_seen_first_is_kept_with_all_that_its_numbers_mean() -> None:
    extractor = KeyPhrases()
    for word in ARABIC.split():
        extractor.extract([word], ["ar"])
    whole = extractor._memories.of(["ar"])["ar"]
    half = whole.half()
    assert list(half.stretches) == list(whole.stretches)[: len(whole.stretches) // 2]
    rows = np.frombuffer(b"".join(half.stretches.values()), dtype=np.int32).reshape(-1, memory.COLUMNS)
    keys, tokens = rows[:, memory.KEY], rows[:, memory.TOKENS]
    assert set(keys[keys >= memory.LINKS].tolist()) <= set(half.keys.values()) < set(whole.keys.values())
    assert set(tokens[tokens < 0].tolist()) <= half.tokens.keys() < whole.tokens.keys()
    # New numbers are none of those that are kept.
    new, several = half.number("new", np.array([1, 2, 3, 4, 5], dtype=np.int32))
    assert new > max(rows[:, memory.KEY]) and several < min(rows[:, memory.TOKENS])
    assert half.number("other", np.array([7], dtype=np.int32))[1] == 7


def test_several_threads_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CACHE", 150)
    small = KeyPhrases()
    right = [PHRASES.extract([text], [language])[0] for text, language in STREAM]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            found = pool.map(lambda one: small.extract([one[0]], [one[1]])[0], STREAM)
            assert list(found) == right
