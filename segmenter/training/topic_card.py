"""The card of the topic classifier: data, results by topic and language, limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..evaluation.topics import calibration_error
from ..topics import Taxonomy, TopicClassifier
from ..topics.calibration import acceptance
from .cards import data_table, write_card
from .labels import Labelled
from .topics import FOLDS, LANGUAGES, HeldOut, examples

TEXT = """\
Sorts stories under the 17 roots of IPTC Media Topics ((c) IPTC, CC BY 4.0) and, below the best of them, under {finer}
topics of the second level. Multinomial logistic regression on the shipped embedding (256 numbers) and {words:,}
columns of hashed words; the second level on the embedding alone. numpy alone when it predicts. It reads the first
2,000 code points of a story. Made by `python -m segmenter.training topics`.

A score is the probability that a careful reader would accept the topic for the story, beside others or not: the
decision's log odds, scaled by two numbers that were learned from articles of sources that the classifier had not
seen."""

DATA = """\
{table}
| example texts written for this project (`segmenter/models/examples`) | ar en fr | {examples:,} | Apache-2.0 |

The articles' topics were given by a large language model (Claude), which read the title and the first 270 characters
of each and knew the conventions of the taxonomy: a topic of the second level, and other roots that are right too. The
keys of the articles and the labels are in `segmenter/training/topic_labels.tsv`; none of the articles' text is in the
package. The articles were drawn so that thin topics are found often, many of them where an earlier classifier was
unsure.

How good these labels are: 154 articles were labelled twice, without either reader knowing; 140 got the same root, and
in all 154 each root was among those that the other reader gave. The 150 stories of `topics_dev`, mixed in unmarked,
got a right topic in 147 cases. The names of the taxonomy below its roots, the labels of SIB-200 and the corpora's
own sections were not used."""

RESULTS = """\
### Sources not seen

Articles of the table above, {folds}-fold cross-validation over sources (the source that holds most of a language is
cut). These articles are harder than usual, for they were drawn to be. Right: the first topic or one that is right
too. Expected calibration error {ece:.3f}.

{by_topic}

Other languages: {by_language}.

{finer}

### Test sets

`topics_dev`: 150 articles of outlets that were not trained on, labelled by careful reading (not redistributed).
Settings were looked at on it beside the cross-validation. `data/stories.jsonl`: 76 invented stories of this
repository. Right = the topic or one of those that are right too. Printed by `python -m segmenter.evaluation --topics
...`:

<!-- topics:start -->
<!-- topics:end -->"""

LIMITS = """\
## Limits

It is a classifier of news: single encyclopaedic sentences it sorts badly. Languages other than Arabic, English and
French were taught by 230 articles each, and Persian is the weakest of them. Where a story is cut wrongly, its topic is
that of the mixture."""


def write_topic_card(folder: Path, known: Sequence[Labelled], model: TopicClassifier, held_out: HeldOut) -> None:
    """Write the card beside the weights.

    Parameters
    ----------
    folder : path
    known : sequence of Labelled
        The articles that were learned from.
    model : TopicClassifier
    held_out : HeldOut
    """
    score = acceptance(held_out.logits, *(model.acceptance_ or (1.0, 0.0)))
    best = held_out.logits.argmax(axis=1)
    hit = held_out.right[np.arange(len(best)), best]
    groups = {language: held_out.languages == language for language in LANGUAGES}
    other = ~np.isin(held_out.languages, LANGUAGES)
    finer = len(set(model.finer_.labels) - set(model.classes_.tolist())) if model.finer_ is not None else 0
    results = RESULTS.format(
        folds=FOLDS, ece=calibration_error(score.max(axis=1), hit),
        finer=_finer(held_out),
        by_topic=_by_topic(held_out, hit, {**groups, "others": other}),
        by_language=", ".join(f"{language} {hit[held_out.languages == language].mean():.2f}"
                              for language in sorted(set(held_out.languages[other].tolist()))),
    )  # fmt: skip
    data = DATA.format(table=data_table(known), examples=len(examples()))
    write_card(folder, "Topic classifier", TEXT.format(finer=finer, words=model.words), data=data,
               results=f"{results}\n\n{LIMITS}")  # fmt: skip


def _finer(held_out: HeldOut) -> str:
    known = held_out.finer[np.isfinite(held_out.finer)]
    if not len(known):
        return "No article has a topic of the second level."
    return (f"Second level, where an article has such a topic and the root is given: the most likely one is right in "
            f"{known.mean():.2f} of {len(known):,} cases.")  # fmt: skip


def _by_topic(held_out: HeldOut, hit: np.ndarray, groups: dict[str, np.ndarray]) -> str:
    taxonomy = Taxonomy.iptc()

    def row(name: str, chosen: np.ndarray) -> str:
        cells = [f"{hit[chosen & own].mean():.2f} of {int((chosen & own).sum())}" if (chosen & own).any() else "-"
                 for own in groups.values()]  # fmt: skip
        return f"| {name} | {' | '.join(cells)} |"

    lines = ["| topic | " + " | ".join(groups) + " |", "|---|" + "---|" * len(groups)]
    lines += [row(taxonomy.name(label), held_out.primary == number)
              for number, label in enumerate(held_out.classes.tolist())]  # fmt: skip
    return "\n".join([*lines, row("all", np.ones(len(hit), dtype=bool))])
