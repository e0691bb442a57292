"""Which language a text is in: an identifier tells an article's, script and stop words a question's."""

import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection
from functools import lru_cache
from itertools import chain
from typing import Any

import regex
from stopwordsiso import stopwords

UNKNOWN = "und"
SAMPLE = 2000  # characters of an article that decide

# What people write articles in. The identifier knows 140 languages; without a list, tables of names become
# Luxembourgish.
LANGUAGES = frozenset(
    [
        "af", "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga",
        "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ko", "lt", "lv", "mr", "ms", "nl", "no",
        "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "ta", "th", "tr", "uk", "ur", "vi", "zh",
    ]
)  # fmt: skip
_SCRIPTS = {
    "han": r"\p{Han}", "kana": r"[\p{Hiragana}\p{Katakana}]", "hangul": r"\p{Hangul}", "thai": r"\p{Thai}",
    "cyrillic": r"\p{Cyrillic}", "arabic": r"\p{Arabic}", "hebrew": r"\p{Hebrew}", "greek": r"\p{Greek}",
    "devanagari": r"\p{Devanagari}", "armenian": r"\p{Armenian}", "bengali": r"\p{Bengali}",
    "gujarati": r"\p{Gujarati}", "tamil": r"\p{Tamil}", "latin": r"\p{Latin}",
}  # fmt: skip
_SCRIPT = regex.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SCRIPTS.items()))
_WRITTEN_IN = {  # the commonest language of a script first
    "han": ("zh", "ja"), "kana": ("ja",), "hangul": ("ko",), "thai": ("th",), "hebrew": ("he",),
    "greek": ("el",),
    "cyrillic": ("ru", "uk", "bg", "sr"), "arabic": ("ar", "fa", "ur"), "devanagari": ("hi", "mr"),
    "armenian": ("hy",), "bengali": ("bn",), "gujarati": ("gu",), "tamil": ("ta",),
}  # fmt: skip
_NOT_LATIN = frozenset(chain.from_iterable(_WRITTEN_IN.values()))
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")
_lock = threading.Lock()


def detect_language(text: str) -> str:
    """ISO 639-1 code of an article's language, "und" where it holds no letters. Loads a model once, 0.7 s."""
    sample = text[:SAMPLE]
    if not _WORD.search(sample):
        return UNKNOWN
    with _lock:
        language, _ = _identifier().classify(sample)
    return str(language)


def question_language(question: str, languages: Collection[str]) -> str:
    """The language of a question among those of the collection, without loading anything.

    Its script rules languages out, stop words decide among the rest; where neither says anything, the first
    of `languages` that the script allows (name the commonest first). A question in a script that the
    collection does not know gets the commonest language of that script; "und" where it holds no letters.
    """
    script = _script(question)
    if script is None:
        return UNKNOWN
    possible = [language for language in languages if script in _scripts_of(language)]
    if not possible:
        return _WRITTEN_IN.get(script, ("en",))[0]
    if len(possible) == 1:
        return possible[0]
    known = {language: stop_words(language) for language in possible}
    counts: dict[str, float] = defaultdict(float)
    for word in _WORD.findall(unicodedata.normalize("NFKC", question).casefold()):
        readers = [language for language in possible if word in known[language]]
        for language in readers:
            counts[language] += 1 / len(readers)
    return max(possible, key=lambda language: counts[language])


@lru_cache
def stop_words(language: str) -> frozenset[str]:
    """The function words of a language, casefolded; empty for one without a list."""
    return frozenset(word.casefold() for word in stopwords(language))


def _script(text: str) -> str | None:
    """The script of most letters; any kana makes a text Japanese, and Latin letters count for a third of
    others.

    Latin names stand in every script, and a Chinese character is most of a word.
    """
    counts = Counter(match.lastgroup for match in _SCRIPT.finditer(text[:SAMPLE]))
    if counts["kana"]:
        return "kana"
    counts["latin"] //= 3
    return counts.most_common(1)[0][0] if counts.total() else ("latin" if "latin" in counts else None)


def _scripts_of(language: str) -> set[str]:
    scripts = {script for script, languages in _WRITTEN_IN.items() if language in languages}
    if language not in _NOT_LATIN or language == "sr":
        scripts.add("latin")
    return scripts


@lru_cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
