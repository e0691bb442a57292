"""footnote sources: what is in the collection."""

import json

import click

from bot import opening


@click.command("sources", short_help="List the articles of the collection.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List the articles of the collection, newest first, with date, language and number of passages.

    \b
    footnote sources
    footnote sources --json | head -1
    """
    from bot.rendering import article_json

    catalogue = opening.collection(context).catalogue
    counts = catalogue.passage_counts()
    articles = catalogue.all_articles()
    for article in articles:
        if as_json:
            click.echo(json.dumps(article_json(article, counts.get(article.key, 0)), ensure_ascii=False))
        else:
            day = article.published.isoformat() if article.published else "undated   "
            click.echo(
                f"{day}  {article.language:3} {counts.get(article.key, 0):4}  {article.title}  ({article.name})"
            )
    if not articles:
        click.echo("Nothing is in the collection yet: run 'footnote ingest FOLDER'.", err=True)
    return 0 if articles else 4
