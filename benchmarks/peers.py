"""Footnote's search beside a tutorial pipeline and txtai's hybrid search: same files, same model, one run.

    pip install -e '.[benchmarks]'        # in an environment of its own, without constraints.txt
    python benchmarks/peers.py FOLDER [FOLDER ...]

A FOLDER holds articles/ and questions.jsonl, in the format that README's section on measuring describes. Follow-up
questions are given to the others as they stand: they have no notion of a conversation. Prints recall@1, recall@5,
MRR and milliseconds a question.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from time import perf_counter

from corpus.chunking import passage_spans
from corpus.language import detect_language
from retrieval.collection import open_collection
from retrieval.evaluation import Gold, GoldQuestion, read_questions
from retrieval.minilm import checkpoint_folder

Span = tuple[str, int, int]  # article, and the offsets of a passage in it
Search = Callable[[GoldQuestion], Sequence[Span]]
MOST = 1500  # characters of a passage that counts


def footnote(articles: Path, data: Path) -> Search:
    collection = open_collection(data, create=True)
    list(collection.ingest([articles]))

    def search(asked: GoldQuestion) -> Sequence[Span]:
        hits = collection.search(asked.question, asked.history, limit=10).hits
        return [(hit.article.name, hit.passage.start, hit.passage.end) for hit in hits]

    return search


def tutorial(articles: Path, data: Path) -> Search:
    """Recursive character splitting, sentence-transformers, Chroma, cosine: what a tutorial pastes together."""
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    files = sorted(articles.iterdir())
    documents = splitter.create_documents(
        [_read(file) for file in files], [{"article": file.name} for file in files]
    )
    model = HuggingFaceEmbeddings(
        model_name=str(checkpoint_folder()), encode_kwargs={"normalize_embeddings": True}
    )
    store = Chroma.from_documents(documents, model, persist_directory=str(data))

    def search(asked: GoldQuestion) -> Sequence[Span]:
        found = store.similarity_search(asked.question, k=10)
        starts = [
            (one.metadata["article"], one.metadata["start_index"], len(one.page_content)) for one in found
        ]
        return [(article, start, start + length) for article, start, length in starts]

    return search


def txtai(articles: Path, data: Path) -> Search:
    """txtai's own hybrid index over Footnote's passages: its fusion of the same model and of BM25."""
    from txtai import Embeddings

    texts = {file.name: _read(file) for file in sorted(articles.iterdir())}
    spans = [
        (name, *span) for name, text in texts.items() for span in passage_spans(text, detect_language(text))
    ]
    index = Embeddings(path=str(checkpoint_folder()), hybrid=True)
    index.index((i, texts[name][start:end], None) for i, (name, start, end) in enumerate(spans))

    def search(asked: GoldQuestion) -> Sequence[Span]:
        return [spans[i] for i, _ in index.search(asked.question, 10)]

    return search


def measured(name: str, search: Search, questions: Sequence[GoldQuestion]) -> str:
    search(questions[0])
    ranks: list[int | None] = []
    seconds = []
    for asked in questions:
        started = perf_counter()
        spans = search(asked)
        seconds.append(perf_counter() - started)
        if asked.gold:
            ranks.append(_rank(spans, asked.gold))
    at = {k: mean(rank is not None and rank <= k for rank in ranks) for k in (1, 5)}
    mrr = mean(1 / rank if rank else 0.0 for rank in ranks)
    return f"  {name:10} recall@1 {at[1]:.4f}  recall@5 {at[5]:.4f}  mrr {mrr:.4f}  {1000 * median(seconds):.1f} ms"


def _rank(spans: Sequence[Span], gold: Sequence[Gold]) -> int | None:
    ranks = (rank for rank, span in enumerate(spans, start=1) if any(_holds(span, one) for one in gold))
    return next(ranks, None)


def _holds(span: Span, gold: Gold) -> bool:
    article, start, end = span
    if article != gold.article or end - start > MOST:
        return False
    if gold.text is None:
        return start < gold.end and gold.start < end
    return start <= gold.start and gold.end <= end


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def main(folders: Sequence[str]) -> Iterator[str]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    for folder in map(Path, folders):
        yield str(folder)
        questions = read_questions(folder)
        for name, build in (("tutorial", tutorial), ("txtai", txtai), ("footnote", footnote)):
            with tempfile.TemporaryDirectory() as data:
                yield measured(name, build(folder / "articles", Path(data)), questions)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Usage: python benchmarks/peers.py FOLDER [FOLDER ...]")
    for line in main(sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
