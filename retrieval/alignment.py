"""Where in a text stands what a sentence says: words matched by their surroundings, in order.

The surroundings of a stretch of the sentence are the words before and after it, nearer ones counting more. Its
fit at a place of the text is the share of their weight found there at about the same distance, 0 to 1. A
sentence taken from the text fits by 1; when a name has been exchanged, its surroundings fit better where the
right name stands, and when two have changed places, both do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, groupby

import numpy as np

from corpus.sentences import Span, sentence_spans
from retrieval.facts import NEGATION, Word, with_names, words
from retrieval.polarity import agent_markers, denials, pronouns

REACH = 8  # words to each side that count as surroundings
FADING = 0.8  # what each step away from the stretch leaves of a word's weight
SLIP = 0.85  # what each word of difference in distance leaves of a match
WRONG_SIDE = 0.5  # what is left of a match that stands on the other side
WEIGHTS = {
    "function": 0.35,
    "negation": 0.35,
    "unit": 0.7,
    "word": 1.0,
    "name": 1.2,
    "month": 1.2,
    "number": 1.2,
}
CONTENT = ("word", "name", "month", "number", "unit")

PRONOUN = 0.8  # what a fit counts where the text has a pronoun instead of the name
CROSSED_FIT = 0.5  # of two words that have changed places, each in the place of the other
CROSSED_LEAD = 0.1
GLOSS = 40  # words that brackets after a name may hold

_FAR = 255
_MATCH = np.array(  # by the distance in the sentence, by the difference from it in the text
    [
        [SLIP**slip * (WRONG_SIDE if slip >= step else 1.0) if slip < 6 else 0.0 for slip in range(_FAR + 1)]
        for step in range(REACH + 1)
    ]
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A text prepared to be compared with sentences. `positions`: form to word numbers, ascending."""

    text: str
    language: str
    words: Sequence[Word]
    sentences: Sequence[Span]
    squeezed: Sequence[str]  # each sentence without white space
    sentence_of: Sequence[int]  # for each word
    positions: dict[str, list[int]]
    lower: frozenset[str]  # forms it has in lower case
    names: frozenset[str]
    runs: Sequence[Span]  # stretches of words that are one name, number or month
    _distances: dict[str, np.ndarray] = field(default_factory=dict)

    def distances(self, form: str) -> np.ndarray:
        """int array (words + 2 * REACH + 2,): from each word, shifted by REACH + 1, to the nearest `form`."""
        if form not in self._distances:
            padded = np.full(len(self.words) + 2 * REACH + 2, _FAR, dtype=np.uint8)
            if places := self.positions.get(form):
                at, here = np.array(places), np.arange(len(self.words))
                after = np.searchsorted(at, here)
                nearest = np.minimum(
                    np.abs(here - at[np.minimum(after, len(at) - 1)]),
                    np.abs(here - at[np.maximum(after - 1, 0)]),
                )
                padded[REACH + 1 : REACH + 1 + len(here)] = np.minimum(nearest, _FAR)
            self._distances[form] = padded
        return self._distances[form]

    def quote(self, start: int, end: int) -> str:
        """The text of the words from `start` to `end`."""
        return self.text[self.words[start].start : self.words[end - 1].end]


@lru_cache(maxsize=64)
def ground(text: str, language: str) -> Ground:
    """`text` prepared; the last few are kept, for the sentences of one answer come one after another."""
    plain = words(text, language)
    lower = frozenset(word.form for word in plain if word.kind == "word" and not word.capital)
    first = with_names(plain, lower, (), language)
    names = frozenset(word.form for word in first if word.kind == "name" and not word.opening)
    found = with_names(plain, lower, names, language)
    spans = list(sentence_spans(text, language))
    positions: dict[str, list[int]] = {}
    for i, word in enumerate(found):
        positions.setdefault(word.form, []).append(i)
    starts = np.array([start for start, _ in spans] or [0])
    of = np.maximum(np.searchsorted(starts, [word.start for word in found], side="right") - 1, 0).tolist()
    squeezed = ["".join(text[start:end].split()) for start, end in spans]
    return Ground(
        text, language, found, spans, squeezed, of, positions, lower, names, list(runs(found, text))
    )


def runs(
    found: Sequence[Word], text: str, kinds: tuple[str, ...] = ("name", "number", "month")
) -> Iterable[Span]:
    """Stretches of words that are one fact: a name of several words, or a single number or month."""
    start = 0
    while start < len(found):
        end = start + 1
        if found[start].kind in kinds:
            while (
                found[start].kind == "name"
                and end < len(found)
                and _continues(found[end - 1], found[end], text)
            ):
                end += 1
            yield start, end
        start = end


def _continues(word: Word, following: Word, text: str) -> bool:
    return following.kind == "name" and text[word.end : following.start] in ("", " ", "-", ". ")


def context(sentence: Sequence[Word], start: int, end: int, place: Ground) -> tuple[np.ndarray, np.ndarray]:
    """How well the words before `start` and after `end` stand before and after each place of the text.

    Two float arrays (words of the text + 1,); a stretch of the text from p to q fits by before[p] + after[q].
    """
    size = len(place.words) + 1
    before, after, total = np.zeros(size), np.zeros(size), 1e-9
    for step in range(1, REACH + 1):
        fading = FADING ** (step - 1)
        for index, side, shift in (
            (start - step, before, REACH + 1 - step),
            (end + step - 1, after, REACH + step),
        ):
            if 0 <= index < len(sentence):
                weight = fading * WEIGHTS[sentence[index].kind]
                distance = place.distances(sentence[index].form)[shift : shift + size]
                side += weight * _MATCH[step][distance]
                total += weight
    return before / total, after / total


def occurrences(forms: Sequence[str], place: Ground) -> list[Span]:
    """Where the forms stand one after another; where they never do, where any of them stands."""
    whole = [
        (at, at + len(forms))
        for at in place.positions.get(forms[0], ())
        if [word.form for word in place.words[at : at + len(forms)]] == list(forms)
    ]
    return whole or [(at, at + 1) for form in forms for at in place.positions.get(form, ())]


def best_fit(before: np.ndarray, after: np.ndarray, spans: Iterable[Span]) -> tuple[float, Span]:
    """The best of some stretches of the text, and its fit; (0.0, (0, 0)) for none."""
    return max(((float(before[p] + after[q]), (p, q)) for p, q in spans), default=(0.0, (0, 0)))


def pronoun_places(place: Ground, names: Sequence[str]) -> list[Span]:
    """Pronouns after the first mention of one of `names`, which they may stand for."""
    first = min(
        (place.positions[form][0] for form in names if form in place.positions), default=len(place.words)
    )
    known = pronouns(place.language)
    return [(i, i + 1) for i in range(first, len(place.words)) if place.words[i].form in known]


def others_of_kind(sentence: Sequence[Word], start: int, end: int, place: Ground) -> list[Span]:
    """Stretches of the text of the same kind as the words from `start` to `end` that share none of them."""
    kind, own = sentence[start].kind, {word.form for word in sentence[start:end]}
    return [
        rest for run in place.runs if place.words[run[0]].kind == kind for rest in _without(own, run, place)
    ]


def others_beside(sentence: Sequence[Word], start: int, end: int, place: Ground) -> list[Span]:
    """What names of the text have beside the words that they share with this name."""
    own = {word.form for word in sentence[start:end]}
    mates = [run for run in place.runs if own & {word.form for word in place.words[slice(*run)]}]
    return [rest for run in mates for rest in _without(own, run, place)]


def _without(own: set[str], run: Span, place: Ground) -> Iterator[Span]:
    for other, group in groupby(range(*run), key=lambda at: place.words[at].form not in own):
        if other:
            places = list(group)
            yield places[0], places[-1] + 1


def rival(
    sentence: Sequence[Word],
    start: int,
    end: int,
    others: Iterable[Span],
    place: Ground,
    least: float,
    lead: float,
) -> Span | None:
    """That of `others` which has, in the text, the surroundings of the words from `start` to `end`: it fits by
    `least` or more, and by `lead` more than the words do where the text has them. None where it lacks them.
    """
    forms = [word.form for word in sentence[start:end]]
    if not (own_places := occurrences(forms, place)):
        return None
    before, after = context(sentence, start, end, place)
    own, _ = best_fit(before, after, own_places)
    if sentence[start].kind == "name":
        own = max(own, PRONOUN * best_fit(before, after, pronoun_places(place, forms))[0])
    others = [other for other in others if not any(_is_gloss(place, name, other) for name in own_places)]
    fit, best = best_fit(before, after, others)
    return best if fit >= least and fit - own > lead else None


def _is_gloss(place: Ground, name: Span, other: Span) -> bool:
    """`other` stands in brackets after the name: "French Polynesia (Polynésie française)"."""
    if not 0 <= other[0] - name[1] <= GLOSS or place.sentence_of[name[0]] != place.sentence_of[other[0]]:
        return False
    between = place.text[place.words[name[1] - 1].end : place.words[other[0]].start]
    return between.lstrip()[:1] in ("(", "（")


def exchanged_pair(sentence: Sequence[Word], place: Ground) -> tuple[int, int] | None:
    """Two words of the sentence that stand in the text each in the other's surroundings; None for most.

    Where one of them is the agent of a passive, the order of the words says nothing.
    """
    loose = [
        i for i, word in enumerate(sentence) if word.kind in CONTENT and not _anchored(sentence, i, place)
    ]
    loose = [
        i for i in loose if sentence[i].form in place.positions and not _is_agent(sentence, i, place.language)
    ]
    fits: dict[tuple[int, int], float] = {}
    for i in loose:
        before, after = context(sentence, i, i + 1, place)
        for j in loose:
            places = [(at, at + 1) for at in place.positions[sentence[j].form]]
            fits[i, j] = best_fit(before, after, places)[0]
    for i, j in combinations(loose, 2):
        apart = any(word.kind in CONTENT for word in sentence[i + 1 : j])  # "save and close" has no order
        if apart and sentence[i].kind == sentence[j].kind and sentence[i].form != sentence[j].form:
            crossed, straight = min(fits[i, j], fits[j, i]), max(fits[i, i], fits[j, j])
            if crossed >= CROSSED_FIT and crossed - straight > CROSSED_LEAD:
                return i, j
    return None


def _anchored(sentence: Sequence[Word], at: int, place: Ground) -> bool:
    """The three words before and the three after stand in the text around the word as well."""
    steps = [step for step in (-3, -2, -1, 1, 2, 3) if 0 <= at + step < len(sentence)]
    neighbours = [(step, sentence[at + step].form) for step in steps]
    for found in place.positions.get(sentence[at].form, ()):
        if all(
            0 <= found + step < len(place.words) and place.words[found + step].form == form
            for step, form in neighbours
        ):
            return True
    return False


def _is_agent(sentence: Sequence[Word], at: int, language: str) -> bool:
    markers = agent_markers(language)
    return any(word.form in markers for word in sentence[max(0, at - 3) : at])


def negation_places(place: Ground) -> list[int]:
    """Word numbers of what denies: negations and words like "without" and "fail"."""
    known = denials(place.language)
    return [i for i, word in enumerate(place.words) if word.form == NEGATION or word.form in known]


def coverage(sentence: Sequence[Word], place: Ground) -> tuple[float, float, int]:
    """The share of the content (by weight) that stands anywhere in the text, the share in the best three
    neighbouring sentences, and the sentence of the text that has most of it.
    """
    content = [word for word in sentence if word.kind in CONTENT]
    total = sum(WEIGHTS[word.kind] for word in content)
    if not total or not place.sentences:
        return 0.0, 0.0, 0
    found = np.zeros((len(place.sentences), len(content)), dtype=bool)
    for column, word in enumerate(content):
        for at in place.positions.get(word.form, ()):
            found[place.sentence_of[at], column] = True
    weights = np.array([WEIGHTS[word.kind] for word in content])
    wide = found.copy()
    wide[:-1] |= found[1:]
    wide[1:] |= found[:-1]
    anywhere = float(weights[found.any(axis=0)].sum() / total)
    return anywhere, float((wide @ weights).max() / total), int((found @ weights).argmax())
