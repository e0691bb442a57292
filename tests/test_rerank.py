"""A reranker by its path: a real CrossEncoder, tiny and untrained, made for the test."""

from pathlib import Path

import pytest
from conftest import ROOT, Run

from retrieval.collection import open_collection


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing can be downloaded here, so its weights are random: what it says is arbitrary, that it is asked is not."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("reranker")
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789?.,-"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_a_reranker_scores_the_top_candidates(samples: Path, cross_encoder: Path) -> None:
    """It is off by default; by its path it changes the scores, and what it hands on is still the articles' text."""
    question = "Which ship blocked the canal?"
    with open_collection(samples) as plain, open_collection(samples, reranker=str(cross_encoder)) as reranked:
        before, after = plain.search(question).hits, reranked.search(question).hits
        assert [hit.score for hit in before] != [hit.score for hit in after]
        for hit in after:
            passage = hit.passage
            assert reranked.catalogue.text(passage.article, passage.start, passage.end) == passage.text


def test_a_reranker_that_is_not_there_is_told(run: Run, samples: Path) -> None:
    """One sentence that names it, and no traceback."""
    missing = str(ROOT / "no-such-reranker")
    done = run(
        "--data", samples, "search", "canal", env={"FOOTNOTE_RERANKER": missing, "HF_HUB_OFFLINE": "1"}
    )
    assert done.returncode == 1
    assert f"The reranker {missing} cannot be loaded" in done.stderr and "Traceback" not in done.stderr
