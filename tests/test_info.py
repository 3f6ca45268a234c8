"""`segmenter info`: what is installed, and whether the models are what was shipped."""

from __future__ import annotations

import hashlib
import inspect
import json
import subprocess
import sys

import pytest
from commands import ROOT, process

from segmenter import ModelError, Segmenter, __version__
from segmenter.cli import main
from segmenter.inventory import MODELS, SUMS, damage, inventory, model_files, write_sums


@pytest.fixture
def folder(tmp_path):
    """Two small models with their checksums."""
    for name in ("kinds", "topics"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(f'{{"model": "{name}"}}', encoding="utf-8")
        (tmp_path / name / "README.md").write_text("a card", encoding="utf-8")
    write_sums(tmp_path)
    return tmp_path


def test_the_shipped_models_are_those_of_the_checksums():
    assert damage() == [], "a model was made anew: segmenter.inventory.write_sums() writes its checksums"


def test_checksums_are_those_of_the_files():
    path = MODELS / "kinds/model.safetensors"
    [file] = [file for file in model_files() if file.path == "kinds/model.safetensors"]
    assert (file.bytes, file.sha256) == (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    assert not [file for file in model_files() if file.path.endswith(".md")]


def test_what_differs_is_told(folder):
    assert damage(folder) == []
    (folder / "kinds/README.md").write_text("another card", encoding="utf-8")
    assert damage(folder) == []
    before = {file.path: file.sha256 for file in model_files(folder)}
    (folder / "kinds/config.json").write_text("{}", encoding="utf-8")
    assert before != {file.path: file.sha256 for file in model_files(folder)}
    (folder / "topics/config.json").unlink()
    (folder / "topics/more.json").write_text("{}", encoding="utf-8")
    changed, missing, foreign = damage(folder)
    assert "kinds/config.json: is not what was shipped; install" in changed
    assert "topics/config.json: is missing; install" in missing
    assert "topics/more.json: was not shipped; install" in foreign
    (folder / SUMS).unlink()
    with pytest.raises(ModelError, match="SHA256SUMS: cannot be read"):
        damage(folder)


def test_versions_are_those_that_run():
    import numpy
    import sklearn

    found = inventory()
    assert found.segmenter == __version__ and found.python.endswith(sys.version.split()[0])
    assert found.dependencies["numpy"] == numpy.__version__ and found.dependencies["torch"]
    assert found.dependencies["scikit-learn"] == sklearn.__version__
    assert {"postgres", "yaml"} <= {extra.name for extra in found.extras} and "test" not in found.to_dict()["extras"]


def test_settings_are_those_of_the_segmenter():
    assert inventory().settings == Segmenter().get_params()
    assert list(inventory().settings) == list(inspect.signature(Segmenter).parameters)


def test_what_is_not_installed_is_said_with_the_remedy(monkeypatch, capsysbinary):
    monkeypatch.setattr("segmenter.inventory.requires", lambda _: ["numpy>=1", "no-such-package-1>2",
                                                                   "no-such-package-2[x]>=3; extra == 'more'"])
    assert main(["info"]) == 0
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert [line.split("  ")[-1] for line in lines if "no-such-package-1" in line] == [
        "missing: pip install segmenter again"]  # fmt: skip
    assert "  more  not installed (pip install 'segmenter[more]')" in lines
    assert max(map(len, lines)) <= 120


def test_json(capsysbinary):
    assert main(["info", "--json"]) == 0
    found = json.loads(capsysbinary.readouterr().out)
    assert found["segmenter"] == __version__ and found["settings"]["key_phrases"] == 5
    assert found["extras"]["yaml"] == {"packages": {"pyyaml": found["extras"]["yaml"]["packages"]["pyyaml"]},
                                       "present": True, "install": "pip install 'segmenter[yaml]'"}  # fmt: skip
    assert [file["path"] for file in found["models"]] == [file.path for file in model_files()]


def test_verify(folder, monkeypatch, capsysbinary):
    assert main(["info", "--verify"]) == 0
    assert b"as shipped" in capsysbinary.readouterr().err
    (folder / "kinds/config.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(damage, "__defaults__", (folder,))
    assert main(["info", "--verify"]) == 1
    [line] = capsysbinary.readouterr().err.decode().splitlines()
    assert line.startswith("segmenter: ") and "kinds/config.json" in line


def test_help_tells_the_exit_codes(capsysbinary):
    assert main(["info", "--help"]) == 0
    out = capsysbinary.readouterr().out.decode()
    assert "exit status" in out and max(map(len, out.splitlines())) <= 120


def test_nothing_heavy_is_imported():
    code = ("import sys\nfrom segmenter.cli import main\nmain(['info'])\n"
            "print(sorted({'torch', 'sentence_transformers', 'sklearn', 'pandas', 'pyarrow'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert process("info", program="real").stdout.startswith(b"segmenter ")
