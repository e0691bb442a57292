"""Groups: what is said on joining, and a group that becomes a supergroup."""

from telegram import ChatMemberUpdated, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.telegram_app.incoming import Parts
from bot.telegram_app.outgoing import plain
from bot.telegram_app.sending import Place, Reply
from bot.telegram_app.texts import texts_for

_ABSENT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_PRESENT = (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR)


async def membership(parts: Parts, update: Update) -> None:
    """The bot came into a group: it says what it can hear there."""
    change = update.my_chat_member
    if not change or change.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return
    if change.old_chat_member.status not in _ABSENT or change.new_chat_member.status not in _PRESENT:
        return
    chosen = parts.memory.preferences(change.from_user.id).language
    texts = texts_for(chosen or change.from_user.language_code)
    if not parts.access.serves(change.from_user.id, parts.group(change.chat.id)):
        if parts.access.refuses:
            await _say(parts, update, texts("access.group", id=change.chat.id))
        return
    hears = "group.hears_all" if _hears_all(parts, change) else "group.hears"
    await _say(parts, update, texts(hears, name=parts.sender.bot.username))


def _hears_all(parts: Parts, change: ChatMemberUpdated) -> bool:
    administrator = change.new_chat_member.status == ChatMemberStatus.ADMINISTRATOR
    return administrator or bool(parts.sender.bot.bot.can_read_all_group_messages)


async def _say(parts: Parts, update: Update, text: str) -> None:
    chat = update.effective_chat
    if chat:
        await Reply(parts.sender, parts.inbox, update.update_id, Place(chat.id)).send(plain(text))


async def migrated(parts: Parts, update: Update) -> None:
    """The group has a new number: what is remembered of it goes along. Both the old and the new one say so."""
    message = update.message
    if message and message.migrate_to_chat_id:
        parts.moved(message.chat.id, message.migrate_to_chat_id)
    elif message and message.migrate_from_chat_id:
        parts.moved(message.migrate_from_chat_id, message.chat.id)
