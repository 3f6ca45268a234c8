"""Taxonomies: IPTC Media Topics as shipped, and those of one's own."""

from __future__ import annotations

import sys
import unicodedata
from importlib import resources

import pytest

from segmenter.errors import InputError
from segmenter.topics import Label, Taxonomy

NAMED = ("ar", "de", "en", "es", "fr", "pt", "zh")

# Spelled otherwise than in the source, which has a slip there; and one Arabic letter that it writes in two ways.
CORRECTED = {("medtop:20000414", "de"), ("medtop:20000497", "de"), ("medtop:20000688", "de"), ("medtop:20000690", "es"),
             ("medtop:20000160", "ar"), ("medtop:20000167", "ar"), ("medtop:20000168", "ar")}  # fmt: skip


def test_iptc_has_17_roots_with_definitions_names_and_credit():
    iptc = Taxonomy.iptc()
    assert len(iptc) == 1393 and len(iptc.roots) == 17
    assert all(iptc[root].description for root in iptc.roots)
    assert iptc.name("medtop:16000000") == "conflict, war and peace"
    assert iptc.name("medtop:15000000", "ar") == "رياضة"
    assert iptc.name("medtop:04000000", "fr") == "économie et finances"
    assert iptc.name("medtop:15000000", "xx") == "sport"
    assert "IPTC" in iptc.credit and "CC BY 4.0" in iptc.credit
    assert {iptc.root(below) for below in iptc.descendants("medtop:17000000")} == {"medtop:17000000"}


def test_taxonomy_refuses_doubles_unknown_parents_circles_and_nothing():
    for labels in ([Label("a", {"en": "A"}), Label("a", {"en": "B"})], [Label("a", {"en": "A"}, parent="z")],
                   [Label("a", {"en": "A"}, parent="b"), Label("b", {"en": "B"}, parent="a")], []):  # fmt: skip
        with pytest.raises(InputError):
            Taxonomy(labels)
    with pytest.raises(KeyError, match="no label"):
        Taxonomy([Label("a", {"en": "A"})])["b"]


@pytest.mark.parametrize(("suffix", "text"), [
    (".json", '[{"label": "Sport", "description": "games", "examples": ["a match"]},'
              ' {"label": "Tennis", "parent": "Sport"}]'),
    (".csv", "label,description,examples,parent\nSport,games,a match | ,\nTennis,,,Sport\n"),
    (".yaml", "labels:\n- label: Sport\n  description: games\n  examples: a match\n- {label: Tennis, parent: Sport}\n"),
])  # fmt: skip
def test_own_taxonomy_is_read(tmp_path, suffix, text):
    if suffix == ".yaml":
        pytest.importorskip("yaml")
    path = tmp_path / f"own{suffix}"
    path.write_text(text, encoding="utf-8")
    own = Taxonomy.read(path)
    assert own.roots == ("Sport",) and own.children("Sport") == ("Tennis",)
    assert own["Sport"].examples == ("a match",) and own["Sport"].description == "games"


@pytest.mark.parametrize(("name", "text", "message"), [
    ("a.json", "[{]", "line 1"), ("a.json", '{"labels": 3}', "no list"), ("a.json", '[{"name": "x"}]', "entry 1"),
    ("a.csv", "name\nx\n", "no column"), ("a.txt", "x", "a taxonomy is"), ("a.csv", '"label\nx\n', "line 1"),
    ("a.json", '[{"label": "x", "examples": 5}]', "entry 1, label 'x'"), ("a.json", "[" * 100_000, "nested too deeply"),
    ("a.json", '[{"label": "x", "synonyms": {"a": 1}}]', "a list of texts"), ("a.json", '[{"label": null}]', "entry 1"),
    ("a.json", '[{"label": "\\ud800"}]', "UTF-8"),
])  # fmt: skip
def test_errors_of_own_taxonomies_name_the_place(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        Taxonomy.read(tmp_path / name)


def test_fields_are_taken_as_they_are_meant():
    own = Taxonomy.from_records([
        {"id": 0, "label": {"ar": "رياضة", "en": None, "fr": ""}, "synonyms": "football",
         "examples": [None, "a match"]},
        {"id": 1, "label": "tennis", "parent": 0}, {"label": "clay court", "parent": "tennis"},
    ])  # fmt: skip
    assert own.roots == ("0",) and own["0"].synonyms == ("football",) and own["0"].examples == ("a match",)
    assert own.path("clay court") == ("0", "1", "clay court")
    assert own.name("0", "en") == own.name("0", "fr") == "رياضة"


def test_a_chain_of_any_length_is_walked():
    records = [{"id": n, "label": f"label {n}", **({"parent": n - 1} if n else {})} for n in range(3_000)]
    assert len(Taxonomy.from_records(records).descendants("0")) == 2_999


def test_yaml_without_pyyaml_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    (tmp_path / "a.yaml").write_text("- label: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="pip install pyyaml"):
        Taxonomy.read(tmp_path / "a.yaml")


def test_the_upper_levels_have_names_in_seven_languages():
    iptc = Taxonomy.iptc()
    for root in iptc.roots:
        for id in (root, *iptc.children(root)):
            assert set(iptc[id].names) == set(NAMED) and all(iptc[id].names.values()), id
    assert iptc.name("medtop:20000418", "ar") == "تبدل مناخي"
    assert iptc.path("medtop:20000011") == ("medtop:01000000", "medtop:20000002", "medtop:20000011")


def test_names_are_those_of_iptc_with_their_accents_put_back():
    iptc = Taxonomy.iptc()
    lines = (resources.files("segmenter.training") / "iptc_names.tsv").read_text(encoding="utf-8").splitlines()
    names = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(names) > 800
    for id, language, name, *own in names:
        assert iptc.name(id, language) == name
        if not own and (id, language) not in CORRECTED:
            assert plain(name) in {plain(text) for text in (iptc.name(id), *iptc[id].synonyms)}, (id, language, name)


def plain(text: str) -> str:
    """As the source normalises its labels: no marks, lower case, words alone."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())
