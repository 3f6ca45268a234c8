"""What is built and installed: everything that is needed, nothing else, and it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from commands import ROOT

import segmenter

WHEEL_MB = 22.0
"""Bound on the wheel, of which the models are nearly all: a model that grows is to be a decision."""

SOURCES = (".py", ".md", ".json", ".jsonl", ".tsv", ".safetensors", ".typed", "SHA256SUMS")


def run(*args: str | Path, cwd: Path, **environment: str) -> str:
    """Standard output of a command that has to go well, with nothing of this process's path."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, *map(str, args)], cwd=cwd, env=kept | environment, capture_output=True,
                          encoding="utf-8", check=False, timeout=300)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(target: str, tree: Path, into: Path) -> Path:
    pytest.importorskip("hatchling", reason="the build backend is not installed ([test] brings it)")
    run("-m", "hatchling", "build", "--target", target, "--directory", into, cwd=tree)
    [made] = into.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built of the sdist, as those build it who have nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as file:
        file.extractall(folder / "tree", filter="data")
    [tree] = (folder / "tree").iterdir()
    return build("wheel", tree, folder / "wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", folder,
        wheel, cwd=folder)  # fmt: skip
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
        about = {name.split(".dist-info/")[1] for name in file.namelist() if ".dist-info/" in name}
        for name in names:
            assert file.read(name) == (ROOT / name).read_bytes(), name
    assert {name.split("/")[0] for name in names} == {"segmenter"}
    assert all(name.endswith(SOURCES) for name in names)
    tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / "segmenter").rglob("*")
            if path.is_file() and path.suffix != ".pyc"}  # fmt: skip
    assert names == tree and "segmenter/py.typed" in names
    assert about == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def test_the_wheel_is_no_larger_than_said(wheel):
    assert wheel.stat().st_size < WHEEL_MB * 1e6


def test_the_same_tree_gives_the_same_wheel(wheel, tmp_path):
    assert build("wheel", ROOT, tmp_path / "again").read_bytes() == wheel.read_bytes()


def test_the_sdist_holds_what_tests_and_ci_need(sdist):
    with tarfile.open(sdist) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", ".ci/run", ".ci/constraints.txt",
            "tests/conftest.py", "data/gold.jsonl", "segmenter/models/SHA256SUMS"} <= names  # fmt: skip
    assert not [name for name in names if "__pycache__" in name or name.startswith((".git/", "build/", "shared"))]


def test_what_is_installed_runs(installed, tmp_path):
    def ran(*args: str | Path) -> str:
        return run(*args, cwd=tmp_path, PYTHONPATH=str(installed))

    where = ran("-c", "import segmenter; print(segmenter.__file__)")
    assert Path(where.strip()).is_relative_to(installed)
    assert ran("-m", "segmenter", "--version") == f"segmenter {segmenter.__version__}\n"
    split = ("split", ROOT / "data/dumps/en-three.txt", "--format", "jsonl")
    assert ran("-m", "segmenter", *split) == run("-m", "segmenter", *split, cwd=tmp_path, PYTHONPATH=str(ROOT))
    [script] = (path for path in (installed / "bin").iterdir() if path.stem == "segmenter")
    assert "segmenter.cli" in script.read_text(encoding="utf-8")
