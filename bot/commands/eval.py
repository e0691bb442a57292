"""footnote eval: how well the collection is searched and answered, on questions whose evidence is known."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from retrieval.collection import Collection
    from retrieval.evaluation import Result

SAMPLES = "corpus.samples"


@click.command("eval", short_help="Measure search and answers on questions with known evidence.")
@click.argument(
    "folders", nargs=-1, required=True, metavar="FOLDER...", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--compare", metavar="SETTING=VALUE", help="Measure a second time with this setting, side by side."
)
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page."
)
@click.option(
    "--calibrate", is_flag=True, help="Fit the decision to refuse on these folders, and write it down."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    context: click.Context,
    folders: tuple[Path, ...],
    compare: str | None,
    page: Path | None,
    calibrate: bool,
    as_json: bool,
) -> int:
    """Measure recall@1 and @5, MRR, nDCG@5, refusals and latency on FOLDER/questions.jsonl over FOLDER/articles.

    Where FOLDER has no articles, the sample collection is asked. Articles are put into a collection of their own, which
    is kept, so that the next run starts at once.

    \b
    footnote eval benchmarks/facts --html facts.html
    footnote eval benchmarks/facts --compare embedding_model=intfloat/multilingual-e5-small
    """
    if calibrate:
        return _calibrate(context, folders)
    runs = [("as set", {}), *([(compare, _changed(compare))] if compare else [])]
    found = {}
    for folder in folders:
        found[str(folder)] = {name: _run(context, folder, changed) for name, changed in runs}
        _tell(folder, found[str(folder)], as_json)
    if page:
        _write_page(page, found)
    return 0


def _write_page(page: Path, found: "dict[str, dict[str, list[Result]]]") -> None:
    from bot.evaluation_page import evaluation_page

    try:
        page.write_text(evaluation_page(found), encoding="utf-8")
    except OSError as error:
        raise FootnoteError(f"{page} cannot be written ({error.strerror}): choose another name.") from error
    click.echo(f"written to {page}", err=True)


def _changed(compare: str) -> dict[str, str]:
    name, equals, value = compare.partition("=")
    if not equals:
        raise click.UsageError("--compare takes SETTING=VALUE, such as reranker=PATH.")
    return {name.lower().removeprefix("footnote_"): value}


def _run(context: click.Context, folder: Path, changed: dict[str, Any]) -> "list[Result]":
    from bot.progress import counted
    from retrieval.evaluation import evaluate, read_questions

    questions = read_questions(folder)
    collection = _collection_of(context, folder, changed)
    collection.warm_up()
    return list(counted(evaluate(collection, questions), len(questions), "questions"))


def _collection_of(context: click.Context, folder: Path, changed: dict[str, Any]) -> "Collection":
    import hashlib
    from importlib.resources import files

    import platformdirs

    from bot.progress import with_progress
    from retrieval.upkeep import ingest, sync

    articles = folder / "articles"
    if not articles.is_dir():
        articles = Path(str(files(SAMPLES)))
    settings = opening.settings(context, **changed)
    key = hashlib.sha256(f"{articles.resolve()} {settings.embedding_model}".encode()).hexdigest()[:16]
    data = platformdirs.user_cache_path("footnote") / "eval" / key
    collection = opening.collection(context, create=True, **{**changed, "data": data})
    list(with_progress(lambda told: ingest(collection, [str(articles)], told=told)))
    list(with_progress(lambda told: sync(collection, told=told)))
    return collection


def _tell(folder: Path, measured: "dict[str, list[Result]]", as_json: bool) -> None:
    from retrieval.evaluation import measures, result_json

    table = {name: measures(results) for name, results in measured.items()}
    if as_json:
        questions = {name: [result_json(result) for result in results] for name, results in measured.items()}
        click.echo(
            json.dumps({"folder": str(folder), "measures": table, "questions": questions}, ensure_ascii=False)
        )
        return
    click.echo(f"{folder!s:28}" + "".join(f"{name[:40]:>14}" for name in table))
    for measure in next(iter(table.values())):
        values = ("—" if column[measure] is None else column[measure] for column in table.values())
        click.echo(f"  {measure:26}" + "".join(f"{value:>14}" for value in values))


def _calibrate(context: click.Context, folders: tuple[Path, ...]) -> int:
    from retrieval.calibration import calibrate_on

    pairs = [(folder, _collection_of(context, folder, {})) for folder in folders]
    for line in calibrate_on(pairs):
        click.echo(line)
    return 0
