"""What a search finds and what an answer holds: one type for every front end; a front end only renders it."""

from dataclasses import dataclass, field

from corpus.article import Article, Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: str  # "user" or "assistant"
    content: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, and why."""

    passage: Passage
    article: Article
    score: float  # 0 to 1, what hits are ranked by
    dense: float = 0.0  # cosine between question and passage
    lexical: float = 0.0  # BM25 divided by the best of this search
    date_effect: float = 0.0  # what the question's time added to the score
    views: tuple[str, ...] = ()  # the views of the conversation that found it
    also_in: tuple[Article, ...] = ()  # articles that say the same, collapsed into this hit


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is the article's text from `start` to `end` (character offsets), to the letter."""

    n: int  # the number in its [n] marker
    article: Article
    passage: Passage
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` carries [n] markers; every sentence of it is proved by a citation. Not answered: no citations."""

    question: str
    standalone_question: str  # what was searched for, the conversation taken into account
    answered: bool
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]  # best first
    nearest: tuple[Article, ...] = ()  # where nothing answers: what comes nearest
    notice: str = ""  # one line to the reader, such as why no language model wrote this
    written_by: str = ""  # the language model; "" where it is made of the articles' own sentences
    seconds: dict[str, float] = field(default_factory=dict)  # wall time by stage, "total" among them
