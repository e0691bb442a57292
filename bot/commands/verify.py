"""footnote verify: check a receipt against the collection as it is now."""

import json
from pathlib import Path

import click

from bot import opening
from corpus.shown import shown

NOT_STANDING = 3


@click.command("verify", short_help="Check a receipt again.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, file: Path, as_json: bool) -> int:
    """Check the receipt that 'footnote ask --receipt FILE' wrote against the collection as it is now.

    For each citation: it stands; the article has changed since but the quote still stands, and where; the quote is
    gone; the article is gone. Sentences that the receipt's own quotes do not prove are told too. Exit code 0 if every
    quote stands, 3 otherwise.

    \b
    footnote verify answer.json
    """
    from bot.receipts import checked_json, checked_lines
    from retrieval.receipt import altered_sentences, check_citation, read_receipt

    receipt = read_receipt(file.with_suffix(".json") if file.suffix.lower() == ".md" else file)
    collection = opening.collection(context, check=False)
    checked = [check_citation(cited, collection.catalogue) for cited in receipt.citations]
    altered = altered_sentences(receipt, collection.embed)
    stands = all(one.stands for one in checked) and not altered
    if as_json:
        asked = {"question": receipt.question, "asked": receipt.asked}
        citations = [checked_json(one) for one in checked]
        found = {**asked, "stands": stands, "citations": citations, "altered": altered}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(shown("\n".join(checked_lines(receipt, checked, altered))))
    return 0 if stands else NOT_STANDING
