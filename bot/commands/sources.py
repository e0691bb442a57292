"""footnote sources: what is in the collection."""

import json

import click

from bot import opening
from corpus.article import Article
from corpus.shown import shown


@click.command("sources", short_help="List the articles of the collection.")
@click.option("--given", is_flag=True, help="List the files, folders and links that were ingested instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
@click.pass_context
def command(context: click.Context, given: bool, as_json: bool) -> int:
    """List the articles of the collection, newest first: date, language, number of passages, title and name; then
    author, publisher, the date of an update and the link, where the document says them.

    \b
    footnote sources
    footnote sources --given
    footnote sources --json | head -1
    """
    from corpus.sources import Sources

    catalogue = opening.collection(context).catalogue
    articles = catalogue.all_articles()
    if given:
        for source in Sources(catalogue).all():
            place = {"source": source.location, "options": dict(source.options)}
            click.echo(json.dumps(place, ensure_ascii=False) if as_json else shown(source.location))
    else:
        counts = catalogue.passage_counts()
        for article in articles:
            _show(article, counts.get(article.key, 0), as_json)
    if not articles:
        click.echo("Nothing is in the collection yet: run 'footnote ingest FOLDER'.", err=True)
    return 0 if articles else 4


def _show(article: Article, passages: int, as_json: bool) -> None:
    from bot.rendering import article_json

    if as_json:
        click.echo(json.dumps(article_json(article, passages), ensure_ascii=False))
        return
    day = article.published.isoformat() if article.published else "undated   "
    name = " ".join(article.name.split())
    click.echo(shown(f"{day}  {article.language:3} {passages:4}  {article.title}  ({name})"))
    updated = f"updated {article.updated}" if article.updated else ""
    url = article.url if article.url != article.name else ""
    known = [part for part in (article.author, article.publisher, updated, url) if part]
    if known:
        click.echo(shown(f"{'':22}{' · '.join(known)}"))
