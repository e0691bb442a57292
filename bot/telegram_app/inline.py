"""Inline mode: `@bot words` in any chat gives cards of passages, from retrieval alone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)

from bot.telegram_app.answer_messages import byline, title_of
from bot.telegram_app.commands import encoded
from bot.telegram_app.incoming import Parts
from bot.telegram_app.outgoing import Button, is_link, keyboard, outgoing
from bot.telegram_app.sending import NO_PREVIEW
from bot.telegram_app.styled import Styled, displayable, sentence_ends, split
from bot.telegram_app.texts import Texts, texts_for
from corpus.article import Article, Passage
from corpus.errors import FootnoteError
from retrieval.links import sentence_link

CARDS = 10
CACHE = 60  # seconds that Telegram may give the same cards again
MOST_WORDS = 256  # characters: Telegram sends no more
MOST_QUOTED = 3000  # UTF-16 units of a passage that is sent
MOST_DESCRIBED = 200

_searching = ThreadPoolExecutor(1, "inline")
_newest: dict[int, str] = {}  # the newest query of each user who is waiting


async def cards(parts: Parts, update: Update) -> None:
    """A query that a newer one of the same user has overtaken is left alone: nobody sees its answer."""
    query = update.inline_query
    if query is None:
        return
    user = query.from_user.id
    preferences = parts.memory.preferences(user)
    texts = texts_for(preferences.language or query.from_user.language_code)
    if not parts.access.serves(user, 0):
        await parts.sender.once(query.answer([], cache_time=0, is_personal=True))
        return
    _newest[user] = query.id
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_searching, _found, parts, query)
    if found is None:
        return
    results = [_card(number, passage, article, texts) for number, (passage, article) in enumerate(found)]
    await parts.sender.once(
        query.answer(
            results,
            cache_time=CACHE,
            is_personal=parts.access.restricted or preferences.language != "",
            button=_button(parts, query, texts),
        )
    )
    if _newest.get(user) == query.id:
        del _newest[user]


def _found(parts: Parts, query: InlineQuery) -> list[tuple[Passage, Article]] | None:
    """Runs in a thread. The newest articles where nothing was typed yet; None: overtaken."""
    if _newest.get(query.from_user.id) != query.id:
        return None
    collection, words = parts.collection, query.query.strip()[:MOST_WORDS]
    try:
        if words:
            return [(hit.passage, hit.article) for hit in collection.search(words, limit=CARDS).hits]
        newest = collection.catalogue.all_articles()[:CARDS]
        passages = ((collection.catalogue.passages_of(article.key), article) for article in newest)
        return [(of_article[0], article) for of_article, article in passages if of_article]
    except FootnoteError:
        return []


def _button(parts: Parts, query: InlineQuery, texts: Texts) -> InlineQueryResultsButton:
    words = query.query.strip()
    payload = encoded(parts, words, query.from_user.id) if words else "inline"
    return InlineQueryResultsButton(texts("inline.button"), start_parameter=payload)


def _card(number: int, passage: Passage, article: Article, texts: Texts) -> InlineQueryResultArticle:
    ends = sentence_ends(displayable(passage.text), article.language)
    shown = split(Styled(displayable(passage.text)), ends, MOST_QUOTED)[0]
    styled = Styled().append(shown).mark("blockquote").write(f"\n{byline(article, texts)}", "bold")
    message = outgoing(styled)
    url = sentence_link(article.url, shown.text) if is_link(article.url) else ""
    return InlineQueryResultArticle(
        f"{number}-{passage.key}",
        title_of(article),
        InputTextMessageContent(message.text, entities=message.entities, link_preview_options=NO_PREVIEW),
        description=" ".join(shown.text.split())[:MOST_DESCRIBED],
        reply_markup=keyboard([Button(texts("open.link"), url=url)]) if is_link(url) else None,
    )
