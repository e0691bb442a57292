"""`footnote prove`: is a sentence supported by the collection, or by one text, and which sentences say so?"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, LoadedArticle, content_hash
from corpus.errors import FootnoteError
from retrieval.answer import Answer, Hit
from retrieval.answer_check import Cited, unsupported, without_unsupported
from retrieval.citing import SHORT, prove_from, prove_from_any, text_hits
from retrieval.collection import Collection, open_collection

BRIDGE = """The Aldermoor bridge

It was opened on 15 September 1931 by Queen Ingrid of Norland. It is 1,240 metres long. The toll was abolished \
in 1960. The engineer Paul Hartmann designed the towers. "We built it, and we built it well," Hartmann said.
"""
FERRY = """The Saint Olga

The last ferry of the Aldermoor strait, the Saint Olga, sailed on 3 May 1940 with 212 passengers.
"""


def hits_of(text: str, key: int = 1) -> list[Hit]:
    title = text.splitlines()[0]
    body = text.index("\n\n") + 2
    article = Article(f"{key}.txt", f"/{key}.txt", title, "en", content_hash(text), len(text), key=key)
    return text_hits(LoadedArticle(article, text, body))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    articles, data = tmp_path_factory.mktemp("articles"), tmp_path_factory.mktemp("data")
    (articles / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (articles / "ferry.txt").write_text(FERRY, encoding="utf-8")
    with open_collection(data, create=True) as collection:
        list(collection.ingest([articles]))
    return data


@pytest.fixture(scope="module")
def collection(folder: Path) -> Iterator[Collection]:
    with open_collection(folder) as opened:
        yield opened


def test_the_fewest_sentences_are_cited() -> None:
    """One sentence where one says it all, both where it takes two, and they are the article's to the letter."""
    one = prove_from("The Aldermoor bridge is 1,240 metres long.", hits_of(BRIDGE))
    assert [quote.text for quote in one.quotes] == ["It is 1,240 metres long."]
    both = prove_from(
        "It is 1,240 metres long and its towers were designed by Paul Hartmann.", hits_of(BRIDGE)
    )
    assert both.proved
    assert [quote.text for quote in both.quotes] == [
        "It is 1,240 metres long.",
        "The engineer Paul Hartmann designed the towers.",
    ]
    assert all(BRIDGE[quote.start : quote.end] == quote.text for quote in (*one.quotes, *both.quotes))


def test_passages_of_two_articles_prove_together() -> None:
    """Each gives its part."""
    proof = prove_from(
        "The bridge was opened in 1931, and the Saint Olga sailed last in 1940.",
        [*hits_of(BRIDGE), *hits_of(FERRY, 2)],
    )
    assert proof.proved
    assert {quote.hit.article.title for quote in proof.quotes} == {"The Aldermoor bridge", "The Saint Olga"}


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        ("Hartmann said “We built it, and we built it well”.", "proved"),
        ("Hartmann said “We built it and we built it well”.", "not found"),
        ("Hartmann said “we built it, and we built it well”.", "not found"),
    ],
)
def test_quotations_are_to_the_letter(sentence: str, outcome: str) -> None:
    """A comma left out, or a capital, is no quotation."""
    assert prove_from(sentence, hits_of(BRIDGE)).outcome == outcome


def test_the_passage_that_contradicts_is_shown() -> None:
    """Where none of several proves, the one that says otherwise is the reason."""
    proof = prove_from_any(
        "The bridge was opened on 13 September 1931.", [*hits_of(FERRY, 2), *hits_of(BRIDGE)]
    )
    assert proof.outcome == "contradicted"
    assert proof.reason == "the article says 15 September, not 13"
    assert [quote.text for quote in proof.quotes] == [
        "It was opened on 15 September 1931 by Queen Ingrid of Norland."
    ]


def test_a_long_text_is_tried_in_passages() -> None:
    """What a short text is tried as a whole for, a long one is searched for."""
    text = "A chronicle\n\n" + "Nothing of note happened in that year.\n\n" * (SHORT // 30) + BRIDGE
    hits = hits_of(text)
    assert len(hits) > 1
    proof = prove_from_any("The toll was abolished in 1960.", hits)
    assert proof.proved
    assert [text[quote.start : quote.end] for quote in proof.quotes] == ["The toll was abolished in 1960."]


@given(
    st.lists(
        st.sampled_from(
            ["It rained.", "Kim met Putin.", "3 came", "Он пришёл.", "他来了。", "“No.”", "\n\n", " "]
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_quotes_are_the_articles_text(parts: list[str]) -> None:
    """Whatever the text, a proof quotes it to the letter."""
    text = "A title\n\n" + " ".join(parts)
    hits = hits_of(text)
    for sentence in ("Kim met Putin.", "It rained, and Kim met Putin.", "他来了。"):
        proof = prove_from_any(sentence, hits)
        assert all(text[quote.start : quote.end] == quote.text for quote in proof.quotes)
        assert proof.proved <= bool(proof.quotes)


def test_the_collection_proves_and_contradicts(collection: Collection) -> None:
    """A sentence is looked for, then proved from what was found."""
    assert collection.prove("The Saint Olga sailed with 212 passengers on 3 May 1940.").proved
    wrong = collection.prove("The Saint Olga sailed with 121 passengers on 3 May 1940.")
    assert wrong.outcome == "contradicted"
    assert "not 121" in wrong.reason
    assert "212 passengers" in wrong.quotes[0].text
    assert collection.prove("The parliament of Ruritania approved a budget.").outcome == "not found"
    with pytest.raises(FootnoteError, match="no sentence to prove"):
        collection.prove("  ")


def test_a_sentence_without_support_does_not_go_out(collection: Collection) -> None:
    """Whoever wrote an answer, what its citations do not prove is taken out, and the citation with it."""
    answer = collection.ask("When did the last ferry sail?")
    assert answer.citations
    cited = {citation.n: Cited.by(citation) for citation in answer.citations}
    assert unsupported(answer.text, cited) == []
    assert without_unsupported(answer) is answer
    tampered = Answer(
        answer.question,
        answer.question,
        True,
        f"{answer.text} It sank a week later with all its passengers. [1]",
        answer.citations,
        answer.hits,
    )
    assert without_unsupported(tampered).text == answer.text


def test_the_command_says_proved_or_not(folder: Path, run: Run) -> None:
    """Exit code 0 proved, 3 not, with the reason and the passage."""
    proved = run("--data", folder, "prove", "The Saint Olga sailed on 3 May 1940.")
    assert proved.returncode == 0, proved.stderr
    assert proved.stdout.startswith(
        "proved: the article says so\n    The Saint Olga · ferry.txt\n    “The last ferry"
    )
    wrong = run("--data", folder, "prove", "--json", "The Saint Olga sailed on 4 May 1940.")
    assert wrong.returncode == 3
    verdict = json.loads(wrong.stdout)
    assert (verdict["outcome"], verdict["proved"]) == ("contradicted", False)
    assert verdict["reason"] == "the article says 3 May, not 4"
    citation = verdict["citations"][0]
    assert FERRY[citation["start"] : citation["end"]] == citation["quote"]


def test_one_text_is_enough(run: Run, tmp_path: Path) -> None:
    """`--against` needs no collection."""
    (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    assert run("prove", "--against", "bridge.txt", "The bridge is 1,240 metres long.").returncode == 0
    wrong = run("prove", "--against", "bridge.txt", "The toll was abolished in 1906.")
    assert wrong.returncode == 3
    assert wrong.stdout.startswith("contradicted: the article says 1960, not 1906\n")
    missing = run("prove", "--against", "nothing.txt", "The toll was abolished in 1906.")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "nothing.txt" in missing.stderr


def test_a_batch_is_judged_by_sentence_and_evidence_alone(run: Run) -> None:
    """What else a line holds changes nothing; a line that cannot be judged is told, and the others are judged."""
    lines = [
        {
            "id": "a",
            "sentence": "The toll was abolished in 1960.",
            "evidence": BRIDGE,
            "label": False,
            "how": "?",
        },
        {"id": "b", "sentence": "The toll was abolished in 1906.", "evidence": BRIDGE, "label": True},
        {"id": "c", "sentence": "No evidence."},
    ]
    done = run("prove", "--batch", "-", "--json", stdin="\n".join(json.dumps(line) for line in lines))
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(verdict["id"], verdict["proved"]) for verdict in verdicts] == [("a", True), ("b", False)]
    assert all(set(verdict) == {"id", "proved", "reason"} for verdict in verdicts)
    assert done.returncode == 1
    assert "line 3" in done.stderr
