"""The page that `footnote eval --html` writes: figures, plots and every question that went wrong, in one file."""

from collections.abc import Mapping, Sequence
from html import escape

from retrieval.evaluation import Result, failed, measures

COLOURS = ("#2563eb", "#d97706")
WIDTH, HEIGHT = 420, 180
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; text-align: left; border-bottom: 1px solid #e5e7eb }
td.number { text-align: right; font-variant-numeric: tabular-nums }
figure { display: inline-block; margin: 1rem 1rem 0 0 }
details { margin: .5rem 0 } blockquote { margin: .3rem 0 .3rem 1rem; color: #4b5563 } svg text { font-size: 11px }
"""


def evaluation_page(found: Mapping[str, Mapping[str, Sequence[Result]]]) -> str:
    """One self-contained HTML page: for each folder, the results by the name of the setting that they were got with.

    Whatever articles and questions hold is shown as text.
    """
    title = escape(", ".join(found))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = "".join(_section(folder, measured) for folder, measured in found.items())
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"


def _section(folder: str, measured: Mapping[str, Sequence[Result]]) -> str:
    return "".join(
        (
            f"<h1>{escape(folder)}</h1>",
            _table({name: measures(results) for name, results in measured.items()}),
            _figure("recall@k", {name: _recall_curve(results) for name, results in measured.items()}, "k"),
            _figure(
                "share answered within, ms", {name: _latency_curve(r) for name, r in measured.items()}, "ms"
            ),
            *(_failures(name, results) for name, results in measured.items()),
        )
    )


def _table(columns: Mapping[str, Mapping[str, float | int | None]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *columns))
    rows = "".join(
        f"<tr><td>{escape(measure)}</td>"
        + "".join(
            f"<td class=number>{'—' if c[measure] is None else c[measure]}</td>" for c in columns.values()
        )
        + "</tr>"
        for measure in next(iter(columns.values()))
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


Curve = list[tuple[float, float]]  # x, and y from 0 to 1


def _recall_curve(results: Sequence[Result]) -> Curve:
    ranks = [result.rank for result in results if result.asked.gold]
    found = [sum(rank is not None and rank <= k for rank in ranks) for k in range(1, 11)]
    return [(k, count / max(1, len(ranks))) for k, count in enumerate(found, start=1)]


def _latency_curve(results: Sequence[Result]) -> Curve:
    ordered = sorted(1000 * result.seconds for result in results)
    return [(milliseconds, (i + 1) / len(ordered)) for i, milliseconds in enumerate(ordered)]


def _figure(caption: str, curves: Mapping[str, Curve], unit: str) -> str:
    most = max((x for curve in curves.values() for x, _ in curve), default=1.0)
    lines = []
    for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False):
        points = " ".join(
            f"{40 + x / most * (WIDTH - 60):.1f},{HEIGHT - 20 - y * (HEIGHT - 40):.1f}" for x, y in curve
        )
        title = f"<title>{escape(name)}</title>"
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2">{title}</polyline>'
        )
    axes = (
        f'<path d="M40 15V{HEIGHT - 20}H{WIDTH - 15}" fill="none" stroke="#9ca3af"/>'
        f'<text x="8" y="24">100 %</text><text x="20" y="{HEIGHT - 20}">0</text>'
        f'<text x="{WIDTH - 70}" y="{HEIGHT - 5}">{most:.0f} {escape(unit)}</text>'
    )
    svg = f'<svg width="{WIDTH}" height="{HEIGHT}" role="img">{axes}{"".join(lines)}</svg>'
    return f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>"


def _failures(name: str, results: Sequence[Result]) -> str:
    wrong = [(failed(result), result) for result in results if failed(result)]
    told = "".join(_failure(reason, result) for reason, result in sorted(wrong, key=lambda pair: pair[0]))
    return f"<h2>{escape(name)}: {len(wrong)} of {len(results)} went wrong</h2>{told}"


def _failure(reason: str, result: Result) -> str:
    wanted = "".join(
        f"<li>{escape(gold.article)} {gold.start}–{gold.end}: {escape(gold.text or '')}</li>"
        for gold in result.asked.gold
    )
    found = "".join(
        f"<li>{escape(hit.article.name)} ({hit.score:.2f})"
        f"<blockquote>{escape(hit.passage.text[:300])}</blockquote></li>"
        for hit in result.answer.hits[:3]
    )
    return (
        f"<details><summary>{escape(reason)}: {escape(result.asked.question)}</summary>"
        f"<p>Answered: {escape(result.answer.text)}</p><p>Wanted:</p><ul>{wanted or '<li>nothing</li>'}</ul>"
        f"<p>Found:</p><ol>{found}</ol></details>"
    )
