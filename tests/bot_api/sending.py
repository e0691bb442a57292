"""The methods with which a bot sends."""

import math
import time
from typing import Any

from bot_api.chat import Chat
from bot_api.entities import is_link, settled, utf16_length
from bot_api.first_reading import Upload
from bot_api.record import Record
from bot_api.refusals import TOO_LARGE, Refusal, bad_request, too_many_requests
from bot_api.shown import Draft, entity_of
from bot_api.world import MOST_UPLOADED, StoredFile, World

Parameters = dict[str, Any]


def send_message(world: World, parameters: Parameters) -> dict[str, Any]:
    text, entities = settled(parameters["text"], parameters.get("entities", []))
    if not text:
        raise bad_request("message text is empty")
    content: dict[str, Any] = {"text": text} | ({"entities": entities} if entities else {})
    if "link_preview_options" in parameters:
        content["link_preview_options"] = parameters["link_preview_options"]
    return post(world, parameters, content).data


def send_document(world: World, parameters: Parameters) -> dict[str, Any]:
    stored = stored_file(world, parameters["document"])
    return post(world, parameters, {"document": stored.payload()} | caption(parameters), stored.content).data


def send_photo(world: World, parameters: Parameters) -> dict[str, Any]:
    stored = stored_file(world, parameters["photo"])
    names = ("file_id", "file_unique_id", "file_size")
    size = {name: stored.payload()[name] for name in names} | {"width": 90, "height": 90}
    return post(world, parameters, {"photo": [size]} | caption(parameters), stored.content).data


def stored_file(world: World, value: Upload | str) -> StoredFile:
    """A new file from the request's body, or one that Telegram has already."""
    if isinstance(value, Upload):
        if len(value.content) > MOST_UPLOADED:
            raise Refusal(*TOO_LARGE)
        if not value.content:
            raise bad_request("file must be non-empty")
        return world.add_file(value.name, value.content, None, None)
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    if value not in world.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return world.files[value]


def caption(parameters: Parameters) -> dict[str, Any]:
    text, entities = settled(parameters.get("caption", ""), parameters.get("caption_entities", []))
    return ({"caption": text} if text else {}) | ({"caption_entities": entities} if entities else {})


def post(world: World, parameters: Parameters, content: dict[str, Any], file: bytes | None = None) -> Record:
    """Put a message of the bot into a chat, with its reply, thread and keyboard."""
    chat = world.writable_chat(parameters["chat_id"])
    thread_id = thread_of(chat, parameters)
    reply, more = reply_of(world, chat, parameters.get("reply_parameters"))
    keep_pace(world, chat)
    if parameters.get("protect_content"):
        more["has_protected_content"] = True
    content = content | more | keyboard(parameters)
    return chat.add_record(world.bot, content, thread_id=thread_id, reply=reply, file=file)


def thread_of(chat: Chat, parameters: Parameters) -> int | None:
    """The thread to write in; where there are no topics the number has no effect."""
    thread_id = parameters.get("message_thread_id") or None
    has_topics = chat.is_forum or chat.type == "private"
    if thread_id is not None and has_topics and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    return thread_id


def reply_of(world: World, chat: Chat, reply: Parameters | None) -> tuple[Record | None, dict[str, Any]]:
    """The message to reply to and the fields that a reply adds."""
    if not reply:
        return None, {}
    target_chat = world.find_chat(reply["chat_id"]) if "chat_id" in reply else chat
    target = target_chat.records.get(reply["message_id"])
    if target is None or target.deleted:
        if reply.get("allow_sending_without_reply"):
            return None, {}
        raise bad_request("message to be replied not found")
    fields = quote_fields(target, reply)
    if target_chat is not chat:
        origin = {"type": "hidden_user", "sender_user_name": "somebody", "date": target.data["date"]}
        return None, fields | {"external_reply": {"origin": origin, "message_id": target.id}}
    return target, fields


def quote_fields(target: Record, reply: Parameters) -> dict[str, Any]:
    quote = reply.get("quote", "").strip()
    if not quote:
        return {}
    if quote not in target.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    position = utf16_length(target.text[: target.text.index(quote)])
    return {"quote": {"text": quote, "position": position, "is_manual": True}}


def keyboard(parameters: Parameters) -> dict[str, Any]:
    """The inline keyboard of a message; other keyboards are not part of it."""
    markup = parameters.get("reply_markup") or {}
    rows = [row for row in markup.get("inline_keyboard", []) if row]
    for button in (button for row in rows for button in row):
        url = button.get("url")
        if url is not None and not is_link(url):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        if not button["text"].strip():
            raise bad_request("inline keyboard button text must be non-empty")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def keep_pace(world: World, chat: Chat) -> None:
    """Where the world sets a pace, refuse what is too much for a group in a minute."""
    if world.most_in_group is None or chat.type not in {"group", "supergroup"}:
        return
    now = time.time()
    chat.paced = [sent for sent in chat.paced if now - sent < 60]
    if len(chat.paced) >= world.most_in_group:
        raise too_many_requests(math.ceil(60 - (now - chat.paced[0])))
    chat.paced.append(now)


def send_message_draft(world: World, parameters: Parameters) -> bool:
    text, entities = settled(parameters.get("text", ""), parameters.get("entities", []))
    chat = world.writable_chat(parameters["chat_id"])
    if chat.type != "private":
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    thread_id = thread_of(chat, parameters)
    marks = tuple(map(entity_of, entities))
    chat.drafts.append(Draft(time.time(), parameters["draft_id"], text, marks, thread_id))
    return True


def send_chat_action(world: World, parameters: Parameters) -> bool:
    chat = world.writable_chat(parameters["chat_id"])
    chat.actions.append((time.time(), parameters["action"], thread_of(chat, parameters)))
    return True


def copy_message(world: World, parameters: Parameters) -> dict[str, Any]:
    source = source_record(world, parameters, "message to copy")
    names = ("text", "entities", "caption", "caption_entities", "document", "photo")
    content = {name: source.data[name] for name in names if name in source.data}
    return {"message_id": post(world, parameters, content, source.content).id}


def forward_message(world: World, parameters: Parameters) -> dict[str, Any]:
    source = source_record(world, parameters, "message to forward")
    names = ("text", "entities", "caption", "caption_entities", "document", "photo")
    content = {name: source.data[name] for name in names if name in source.data}
    origin = {"type": "user", "sender_user": source.data["from"], "date": source.data["date"]}
    return post(world, parameters, content | {"forward_origin": origin}, source.content).data


def source_record(world: World, parameters: Parameters, name: str) -> Record:
    record = world.find_chat(parameters["from_chat_id"]).records.get(parameters["message_id"])
    if record is None or record.deleted:
        raise bad_request(f"{name} not found")
    return record


METHODS = {
    "sendMessage": send_message,
    "sendMessageDraft": send_message_draft,
    "sendChatAction": send_chat_action,
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
}
