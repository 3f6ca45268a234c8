"""The notebooks run from top to bottom on what is in data/, and are kept without their output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(tmp_path / "k"))  # opens no port
    client = NotebookClient(notebook, manager, timeout=600, resources={"metadata": {"path": path.parent}})
    client.execute(cleanup_kc=True)  # ends the kernel, which is ours, and closes its sockets
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    said = [output["text"] for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert not said  # no warnings
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert {"text/html", "image/png"} <= set(kinds)  # tables or documents, and pictures


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_output(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")], \
        "take it out: make strip"  # fmt: skip
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}
    assert all(not cell.metadata for cell in notebook.cells)
    assert notebook.cells[0].source.startswith("# ")


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_first_dump", "02_corpus", "03_stories_over_time"]
