"""Settings: each is explained and exists, and what cannot be one is an error that names it."""

import re
from pathlib import Path

import pytest

from bot.settings import PREFIX, Settings, load_settings, settings_shown
from corpus.errors import FootnoteError

EXAMPLE = Path(__file__).parents[1] / ".env.example"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is run: `.env` is read there, and no setting comes from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    return tmp_path


def test_every_setting_is_explained() -> None:
    """`.env.example` names those that exist and no other, each below a comment."""
    example = EXAMPLE.read_text(encoding="utf-8")
    named = re.findall(r"^# (FOOTNOTE_\w+)=", example, re.MULTILINE)
    assert sorted(named) == sorted(PREFIX + name.upper() for name in Settings.model_fields)
    for paragraph in example.split("\n\n"):
        assert re.match(r"# (?!FOOTNOTE_)\w", paragraph), paragraph


def test_the_example_is_usable_as_it_stands(folder: Path) -> None:
    """With every line of it taken in, nothing is refused; values that are empty are the defaults."""
    example = EXAMPLE.read_text(encoding="utf-8")
    (folder / ".env").write_text(re.sub(r"^# (FOOTNOTE_)", r"\1", example, flags=re.MULTILINE))
    settings = load_settings({})
    assert settings.embedding_model == "all-MiniLM-L6-v2"
    assert (settings.reranker, settings.telegram_users, settings.llm_api_key) == ("", frozenset(), None)


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("FOOTNOTE_DTA", "did you mean FOOTNOTE_DATA?"),
        ("footnote_modle", "see .env.example"),
        ("FOOTNOTE_QQ", "see .env.example"),
    ],
)
def test_a_setting_that_does_not_exist_is_an_error(folder: Path, name: str, mend: str) -> None:
    """In the environment as in `.env`: what does nothing is not passed over in silence."""
    with pytest.raises(FootnoteError, match=f"The setting {name} does not exist: {re.escape(mend)}"):
        load_settings({name: "x"})
    (folder / ".env").write_text(f"{name}=x\n")
    with pytest.raises(FootnoteError, match=f"The setting {name} does not exist"):
        load_settings({})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("FOOTNOTE_LLM_TIMEOUT=soon", "FOOTNOTE_LLM_TIMEOUT cannot be used"),
        ("FOOTNOTE_LLM_TIMEOUT=0", "FOOTNOTE_LLM_TIMEOUT cannot be used"),
        ("FOOTNOTE_TELEGRAM_USERS=12,me", "FOOTNOTE_TELEGRAM_USERS cannot be used"),
        ("FOOTNOTE_TELEGRAM_STRANGERS=shout", "FOOTNOTE_TELEGRAM_STRANGERS cannot be used"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_setting(folder: Path, line: str, told: str) -> None:
    """One sentence, whatever was expected."""
    (folder / ".env").write_text(line)
    with pytest.raises(FootnoteError, match=told):
        load_settings({})


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    """`.env` saved in another encoding."""
    (folder / ".env").write_bytes("FOOTNOTE_LLM=ä".encode("utf-16"))
    with pytest.raises(FootnoteError, match=r"\.env cannot be read .*save it as UTF-8"):
        load_settings({})


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """`FOOTNOTE_DATA=` does not mean the folder at hand."""
    monkeypatch.setenv("FOOTNOTE_DATA", "")
    assert load_settings({}).data == Settings.model_fields["data"].default


def test_a_models_folder_is_found_from_everywhere(folder: Path) -> None:
    """A collection remembers its model: a path that depends on where the command was run would be lost."""
    (folder / "model").mkdir()
    assert load_settings({}, embedding_model="model").embedding_model == str((folder / "model").resolve())
    assert load_settings({}, embedding_model="intfloat/e5").embedding_model == "intfloat/e5"


def test_settings_are_shown_in_words(folder: Path) -> None:
    """Secrets stay secret, and what is not set is not shown."""
    (folder / ".env").write_text("FOOTNOTE_TELEGRAM_TOKEN=12:AB\nFOOTNOTE_TELEGRAM_USERS=7, -3\n")
    shown = settings_shown(load_settings({}))
    assert shown["telegram_users"] == "-3, 7"
    assert shown["allow_private_addresses"] == "false"
    assert "AB" not in shown["telegram_token"]
    assert "llm" not in shown and "telegram_groups" not in shown
