"""Every setting, read once at the top from the environment and `.env`; the layers below take plain arguments."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from corpus.errors import FootnoteError

PREFIX = "FOOTNOTE_"


def _numbers(value: object) -> object:
    """Telegram's numbers of users or groups, as "123, -456"."""
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else value


def _lasting(model: str) -> str:
    """A model's name; of one in a folder, the path that leads to it from wherever the next command is run."""
    folder = Path(model).expanduser()
    return str(folder.resolve()) if model and folder.is_dir() else model


Numbers = Annotated[frozenset[int], NoDecode, BeforeValidator(_numbers)]
Model = Annotated[str, AfterValidator(_lasting)]


class Settings(BaseSettings):
    """`.env.example` explains each."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    data: Path = platformdirs.user_data_path("footnote")
    embedding_model: Model = ""
    reranker: str = ""
    chroma_url: str = ""
    allow_private_addresses: bool = False
    llm: str = ""
    llm_url: str = ""
    llm_api_key: SecretStr | None = None
    llm_timeout: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_users: Numbers = frozenset()
    telegram_groups: Numbers = frozenset()
    telegram_administrators: Numbers = frozenset()
    telegram_strangers: Literal["refuse", "ignore"] = "refuse"
    telegram_questions_per_minute: float = Field(default=10.0, ge=1, allow_inf_nan=False)
    telegram_retention_days: float = Field(default=90.0, ge=0, allow_inf_nan=False)
    telegram_webhook_secret: SecretStr | None = None


def load_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """The settings; what is `given` on the command line wins. FootnoteError: one does not exist or cannot be read."""
    named = (PREFIX + name.upper() for name in given)
    for name in sorted({*environment, *_names_in_file(), *named}):
        if name.upper().startswith(PREFIX) and name.upper() not in _names():
            raise FootnoteError(_unknown(name))
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise FootnoteError(f"{name} cannot be used ({first['msg'].lower()}): see .env.example.") from error


def _names_in_file() -> Iterable[str]:
    from dotenv import dotenv_values

    try:
        return dotenv_values(".env")
    except (OSError, UnicodeDecodeError) as error:
        raise FootnoteError(
            f"{Path('.env').absolute()} cannot be read ({error}): save it as UTF-8 text, or remove it."
        ) from error


def _names() -> set[str]:
    return {PREFIX + name.upper() for name in Settings.model_fields}


def _unknown(name: str) -> str:
    known = [known.removeprefix(PREFIX) for known in _names()]
    near = get_close_matches(name.upper().removeprefix(PREFIX), known, 1)
    mend = f"did you mean {PREFIX}{near[0]}?" if near else "see .env.example for those that do."
    return f"The setting {name} does not exist: {mend}"


def settings_shown(settings: Settings) -> dict[str, str]:
    """What is set, in words; secrets stay secret."""
    return {name: _in_words(value) for name, value in settings.model_dump().items() if value or value == 0}


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, frozenset):
        return ", ".join(map(str, sorted(value)))
    return f"{value:g}" if isinstance(value, float) else str(value)
