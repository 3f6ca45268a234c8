"""What the shipped topic classifier is worth: floors, homographs, abstaining; and how that is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from segmenter.errors import InputError
from segmenter.evaluation.topic_tables import topic_tables
from segmenter.evaluation.topics import calibration_error, evaluate_topics, read_gold_topics
from segmenter.topics import Taxonomy, shipped_classifier

STORIES = Path(__file__).parents[1] / "data" / "stories.jsonl"
FLOOR = {"all": 0.88, "ar": 0.88, "en": 0.90, "fr": 0.75}
ROOTS = {name: f"medtop:{number:02d}000000" for number, name in enumerate((
    "arts", "crime", "disaster", "economy", "education", "environment", "health", "human interest", "labour",
    "lifestyle", "politics", "religion", "science", "society", "sport", "conflict", "weather"), 1)}  # fmt: skip

# Words with two meanings, each in both: the words around them must tell. A headline and a sentence each.
HOMOGRAPHS = [
    # mali: the country, financial
    ("conflict", "مسلحون يهاجمون قرى في مالي",
     "قتل جنود في هجوم شنه متشددون على الجيش المالي قرب الحدود، وفر السكان."),
    ("economy", "الوزارة ترفع العجز المالي المتوقع",
     "قالت وزارة المالية إن القطاع المالي تأثر بارتفاع سعر الفائدة والتضخم."),
    # dhahab: gold, he went
    ("economy", "ارتفاع سعر الذهب في الأسواق العالمية",
     "صعد سعر أونصة الذهب مع تراجع الدولار وإقبال المستثمرين على الشراء."),
    ("sport", "ذهب اللقب إلى الفريق الضيف",
     "سجل المهاجم هدفين في المباراة النهائية وتوج الفريق بكأس الدوري وسط جماهيره."),
    # qalb: the heart, the middle
    ("health", "دواء جديد لمرضى القلب",
     "قال أطباء إن العلاج يقلل خطر الجلطات لدى مرضى القلب والسكري بعد تجارب سريرية."),
    ("conflict", "قصف في قلب المدينة",
     "قالت الجماعة المسلحة إن قواتها أطلقت صواريخ على مواقع الجيش، وسقط قتلى في المعارك."),
    # strike: of workers, from the air, in football
    ("labour", "Rail strike to go ahead over pay",
     "Union members will walk out after talks with employers on wages failed."),
    ("conflict", "Air strike kills rebels near the border",
     "The army said its jets hit militia positions after weeks of fighting."),
    ("sport", "Late strike wins the derby",
     "The midfielder scored from 20 metres in stoppage time and his team went top of the league."),
    # court: of law, of tennis
    ("crime", "Court jails former banker",
     "A judge sentenced the man to six years in prison for fraud after a four-week trial."),
    ("sport", "Champion back on court after injury",
     "The tennis player won in straight sets and reached the semi-final of the tournament."),
    # storm: of weather, of protest
    ("weather", "Storm to bring gales and heavy rain",
     "Forecasters issued a wind warning and expect snow on the hills overnight."),
    # grève: of workers; cour: of law, of a school
    ("labour", "Grève des cheminots lundi",
     "Les syndicats réclament une hausse des salaires et appellent les employés à cesser le travail."),
    ("crime", "La cour condamne l'ancien maire",
     "Le tribunal a prononcé trois ans de prison pour corruption, son avocat fait appel."),
    ("education", "Une nouvelle cour pour l'école",
     "Les élèves et les enseignants du collège retrouvent leurs classes après les vacances."),
]  # fmt: skip


def test_the_shipped_classifier_keeps_its_quality():
    result = evaluate_topics(STORIES, shipped_classifier())
    for language, floor in FLOOR.items():
        assert result["accuracy"][language] >= floor, result["accuracy"]
    assert result["accuracy"]["all"] > result["majority"]["all"] + 0.4
    assert result["macro"] >= 0.83 and result["ece"] <= 0.12
    assert result["labels"]["precision"] >= 0.65 and result["labels"]["none"] <= 0.05


def test_homographs_are_told_apart_by_what_stands_around_them():
    found = shipped_classifier().topics([f"{title}\n{text}" for _, title, text in HOMOGRAPHS])
    wrong = [(title, right, [topic.name for topic in topics])
             for (right, title, _), topics in zip(HOMOGRAPHS, found, strict=True)
             if ROOTS[right] not in [topic.id for topic in topics]]  # fmt: skip
    assert not wrong


def test_mali_the_country_is_not_money():
    attack = "مسلحون يهاجمون قرى في مالي\nقتل جنود في هجوم شنه متشددون على الجيش المالي قرب الحدود، وفر السكان."
    budget = "الوزارة ترفع العجز المالي المتوقع\nقالت وزارة المالية إن القطاع المالي تأثر بارتفاع سعر الفائدة والتضخم."
    best = [answer[0].id for answer in shipped_classifier().topics([attack, budget])]
    assert best == ["medtop:16000000", "medtop:04000000"]


def test_a_story_may_have_several_topics():
    both = ("Teachers' strike closes hundreds of schools\nUnion members walked out over pay, pupils stayed at home. "
            "The ministry of education said talks about wages would go on, while exams were put off.")  # fmt: skip
    found = {topic.id for topic in shipped_classifier().topics([both])[0]}
    assert {ROOTS["labour"], ROOTS["education"]} <= found


def test_what_says_nothing_gets_no_topic():
    assert shipped_classifier().topics(["", " \n ", "12 34", "x"]) == [()] * 4


def test_names_are_in_the_language_of_the_story_where_there_are_such():
    text = "Late goal wins the cup final\nThe striker scored and the coach praised his team in the league."
    answers = shipped_classifier().topics([text] * 3, languages=["ar", "fr", "xx"])
    assert [answer[0].name for answer in answers] == ["رياضة", "sport", "sport"]
    iptc = Taxonomy.iptc()
    for answer in answers:
        assert answer[0].id == ROOTS["sport"]
        assert answer[0].finer and all(iptc.path(below.id)[0] == ROOTS["sport"] for below in answer[0].finer)
        assert sum(below.score for below in answer[0].finer) <= answer[0].score + 1e-3


def test_what_is_done_to_one_copy_does_not_reach_the_others():
    changed = shipped_classifier().set_params(threshold=1.0)
    changed.partial_fit(["Goals and cups"] * 3, [ROOTS["politics"]] * 3)
    text = "Late goal wins the cup final\nThe striker scored and the coach praised his team in the league."
    assert changed.topics([text]) == [()] and shipped_classifier().topics([text])[0][0].id == ROOTS["sport"]


def test_what_lies_beyond_the_beginning_changes_nothing():
    text = "Late goal wins the cup final\n" + "The striker scored and the coach praised his team. " * 60
    alone, longer = shipped_classifier().predict_proba([text[:2_000], text + "court judge prison " * 200])
    assert np.array_equal(alone, longer)


def test_predicting_imports_no_scientific_stack():
    code = ("import sys; from segmenter.topics import shipped_classifier; shipped_classifier().topics(['a story']);"
            "bad = {'sklearn', 'scipy', 'pandas', 'torch'} & set(sys.modules); assert not bad, bad")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


# Evaluation


def test_evaluation_counts_also_as_right(tmp_path):
    class Fixed:
        classes_ = np.array(["a", "b"])

        def predict_proba(self, texts):
            return np.array([[0.8, 0.2]] * len(texts))

    lines = [{"text": "1", "topic": "a", "language": "en"},
             {"text": "2", "topic": "b", "also": "a", "language": "fr"},
             {"text": "3", "primary": "b", "language": "fr"}]  # fmt: skip
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = evaluate_topics(path, Fixed())
    assert result["accuracy"] == {"all": 0.6667, "en": 1.0, "fr": 0.5}
    assert result["macro"] == 0.75 and result["ece"] == pytest.approx(0.1333, abs=1e-3)
    assert result["labels"] is None
    assert result["confidence"][-1] == {"at_least": 0.9, "coverage": 0.0, "accuracy": None}
    path.write_text('{"text": "x"}', encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_gold_topics(path)


def test_calibration_error_of_an_honest_and_a_boasting_classifier():
    assert calibration_error(np.full(10, 0.5), np.array([True, False] * 5)) == 0.0
    assert calibration_error(np.full(10, 0.99), np.zeros(10, bool)) == 0.99


def test_the_tables_show_baselines_and_what_abstaining_buys():
    printed = topic_tables([str(STORIES)])
    for part in ("segmenter", "names and descriptions alone", "TF-IDF", "always the most frequent", "at least",
                 "all topics that are listed", "conflict, war and peace", "stories a second"):  # fmt: skip
        assert part in printed
