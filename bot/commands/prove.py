"""footnote prove: is a sentence supported by the collection, or by one text?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot import opening
from corpus.shown import shown

if TYPE_CHECKING:
    from retrieval.citing import Proof
    from retrieval.proof import Embed

NOT_PROVED = 3


@click.command("prove", short_help="Check whether the articles support a sentence.")
@click.argument("sentence", nargs=-1)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check against this text instead of the collection.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option(
    "--batch",
    type=click.File(encoding="utf-8-sig", errors="replace"),
    metavar="FILE|-",
    help="Many sentences with their evidence, one JSON object a line.",
)
@click.pass_context
def command(
    context: click.Context,
    sentence: tuple[str, ...],
    against: Path | None,
    as_json: bool,
    batch: TextIO | None,
) -> int:
    """Check whether the articles support a sentence: proved, contradicted or not found, with passage and reason.

    \b
    footnote prove "The bridge was opened on 13 September 1931."
    footnote prove --against article.txt "The bridge was opened in 1931."
    footnote prove --json --batch sentences.jsonl      an object a line: {"id": ..., "sentence": ..., "evidence": ...}

    Exit code 0 proved, 3 not; with --batch 0 if every line could be judged.
    """
    if batch:
        if sentence or against or not as_json:
            raise click.UsageError(
                "--batch goes with --json, and takes sentences and evidence from FILE alone."
            )
        return _prove_batch(context, batch)
    text = " ".join(sentence).strip()
    if not text:
        raise click.UsageError('There is no sentence to prove: footnote prove "…".')
    proof = _against(context, text, against) if against else opening.collection(context).prove(text)
    if as_json:
        from bot.rendering import proof_json

        click.echo(json.dumps(proof_json(proof), ensure_ascii=False))
    else:
        from bot.rendering import proof_lines

        click.echo(shown("\n".join(proof_lines(proof))))
    return 0 if proof.proved else NOT_PROVED


def _against(context: click.Context, sentence: str, path: Path) -> "Proof":
    from corpus.loading import load_file
    from retrieval.citing import prove_from, prove_from_any, text_hits

    loaded = load_file(path, path.name, str(path.absolute()))
    hits = [hit for article in loaded for hit in text_hits(article)]
    proved = prove_from if len(hits) == 1 else prove_from_any
    return proved(sentence, hits, _embed(context))


def _embed(context: click.Context) -> "Embed":
    """The embedding model of the settings, without a collection."""
    from retrieval.embedding import DEFAULT_MODEL, load_embedder

    return load_embedder(opening.settings(context).embedding_model or DEFAULT_MODEL).embed


def _prove_batch(context: click.Context, batch: TextIO) -> int:
    """The verdict on each line as it is found; a line that cannot be judged is told on stderr and counts at the end."""
    from retrieval.proof import prove_lines

    failed: list[int] = []
    for verdict in prove_lines(_lines(batch, failed), _embed(context)):
        click.echo(json.dumps(verdict, ensure_ascii=False))
    return 1 if failed else 0


def _lines(batch: TextIO, failed: list[int]) -> Iterator[dict[str, Any]]:
    """What can be judged; `failed` takes up the numbers of the other lines."""
    for number, line in enumerate(batch, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            known = {
                "id": given.get("id", number),
                "sentence": given["sentence"],
                "evidence": given["evidence"],
            }
            if not (isinstance(known["sentence"], str) and isinstance(known["evidence"], str)):
                raise TypeError("sentence and evidence are texts")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            click.echo(f"footnote: line {number} of {batch.name} cannot be judged ({error!r}).", err=True)
            failed.append(number)
        else:
            yield known
