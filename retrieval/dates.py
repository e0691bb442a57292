"""Time in a question: "latest", "in September 2023", "last week", "since March", and the days that it means.

dateparser reads the dates; here is only what may be one, and which way it points. English, German, Spanish, Russian.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

LATE = timedelta(days=3)  # news of a day is published up to so much later

_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|se?ptiembre|octubre|noviembre|diciembre|январ\w+|феврал\w+|март\w*|апрел\w+|ма[йея]|июн\w+|июл\w+"
    r"|август\w*|сентябр\w+|октябр\w+|ноябр\w+|декабр\w+)"
)
_YEAR = r"(?:19|20)\d\d"
_ABSOLUTE = (
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.{_YEAR}"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?)?{_MONTH}\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b,?)?"
    rf"(?:\s+(?:of\s+|de\s+)?{_YEAR})?"
    rf"|{_YEAR}"
)
_RELATIVE = (
    r"yesterday|today|gestern|heute|ayer|hoy|вчера|сегодня"
    r"|(?:last|past|this)\s+(?:week|month|year)|\d+\s+(?:days?|weeks?|months?|years?)\s+ago"
    r"|(?:letzte|vergangene|diese)[nrms]?\s+(?:woche|monats?|jahr(?:es)?)|vor\s+\d+\s+(?:tag|woche|monat|jahr)\w*"
    r"|la\s+semana\s+pasada|el\s+(?:mes|año)\s+pasado|est[ea]\s+(?:semana|mes|año)|hace\s+\d+\s+\w+"
    r"|(?:на\s+)?(?:прошлой|этой)\s+неделе|(?:в\s+)?(?:прошлом|этом)\s+(?:месяце|году)|\d+\s+\w+\s+назад"
)
_DATE = re.compile(rf"(?<!\w)(?:(?P<relative>{_RELATIVE})|(?P<absolute>{_ABSOLUTE}))(?!\w)", re.IGNORECASE)
_SINCE = re.compile(
    r"(?:since|after|from|seit|nach|ab|desde|después\s+del?|с|со|после)(?:\s+(?:the|dem|el))?\s*\Z", re.I
)
_BEFORE = re.compile(
    r"(?:before|until|till|prior\s+to|vor|bis|antes\s+del?|hasta|до|перед)(?:\s+(?:the|dem|zum|el))?\s*\Z",
    re.I,
)
_IN = re.compile(r"(?:in|on|during|of|im|am|en|el|в|во)(?:\s+(?:early|late|mid))?\s*\Z", re.I)
_VERB_OR_MONTH = re.compile(r"(?:may|march|mar|mai|sept?|dec)\Z", re.I)
_LOCATIVE = re.compile(
    r"\b(январ|феврал|март|апрел|ма|июн|июл|август|сентябр|октябр|ноябр|декабр)е\b", re.IGNORECASE
)
_LATEST = re.compile(
    r"(?<!\w)(?:latest|newest|most\s+recent(?:ly)?|currently|right\s+now|so\s+far|up\s+to\s+date"
    r"|neueste[nrsm]?|neuste[nrsm]?|aktuell\w*|jüngste[nrsm]?|zuletzt|derzeit"
    r"|últim[oa]s?\s+(?:noticia|dato|cifra|informaci)\w*|más\s+reciente\w*|actualmente"
    r"|последн(?:ие|яя|ий|ее)\s+(?:новост|данн|сообщ|оценк|цифр)\w*|самы[йех]\s+(?:новы|свежи|последни)\w*|сейчас)(?!\w)",
    re.IGNORECASE,
)

_EVENT = re.compile(
    r"(?<!\w)(?:(?P<before>before|prior\s+to|ahead\s+of|vor|antes\s+de|до|перед|накануне)"
    r"|(?P<after>after|since|following|nach|seit|después\s+de|desde|tras|после))"
    r"(?:\s+|(?<=antes\sde)l\s+|(?<=después\sde)l\s+)(?:(?:the|his|her|its|their|this|that|dem|der|den|diese[mr]|el|la|los|las)\s+)?"
    r"(?P<name>[^\s,.?!;:]+(?:\s+[^\s,.?!;:]+){0,5})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Event:
    """What a question calls a time by: "before the summit in Pyongyang". `name` may run on into the question."""

    name: str
    before: bool

    def time(self, day: date) -> "Time":
        """The time meant, if it was reported on this day."""
        return Time(until=day - timedelta(days=1) - LATE) if self.before else Time(since=day)


@dataclass(frozen=True, slots=True)
class Time:
    """The days that a question means, both included, open where None; or that it wants what is newest."""

    since: date | None = None
    until: date | None = None
    latest: bool = False

    def __str__(self) -> str:
        """Such as "from 2023-09-01 to 2023-09-30", "until 2023-09-12", "the latest"."""
        if self.since and self.until:
            days = f"from {self.since} to {self.until}"
        else:
            days = f"since {self.since}" if self.since else f"until {self.until}" if self.until else ""
        return ", ".join(filter(None, (days, "the latest" if self.latest else "")))

    def holds(self, day: date | None) -> bool:
        """Whether an article that was published on that day is meant."""
        if day is None or (self.since is None and self.until is None):
            return False
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until + LATE)


def question_time(question: str, language: str, as_of: date) -> Time | None:
    """The time that a question speaks of; None if it speaks of none, or of a date that does not exist."""
    latest = _LATEST.search(question) is not None
    for found in _DATE.finditer(question):
        phrase, before = found.group(), question[: found.start()]
        if _VERB_OR_MONTH.match(phrase) and not (
            _IN.search(before) or _SINCE.search(before) or _BEFORE.search(before)
        ):
            continue
        span = _days(phrase, language, as_of)
        if span is None:
            continue
        if found["absolute"] and _SINCE.search(before):
            return Time(since=span[0], latest=latest)
        if _BEFORE.search(before):
            return Time(until=span[0] - timedelta(days=1) - LATE, latest=latest)
        return Time(*span, latest=latest)
    return Time(latest=True) if latest else None


def question_event(question: str) -> Event | None:
    """The event by which a question names its time; None if it names none."""
    found = _EVENT.search(question)
    return Event(found["name"], bool(found["before"])) if found else None


def _days(phrase: str, language: str, as_of: date) -> tuple[date, date] | None:
    """First and last day of what a phrase names."""
    if re.fullmatch(_YEAR, phrase):
        return date(int(phrase), 1, 1), date(int(phrase), 12, 31)
    read = _parser(language, as_of).get_date_data(_LOCATIVE.sub(_genitive, phrase))
    if read is None or read.date_obj is None:
        return None
    day = read.date_obj.date()
    period = "week" if re.search(r"week|woche|semana|недел", phrase, re.I) else read.period
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if period == "month":
        return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return (date(day.year, 1, 1), date(day.year, 12, 31)) if period == "year" else (day, day)


def _genitive(month: re.Match[str]) -> str:
    """Russian for "of September" from "in September": the form that dateparser knows."""
    stem = month[1]
    return stem + ("а" if stem.lower() in ("март", "август") else "я")


@lru_cache(maxsize=16)
def _parser(language: str, as_of: date) -> Any:
    from dateparser.date import DateDataParser

    languages = [language] if language in ("de", "en", "es", "ru") else ["en"]
    base = datetime.combine(as_of, time(12))
    settings = {"PREFER_DATES_FROM": "past", "DATE_ORDER": "DMY", "RELATIVE_BASE": base}
    return DateDataParser(languages=languages, settings=settings)
