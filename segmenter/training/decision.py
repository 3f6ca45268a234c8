"""Train kinds and boundaries together, in the order that keeps the second honest.

The boundaries are learned on kinds as they will be met in the wild: from a classifier that has not seen a fifth of the
wordings. The classifier that ships has then seen them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..document import KINDS
from ..evaluation.dumps import DumpGenerator, SourceStory
from ..evidence import Reader
from ..furniture import IN_STORY
from .boundaries import prepare_all, save_boundaries, train_boundaries
from .examples import LANGUAGES, Example, examples
from .kinds import predict, save_kinds, train_kinds

FOLDS = 5


def train_decision(
    stories: Sequence[SourceStory],
    reader: Reader,
    out: Path,
    *,
    dumps: int = 12_000,
    checked: int = 600,
    epochs: int = 8,
    seed: int = 0,
    log: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train both models into ``out/kinds`` and ``out/boundaries``.

    Parameters
    ----------
    stories : sequence of SourceStory
        Articles to make dumps of; none that the embedding was trained on.
    dumps : int
        How many dumps each of the two is trained on.
    checked : int
        How many dumps the kinds are checked on.

    Returns
    -------
    dict
        Accuracy of the kinds on wordings seen and left out.
    """

    def draw(count: int, start: int, **wordings: Any) -> list[Example]:
        generator = DumpGenerator(stories, seed=seed, languages=LANGUAGES, **wordings)
        return list(examples(generator.generate(count, start=start), reader, seed=seed))

    most = draw(dumps, 0, leave_out=(0, FOLDS))
    log(f"{len(most)} dumps without a fifth of the wordings")
    without = train_kinds(most, epochs=epochs, seed=seed, log=log)
    results = {
        "known wordings": kind_scores(predict(without, seen := draw(checked, 2 * dumps, leave_out=(0, FOLDS))), seen),
        "wordings left out": kind_scores(
            predict(without, unseen := draw(checked, 2 * dumps, leave_out=(0, FOLDS), only_left_out=True)), unseen),
    }  # fmt: skip
    log(str(results))
    every = draw(dumps, dumps)
    prepared = prepare_all(every, predict(without, every))
    log(f"{len(prepared)} dumps for the boundaries")
    save_boundaries(train_boundaries(prepared, epochs=epochs, seed=seed, log=log), out / "boundaries")
    save_kinds(train_kinds([*most, *every], epochs=epochs, seed=seed, log=log), out / "kinds")
    return results


def kind_scores(probabilities: Sequence[NDArray[np.float32]], truth: Sequence[Example]) -> dict[str, float]:
    """Accuracy, macro recall, and how many blocks are rightly given to a story or to none."""
    guess = np.concatenate([p.argmax(axis=1) for p in probabilities])
    kind = np.concatenate([example.kind for example in truth])
    recalls = [float((guess[kind == k] == k).mean()) for k in range(len(KINDS)) if (kind == k).any()]
    return {
        "accuracy": round(float((guess == kind).mean()), 4),
        "macro recall": round(float(np.mean(recalls)), 4),
        "in a story or not": round(float((IN_STORY[guess] == IN_STORY[kind]).mean()), 4),
    }
