"""Lists, settings and explanations as messages with buttons."""

from telegram.constants import MessageEntityType

from bot.telegram_app.answer_messages import (
    FULL,
    NORMAL,
    SHORT,
    article_link,
    byline,
    day,
    in_a_line,
    title_of,
)
from bot.telegram_app.memory import Preferences
from bot.telegram_app.outgoing import Button, Outgoing, is_link, keyboard, outgoing
from bot.telegram_app.styled import Styled
from bot.telegram_app.texts import LANGUAGES, Texts
from bot.verbs import Explained, Listed

PAGE = 8  # articles
EXPLAINED = 8  # hits
BOLD = MessageEntityType.BOLD


def listed_page(listed: Listed, page: int, token: str, texts: Texts, username: str, heading: str) -> Outgoing:
    """A page of articles, with buttons that open them and lead to the pages around."""
    pages = max(1, -(-len(listed.articles) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = listed.articles[page * PAGE : (page + 1) * PAGE]
    styled = Styled().write(heading, BOLD)
    numbers = []
    for number, article in enumerate(shown, start=page * PAGE + 1):
        url = article.url if is_link(article.url) else article_link(article, username)
        styled.write(f"\n{number}. ").write(title_of(article), url=url)
        known = (in_a_line(article.publisher), day(article.published, texts))
        styled.write("".join(f" · {one}" for one in known if one))
        numbers.append(Button(str(number), f"o:{article.key}:-1"))
    if not shown:
        styled.write(f"\n{texts('sources.none')}")
    turning = [Button("◀", f"s:{page - 1}:{token}")] if page else []
    turning += [Button(f"{page + 1}/{pages}", "n")] if pages > 1 else []
    turning += [Button("▶", f"s:{page + 1}:{token}")] if page < pages - 1 else []
    return outgoing(styled, keyboard(numbers, turning))


def explained_page(explained: Explained, texts: Texts) -> Outgoing:
    """The hits of an answer with their scores, and how long its stages took."""
    answer = explained.answer
    styled = Styled().write(texts("why.heading"), BOLD).write(f"\n{answer.standalone_question}\n")
    for rank, hit in enumerate(answer.hits[:EXPLAINED], start=1):
        scores = texts(
            "why.scores", score=f"{hit.score:.2f}", dense=f"{hit.dense:.2f}", words=f"{hit.lexical:.2f}"
        )
        styled.write(f"\n{rank}. ").write(byline(hit.article, texts), BOLD).write(f"\n{scores}")
    stages = ", ".join(f"{stage} {1000 * seconds:.0f} ms" for stage, seconds in answer.seconds.items())
    return outgoing(styled.write(f"\n\n{stages}" if stages else ""))


def settings_page(chosen: Preferences, user: int, texts: Texts) -> Outgoing:
    styled = Styled().write(texts("settings.heading"), BOLD).write(f"\n{texts('settings.explained')}")

    def choice(label: str, name: str, value: str, now: object) -> Button:
        return Button(f"✓ {label}" if str(now) == value else label, f"g:{user}:{name}:{value}")

    languages = [("", texts("settings.automatic")), *LANGUAGES.items()]
    language = [choice(label, "language", code, chosen.language) for code, label in languages]
    length = [
        choice(texts(f"settings.{value}"), "length", value, chosen.length) for value in (SHORT, NORMAL, FULL)
    ]
    streaming = [
        choice(texts(f"settings.streaming_{name}"), "streaming", value, int(chosen.streaming))
        for name, value in (("on", "1"), ("off", "0"))
    ]
    return outgoing(styled, keyboard(language[:1], language[1:3], language[3:], length, streaming))
