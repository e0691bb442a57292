"""Members of chats as the Bot API writes them."""

from typing import Any

from bot_api.shown import User


def member_payload(user: User, status: str) -> dict[str, Any]:
    """A ChatMember object."""
    member: dict[str, Any] = {"user": user.payload(), "status": status}
    if status == "kicked":
        return member | {"until_date": 0}
    if status == "creator":
        return member | {"is_anonymous": False}
    if status == "administrator":
        rights = (
            "manage_chat",
            "delete_messages",
            "manage_video_chats",
            "restrict_members",
            "promote_members",
        )
        stories = ("post_stories", "edit_stories", "delete_stories")
        more = ("change_info", "invite_users", "send_welcome_messages", *stories)
        member |= {"can_be_edited": False, "is_anonymous": False}
        return member | {f"can_{right}": True for right in rights + more}
    return member
