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
    gone; the article is gone. Exit code 0 if every quote stands, 3 otherwise.
    """
    from bot.receipts import checked_json, checked_lines
    from retrieval.receipt import check_citation, read_receipt

    receipt = read_receipt(file.with_suffix(".json") if file.suffix.lower() == ".md" else file)
    catalogue = opening.collection(context, check=False).catalogue
    checked = [check_citation(cited, catalogue) for cited in receipt.citations]
    stands = all(one.stands for one in checked)
    if as_json:
        citations = [checked_json(one) for one in checked]
        found = {
            "question": receipt.question,
            "asked": receipt.asked,
            "stands": stands,
            "citations": citations,
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(shown("\n".join(checked_lines(receipt, checked))))
    return 0 if stands else NOT_STANDING
