"""``python -m segmenter.training``: makes the shipped models anew.

    python -m segmenter.training all --shared ../shared

takes about an hour on two cores. The corpora are not part of the package; see ``corpora.py`` for what is read.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..embedding import StaticEmbedder
from ..embedding.static import shipped_folder
from ..evidence import Reader
from ..openings import OpeningModel
from .cards import data_table, table, write_card
from .corpora import for_decision, read_all

EMBEDDING = """\
One vector for each of {tokens:,} tokens, 256 numbers of 8 bits with a scale of their own; a text is the sum of its
tokens' vectors. Made by contrast (`segmenter/training/embedding.py`): two passages of one article against those of
other articles of the same language. The layout is model2vec's. Languages: {languages}.

One article in six and some sources whole were kept back, for training the decision on what the embedding has not seen.
The text itself is not part of the package."""
OPENINGS = """\
Log odds that a story begins with a block, by its first three tokens, and that a word stands first in a story rather
than anywhere in it (`segmenter/openings.py`, `segmenter/training/openings.py`); tokens are those of the shipped
embedding, and so are the articles:"""
KINDS = """\
Gives each line of a dump its kind. A network of three dilated convolutions over outward features, n-grams at the edges
of the line, and likeness to the lines around it (`segmenter/furniture.py`, `segmenter/training/kinds.py`)."""
BOUNDARIES = """\
Decides where stories begin: a semi-Markov model over the lines that may belong to a story (`segmenter/boundaries.py`,
`segmenter/training/boundaries.py`)."""
DUMPS = """\
{dumps:,} synthetic dumps made by `segmenter/evaluation/dumps.py` with the wordings in `segmenter/evaluation/wordings/`
(written for this project), of articles that the embedding was not trained on:"""


def main(argv: list[str] | None = None) -> int:
    """Run one step, or all."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.training", description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=["embedding", "decision", "topics", "all"])
    parser.add_argument("--shared", type=Path, required=True, help="folder that holds corpora/, topics/, iptc/")
    parser.add_argument(
        "--out", type=Path, default=shipped_folder().parent, help="models folder to write (default: the package's)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=4_000, help="of the embedding (default 4000)")
    parser.add_argument(
        "--dumps", type=int, default=8_000, help="synthetic dumps for each part of the decision (default 8000)"
    )
    parser.add_argument("--cache", type=Path, help="file that keeps the vectors of the topics' teacher between runs")
    args = parser.parse_args(argv)
    corpora = args.shared / "corpora"
    if not corpora.is_dir():
        parser.error(f"{corpora} is not there: --shared names the folder above corpora/")
    start = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - start:7.0f} s  {line}", file=sys.stderr, flush=True)

    if args.step in ("embedding", "all"):
        _embedding(corpora, args.out, args.seed, args.steps, log)
    if args.step in ("decision", "all"):
        _decision(corpora, args.out, args.seed, args.dumps, log)
    if args.step in ("topics", "all"):
        from .topics import train_topics

        train_topics(corpora, args.shared, args.out / "topics", seed=args.seed, log=log, cache=args.cache)
    return 0


def _embedding(corpora: Path, out: Path, seed: int, steps: int, log) -> None:  # type: ignore[no-untyped-def]
    from .embedding import Passages, save_embedding, train_tokenizer, train_vectors
    from .openings import save_openings, train_openings

    articles = [article for article in read_all(corpora, seed=seed) if not for_decision(article)]
    log(f"{len(articles):,} articles")
    tokenizer = train_tokenizer(articles)
    passages = Passages(articles, tokenizer)
    idf = passages.idf(tokenizer.get_vocab_size())
    save_embedding(
        out / "embedding", tokenizer, train_vectors(articles, passages, idf, steps=steps, seed=seed, log=log)
    )
    save_openings(train_openings(passages, tokenizer, seed=seed), out / "openings")
    languages = ", ".join(dict.fromkeys(article.language for article in articles))
    text = EMBEDDING.format(tokens=tokenizer.get_vocab_size(), languages=languages)
    write_card(out / "embedding", "The shipped embedding", text, data=data_table(articles))
    write_card(out / "openings", "How a story opens", OPENINGS, data=data_table(articles))


def _decision(corpora: Path, out: Path, seed: int, dumps: int, log) -> None:  # type: ignore[no-untyped-def]
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
