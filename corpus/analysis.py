"""Text in, index tokens out: how words are made comparable, language by language.

A question and the passages it looks for must be analysed the same way; a change here is a change of ANALYSIS,
by which a lexical index knows that it was built by other rules. Stemming is Snowball's; writing without
spaces is cut into overlapping pairs of characters (McNamee and Mayfield, Character N-Gram Tokenization for
European Language Text Retrieval, 2004, and the usual practice for Chinese and Japanese since).
"""

import threading
import unicodedata

import regex
import Stemmer

ANALYSIS = 1

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
MAX_TOKEN = 64  # characters; longer runs are addresses, keys and noise

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    rf"(?P<unspaced>[[{_UNSPACED}ー]--[\p{{P}}]]+[\p{{M}}]*)"
    r"|(?P<number>\d{1,3}(?:[.,٬]\d{3})+(?!\d)|\p{N}+)"
    rf"|(?P<word>[[\p{{L}}\p{{M}}\u200c]--[{_UNSPACED}]]+)(?:['’]\p{{L}}\b)?",
    regex.VERSION1,
)
_MARKS = regex.compile(
    r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+"
)  # in Indic writing marks are vowels: kept
_SEPARATORS = str.maketrans("", "", ".,٬")
_DIGITS = {**{0x660 + n: str(n) for n in range(10)}, **{0x6F0 + n: str(n) for n in range(10)}}
_ARABIC = str.maketrans("أإآٱىةيك", "اااايهيك") | dict.fromkeys([*range(0x64B, 0x653), 0x640, 0x670])

_stemmers = threading.local()


def tokens(text: str, language: str) -> list[str]:
    """The index tokens of `text` in order, repetitions kept; [] where it holds no letter and no digit.

    `language` is an ISO 639-1 code; one without a stemmer keeps its words whole.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_DIGITS)
    found: list[str] = []
    words: list[str] = []
    for match in _WORD.finditer(text):
        if match["word"]:
            words.append(match["word"])
            found.append("")  # its stem is filled in below, all in one call
        elif match["number"]:
            found.append(match["number"].translate(_SEPARATORS)[:MAX_TOKEN])
        else:
            found.extend(_pairs(match["unspaced"]))
    stems = iter(_stems(words, language))
    return [token for token in (token or next(stems) for token in found) if token]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _stems(words: list[str], language: str) -> list[str]:
    if language in ("ar", "fa", "ur"):
        words = [word.translate(_ARABIC) for word in words]
    stemmer = _stemmer(language)
    stems = stemmer.stemWords(words) if stemmer else words
    return [_plain(stem)[:MAX_TOKEN] for stem in stems]


def _plain(word: str) -> str:
    """Without accents, so that a question typed without them finds the word."""
    return word if word.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", word))


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """One a thread: a PyStemmer object may not be shared."""
    if language not in STEMMERS:
        return None
    if not hasattr(_stemmers, language):
        setattr(_stemmers, language, Stemmer.Stemmer(STEMMERS[language]))
    return getattr(_stemmers, language)
