"""The methods about the bot itself, its commands, and chats and their members."""

import json
import re
from typing import Any

from bot_api.chat import Chat
from bot_api.members import member_payload
from bot_api.refusals import bad_request, forbidden
from bot_api.sending import Parameters
from bot_api.world import World


def get_me(world: World, parameters: Parameters) -> dict[str, Any]:
    return world.bot.payload() | {
        "can_join_groups": True,
        "can_read_all_group_messages": world.reads_all,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": world.topics_in_private,
    }


def scope_key(parameters: Parameters) -> str:
    return json.dumps(parameters.get("scope", {"type": "default"}), sort_keys=True)


def language_of(parameters: Parameters) -> str:
    language = parameters.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("LANG_CODE_INVALID")
    return language


def set_my_commands(world: World, parameters: Parameters) -> bool:
    for command in parameters["commands"]:
        if not re.fullmatch(r"[a-z0-9_]+", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
    if "chat_id" in parameters.get("scope", {}):
        chat = world.find_chat(parameters["scope"]["chat_id"])
        if chat.type == "channel":
            raise bad_request("can't use specified chat in BotCommandScope")
    world.commands[scope_key(parameters), language_of(parameters)] = parameters["commands"]
    return True


def get_my_commands(world: World, parameters: Parameters) -> list[dict[str, str]]:
    return world.commands.get((scope_key(parameters), language_of(parameters)), [])


def delete_my_commands(world: World, parameters: Parameters) -> bool:
    world.commands.pop((scope_key(parameters), language_of(parameters)), None)
    return True


def shown_commands(world: World, chat: Chat, user_id: int, language: str | None) -> list[dict[str, str]]:
    """What a user's app lists in a chat: the narrowest scope that has commands, the user's language first."""
    here, member = {"chat_id": chat.id}, {"chat_id": chat.id, "user_id": user_id}
    administers = user_id in chat.administrators
    private = chat.type == "private"
    scopes: list[dict[str, Any]] = [] if private else [{"type": "chat_member"} | member]
    scopes += [{"type": "chat_administrators"} | here] if administers else []
    scopes += [{"type": "chat"} | here]
    scopes += [{"type": "all_chat_administrators"}] if administers else []
    scopes += [{"type": "all_private_chats" if private else "all_group_chats"}, {"type": "default"}]
    for scope in scopes:
        for code in (language or "", ""):
            if commands := world.commands.get((json.dumps(scope, sort_keys=True), code)):
                return commands
    return []


def text_setter(kind: str) -> Any:
    def set_text(world: World, parameters: Parameters) -> bool:
        world.texts[kind, language_of(parameters)] = parameters.get(kind, "")
        return True

    return set_text


def text_getter(kind: str) -> Any:
    def get_text(world: World, parameters: Parameters) -> dict[str, str]:
        default = world.bot.first_name if kind == "name" else ""
        return {kind: world.texts.get((kind, language_of(parameters)), world.texts.get((kind, ""), default))}

    return get_text


def get_chat(world: World, parameters: Parameters) -> dict[str, Any]:
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    return readable_chat(world, parameters).payload() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def readable_chat(world: World, parameters: Parameters) -> Chat:
    chat = world.find_chat(parameters["chat_id"])
    if chat.type != "private" and chat.bot_status in {"kicked", "left"}:
        state = "was kicked from" if chat.bot_status == "kicked" else "is not a member of"
        raise forbidden(f"bot {state} the {chat.type} chat")
    return chat


def status_of(world: World, chat: Chat, user_id: int) -> str:
    if user_id == world.bot.id:
        return chat.bot_status
    if user_id not in chat.members:
        return "left"
    return "administrator" if user_id in chat.administrators else "member"


def get_chat_member(world: World, parameters: Parameters) -> dict[str, Any]:
    chat = readable_chat(world, parameters)
    if parameters["user_id"] not in world.users:
        raise bad_request("user not found")
    user = world.users[parameters["user_id"]]
    return member_payload(user, status_of(world, chat, user.id))


def get_chat_administrators(world: World, parameters: Parameters) -> list[dict[str, Any]]:
    chat = readable_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    found = [
        member_payload(chat.members[user_id], "administrator") for user_id in sorted(chat.administrators)
    ]
    return found + (
        [member_payload(world.bot, "administrator")] if chat.bot_status == "administrator" else []
    )


def get_chat_member_count(world: World, parameters: Parameters) -> int:
    return len(readable_chat(world, parameters).members) + 1


def leave_chat(world: World, parameters: Parameters) -> bool:
    chat = readable_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.set_bot_status("left", world.bot)
    return True


def create_forum_topic(world: World, parameters: Parameters) -> dict[str, Any]:
    chat = world.writable_chat(parameters["chat_id"])
    if not chat.is_forum and chat.type != "private":
        raise bad_request("the chat is not a forum")
    if chat.type != "private" and chat.bot_status != "administrator":
        raise bad_request("not enough rights to create a topic")
    thread_id = chat.topic(parameters["name"])
    return {"message_thread_id": thread_id, "name": parameters["name"], "icon_color": 7322096}


def set_chat_menu_button(world: World, parameters: Parameters) -> bool:
    world.texts["menu_button", str(parameters.get("chat_id", ""))] = json.dumps(parameters.get("menu_button"))
    return True


def get_chat_menu_button(world: World, parameters: Parameters) -> dict[str, Any]:
    found = world.texts.get(("menu_button", str(parameters.get("chat_id", ""))))
    return (json.loads(found) if found else None) or {"type": "default"}


def accept(world: World, parameters: Parameters) -> bool:
    return True


METHODS = {
    "getMe": get_me,
    "logOut": accept,
    "close": accept,
    "setMyDefaultAdministratorRights": accept,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": text_setter("name"),
    "getMyName": text_getter("name"),
    "setMyDescription": text_setter("description"),
    "getMyDescription": text_getter("description"),
    "setMyShortDescription": text_setter("short_description"),
    "getMyShortDescription": text_getter("short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "createForumTopic": create_forum_topic,
}
