"""What the bot itself says, in the languages of its catalogues: `bot/texts/<language>.toml`, one key a text."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = {"en": "English", "ru": "Русский", "de": "Deutsch", "es": "Español"}
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Texts:
    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text `key`, `values` in the place of its {placeholders}."""
        return catalogue(self.language)[key].format(**values)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every text of a language by its key, such as "answer.late"."""
    source = files("bot.texts").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{name}": text.strip("\n")
        for section, texts in tomllib.loads(source).items()
        for name, text in texts.items()
    }


def texts_for(language_code: str | None) -> Texts:
    """In the language of an IETF tag such as "de-AT", in English where there is no catalogue for it."""
    language = (language_code or "").partition("-")[0].lower()
    return Texts(language if language in LANGUAGES else DEFAULT)
