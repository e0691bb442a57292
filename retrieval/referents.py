"""Whom a pronoun that opens a sentence means, said in the passage's own words: "He [Kim Jong Un] accepted."

Only what is plain is said: the subject that opens a sentence before it (centering: Grosz, Joshi and Weinstein, 1995),
or the only name there. Where that leaves a doubt the sentence stays as it is; a wrong name would be worse than none.
"""

import re
from collections.abc import Sequence

import regex

from corpus.language import stop_words
from retrieval.wording import Wording, wording

LOOK_BACK = 3  # sentences

_NAME = regex.compile(
    r"\p{Lu}[\p{L}\p{M}’'.-]*(?:\s+(?:(?:von|van|de|da|di|del|der|den|bin|ibn|al|la|le)\s+)*\p{Lu}[\p{L}\p{M}’'.-]*)*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_ADJECTIVE = re.compile(r"(an|ese|ish|ch)$")  # of a country, before a noun: "the North Korean leader"
_NO_PERSON = re.compile(
    r"\b(University|Committee|Company|Council|War|Party|City|Church|Court|Empire|Republic|States?|Union|Army|Ministry"
    r"|Department|Agency|Association|Institute|Kingdom|River|Island|Street|Act|Treaty|League|Group|Corporation|College"
    r"|School|Museum|Network|Band|Team|Festival|Battle|House|Times|News|Bank|Center|Centre|Park|County|Bay|Sea|Ocean"
    r"|January|February|March|April|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)


def leans(sentence: str, language: str) -> bool:
    """Whether a sentence opens with a word that points to the one before it."""
    words = wording(language)
    return bool(words and words.leaning.match(sentence))


def with_referent(sentence: str, before: Sequence[str], title: str, language: str) -> str:
    """`sentence` with what its opening pronoun means in brackets, where `before`, the sentences that precede it in
    their order, say so; else as it is. `title` is the article's.
    """
    words = wording(language)
    if words is None or not before:
        return sentence
    person, thing = words.person_pronouns.match(sentence), words.thing_pronouns.match(sentence)
    if person:
        return _inserted(sentence, person.end(), _person(before, words, language))
    if thing:
        return _inserted(sentence, thing.end(), _thing(before[-1], title))
    return sentence


def _inserted(sentence: str, place: int, referent: str) -> str:
    if not referent or referent in sentence:
        return sentence
    return f"{sentence[:place]} [{referent}]{sentence[place:]}"


def _person(before: Sequence[str], words: Wording, language: str) -> str:
    for sentence in list(reversed(before))[:LOOK_BACK]:
        names = _names(sentence, language)
        if names and sentence.startswith(names[0]):
            return names[0]
        if not words.person_pronouns.match(sentence):
            return names[0] if language == "en" and len(names) == 1 and " " in names[0] else ""
    return ""


def _names(sentence: str, language: str) -> list[str]:
    """Names that may be persons', each once. A single word that opens the sentence must stand there again."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(sentence):
        name, start = match.group().rstrip(".,"), match.start()
        first, _, rest = name.partition(" ")
        if start == 0 and first.casefold() in stop_words(language):
            name, start = rest, len(first) + 1
        adjective = _ADJECTIVE.search(name) and sentence[match.end() : match.end() + 2].strip().islower()
        if not name or name.isupper() or adjective or _POSSESSIVE.search(name) or _NO_PERSON.search(name):
            continue
        if " " in name or start > 0 or sentence.count(name) > 1:
            found[name] = None
    return list(found)


def _thing(sentence: str, title: str) -> str:
    """The article's subject, where the sentence opens with it."""
    match = (
        re.match(rf"(?:(?:the|a|an)\s+)?({re.escape(title)})\b", sentence, re.IGNORECASE) if title else None
    )
    return match.group(1) if match else ""
