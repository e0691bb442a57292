"""The methods with which a bot changes, deletes, pins and reacts to messages."""

from typing import Any

from bot_api.chat import Chat
from bot_api.entities import settled
from bot_api.record import Record
from bot_api.refusals import NOT_MODIFIED, Refusal, bad_request
from bot_api.sending import Parameters, caption, keep_pace, keyboard
from bot_api.world import World


def edit_message_text(world: World, parameters: Parameters) -> Any:
    text, entities = settled(parameters["text"], parameters.get("entities", []))
    if not text:
        raise bad_request("message text is empty")
    content = {"text": text} | ({"entities": entities} if entities else {}) | keyboard(parameters)
    if "link_preview_options" in parameters:
        content["link_preview_options"] = parameters["link_preview_options"]
    return change(world, parameters, content, ("text", "entities", "reply_markup", "link_preview_options"))


def edit_message_caption(world: World, parameters: Parameters) -> Any:
    content = caption(parameters) | keyboard(parameters)
    return change(world, parameters, content, ("caption", "caption_entities", "reply_markup"))


def edit_message_reply_markup(world: World, parameters: Parameters) -> Any:
    return change(world, parameters, keyboard(parameters), ("reply_markup",))


def change(world: World, parameters: Parameters, content: dict[str, Any], replaced: tuple[str, ...]) -> Any:
    """Put content in the place of the fields in `replaced`, unless nothing would change."""
    chat, record = edited(world, parameters)
    if "text" in replaced and "text" not in record.data:
        raise bad_request("there is no text in the message to edit")
    compared = [name for name in replaced if name != "link_preview_options"]
    if all(record.data.get(name) == content.get(name) for name in compared):
        raise Refusal(*NOT_MODIFIED)
    keep_pace(world, chat)
    record.change(content, replaced)
    return True if "inline_message_id" in parameters else record.data


def edited(world: World, parameters: Parameters) -> tuple[Chat, Record]:
    """The message to edit: by its chat and number, or by its inline number."""
    if "inline_message_id" in parameters:
        if parameters["inline_message_id"] not in world.inline_messages:
            raise bad_request("MESSAGE_ID_INVALID")
        chat, message_id = world.inline_messages[parameters["inline_message_id"]]
        return chat, chat.records[message_id]
    if "message_id" not in parameters or "chat_id" not in parameters:
        raise bad_request("message identifier is not specified")
    chat = world.writable_chat(parameters["chat_id"])
    record = present(chat, parameters["message_id"], "message to edit")
    if not record.from_bot:
        raise bad_request("message can't be edited")
    return chat, record


def present(chat: Chat, message_id: int, name: str) -> Record:
    record = chat.records.get(message_id)
    if record is None or record.deleted:
        raise bad_request(f"{name} not found")
    return record


def delete_message(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    record = present(chat, parameters["message_id"], "message to delete")
    if not may_delete(chat, record):
        raise bad_request("message can't be deleted")
    record.deleted = True
    return True


def delete_messages(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    for message_id in parameters["message_ids"]:
        record = chat.records.get(message_id)
        if record and may_delete(chat, record):
            record.deleted = True
    return True


def may_delete(chat: Chat, record: Record) -> bool:
    return record.from_bot or chat.type == "private" or chat.bot_status == "administrator"


def set_message_reaction(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    record = present(chat, parameters["message_id"], "message to react")
    reactions = parameters.get("reaction", [])
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    record.reactions = [reaction.get("emoji", reaction["type"]) for reaction in reactions]
    return True


def pin_chat_message(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    record = present(chat, parameters["message_id"], "message to pin")
    if chat.type != "private" and chat.bot_status != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    chat.pinned.add(record.id)
    return True


def unpin_chat_message(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    message_id = parameters.get("message_id", max(chat.pinned, default=0))
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    return True


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
}
