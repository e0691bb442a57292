"""Who wrote or pressed, and what is theirs."""

from telegram import Bot, Update
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

_ADMINISTRATORS = (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)


def person(update: Update) -> int:
    """The number of who wrote or pressed: 0 for other bots and channels, the group's own for its anonymous admins."""
    message, sender = update.message, update.effective_user
    if message and message.sender_chat:
        return message.sender_chat.id if message.sender_chat.id == message.chat.id else 0
    if message and message.via_bot:
        return 0
    return sender.id if sender and not sender.is_bot else 0


async def is_of(bot: Bot, owner: int, user: int, chat: int) -> bool:
    """Whether a button that `owner` was given is the user's to press. Anonymous admins write in the group's name and
    press in their own."""
    if owner == user:
        return True
    if owner != chat:
        return False
    try:
        member = await bot.get_chat_member(chat, user)
    except TelegramError:
        return False
    return member.status in _ADMINISTRATORS
