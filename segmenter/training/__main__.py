"""``python -m segmenter.training``: makes the shipped models anew.

    python -m segmenter.training all --shared ../shared

takes about an hour on two cores. The corpora are not part of the package; see ``corpora.py`` for what is read.
``languages`` makes nothing but clean dumps, a gold file for each language in ``--out``, of articles that the embedding
has not seen (the decision has): for ``python -m segmenter.evaluation.embeddings --gold``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..embedding import StaticEmbedder
from ..embedding.static import shipped_folder
from ..evidence import Reader
from ..inventory import write_sums
from ..io.output import open_output
from ..openings import OpeningModel
from .cards import data_table, table, write_card
from .corpora import for_decision, read_all

Log = Callable[[str], None]

EMBEDDING = """\
One vector for each of {tokens:,} tokens, 256 numbers of 8 bits with a scale of their own; a text is the sum of its
tokens' vectors. Made by contrast (`segmenter/training/contrast.py`): two passages of one article against those of
other articles of the same language; and by a teacher (`segmenter/training/lessons.py`): {taught:,} sentences and
{words:,} words of these articles as the multilingual Universal Sentence Encoder (version 3, Apache-2.0) reads them,
in {teacher}; and translations, drawn to what it reads in their English: the training part of SIB-200 (701 sentences
in 16 languages, CC BY-SA 4.0, without its labels) and the names of IPTC Media Topics (CC BY 4.0). The layout is
model2vec's; sentence-transformers (6.2 or later) opens the folder too. Languages: {languages}.

One article in six and some sources whole were kept back, for training the decision on what the embedding has not seen.
The text itself is not part of the package."""
REPORT = """\
Printed by `python -m segmenter.evaluation.embeddings --shared FOLDER --gold GOLD.jsonl ...`; Tatoeba, XQuAD and the dev
part of SIB-200 were not trained on.

<!-- report:start -->
<!-- report:end -->"""
OPENINGS = """\
Log odds that a story begins with a block, by its first three tokens, and that a word stands first in a story rather
than anywhere in it (`segmenter/openings.py`, `segmenter/training/openings.py`); tokens are those of the shipped
embedding, and so are the articles:"""
KINDS = """\
Gives each line of a dump its kind. A network of three dilated convolutions over outward features, n-grams at the edges
of the line, and likeness to the lines around it (`segmenter/furniture.py`, `segmenter/training/kinds.py`)."""
BOUNDARIES = """\
Decides where stories begin: a semi-Markov model over the lines that may belong to a story (`segmenter/boundaries.py`,
`segmenter/training/boundaries.py`). One constant, ``prior`` in ``config.json``, was chosen by hand, on
development dumps of newspapers that nothing was trained on."""
DUMPS = """\
{dumps:,} synthetic dumps made by `segmenter/evaluation/dumps.py` with the wordings in `segmenter/evaluation/wordings/`
(written for this project), of articles that the embedding was not trained on:"""


def main(argv: list[str] | None = None) -> int:
    """Run one step, or all."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=["embedding", "decision", "topics", "threads", "all", "languages"])
    parser.add_argument("--shared", type=Path, required=True, help="folder that holds corpora/, topics/, iptc/")
    parser.add_argument(
        "--out", type=Path, default=shipped_folder().parent, help="models folder to write (default: the package's)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2_500, help="of the embedding (default 2500)")
    parser.add_argument(
        "--dumps", type=int, default=12_000, help="synthetic dumps for each part of the decision (default 12000)"
    )
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="folder that keeps the teachers' "
                        "vectors between runs")  # fmt: skip
    args = parser.parse_args(argv)
    corpora = args.shared / "corpora"
    if not corpora.is_dir():
        parser.error(f"{corpora} is not there: --shared names the folder above corpora/")
    if args.step == "languages":
        _languages(corpora, args.out, args.seed, args.dumps)
        return 0
    args.work.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - start:7.0f} s  {line}", file=sys.stderr, flush=True)

    if args.step in ("embedding", "all"):
        _embedding(args.shared, args.out, args.seed, args.steps, args.work, log)
    if args.step in ("decision", "all"):
        _decision(corpora, args.out, args.seed, args.dumps, log)
    if args.step in ("topics", "all"):
        from .topics import train_topics

        train_topics(corpora, args.shared, args.out / "topics", log=log,
                     embedder=StaticEmbedder(args.out / "embedding"))  # fmt: skip
    if args.step in ("threads", "all"):
        from .tracking import train_tracking

        train_tracking(corpora, args.out / "threads", embedder=StaticEmbedder(args.out / "embedding"), seed=args.seed,
                       log=log)  # fmt: skip
    write_sums(args.out)
    return 0


def _languages(corpora: Path, out: Path, seed: int, dumps: int) -> None:
    """Gold files of clean dumps, one a language."""
    from ..evaluation.dumps import DumpGenerator, draw_layout
    from .examples import LANGUAGES, stock

    stories = stock([article for article in read_all(corpora, seed=seed) if for_decision(article)])
    for language in LANGUAGES:
        generator = DumpGenerator(stories, seed=seed, languages={language: 1.0})
        with open_output(out / f"{language}.jsonl") as file:
            for number in range(dumps):
                layout = replace(draw_layout(random.Random(f"{seed}/{language}/{number}")), newlines_lost=False,
                                 furniture=0.0, inserted=0.0, headline=0.0, mixed=False)  # fmt: skip
                dump = generator.dump(number, layout).to_dict()
                file.write((json.dumps(dump, ensure_ascii=False) + "\n").encode())


def _embedding(shared: Path, out: Path, seed: int, steps: int, work: Path, log: Log) -> None:
    from .contrast import train_vectors
    from .embedding import Passages, save_embedding, train_tokenizer
    from .lessons import SENTENCES, WORDS, ask_teacher, draw_sentences, draw_translations, draw_words, lessons
    from .openings import save_openings, train_openings

    articles = [article for article in read_all(shared / "corpora", seed=seed) if not for_decision(article)]
    log(f"{len(articles):,} articles")
    tokenizer = train_tokenizer(articles)
    passages = Passages(articles, tokenizer)
    idf = passages.idf(tokenizer.get_vocab_size())
    texts = [*draw_sentences(articles, seed=seed + 1), *draw_words(articles, seed=seed)]
    translations, meaning = draw_translations(shared)
    said = ask_teacher([*texts, *dict.fromkeys(meaning)], work / "sentences.safetensors", log)
    place = {text: len(texts) + number for number, text in enumerate(dict.fromkeys(meaning))}
    read = said[[*range(len(texts)), *(place[text] for text in meaning)]]
    taught = lessons([*texts, *translations], read, tokenizer)
    vectors = train_vectors(articles, passages, idf, lessons=taught, steps=steps, seed=seed, log=log)
    save_embedding(out / "embedding", tokenizer, vectors)
    save_openings(train_openings(passages, tokenizer, seed=seed), out / "openings")
    languages = ", ".join(dict.fromkeys(article.language for article in articles))
    text = EMBEDDING.format(tokens=tokenizer.get_vocab_size(), languages=languages, taught=sum(SENTENCES.values()),
                            words=WORDS, teacher=", ".join(SENTENCES))  # fmt: skip
    write_card(out / "embedding", "The shipped embedding", text, data=data_table(articles), results=REPORT)
    write_card(out / "openings", "How a story opens", OPENINGS, data=data_table(articles))


def _decision(corpora: Path, out: Path, seed: int, dumps: int, log: Log) -> None:
    from .decision import train_decision
    from .examples import stock

    articles = [article for article in read_all(corpora, seed=seed) if for_decision(article)]
    reader = Reader(StaticEmbedder(out / "embedding"), OpeningModel(out / "openings"))
    results = train_decision(stock(articles), reader, out, dumps=dumps, seed=seed, log=log)
    data = DUMPS.format(dumps=dumps) + "\n\n" + data_table(articles)
    note = "Accuracy on synthetic dumps, the classifier not having seen a fifth of the wordings:\n\n"
    write_card(out / "kinds", "Kinds of blocks", KINDS, data=data, results=note + table(results))
    seen = "Printed by `python -m segmenter.evaluation GOLD.jsonl ...`; they stand in the README of the repository."
    write_card(out / "boundaries", "Where stories begin", BOUNDARIES, data=data, results=seen)


if __name__ == "__main__":
    sys.exit(main())
