"""The first reading of a request: its fields, types and limits against the Bot API description."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot_api.entities import utf16_length
from bot_api.refusals import Refusal, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in the body of a request."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: the field's path, the kind of fault and a sentence."""

    path: str
    kind: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


@cache
def description() -> dict[str, Any]:
    """Methods and types of the Bot API; see compact.py."""
    return json.loads(Path(__file__).with_name("description.json").read_text(encoding="utf-8"))


@cache
def method_names() -> dict[str, str]:
    """The spelling of each method by its lower-case name; Telegram does not mind the case."""
    return {name.lower(): name for name in description()["methods"]}


def read_parameters(method: str, raw: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The parameters with their types, and what is wrong with them."""
    fields = description()["methods"][method]["fields"]
    parameters: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in raw.items():
        types = fields[name]["types"] if name in fields else ["String"]
        try:
            parameters[name] = decoded(value, types)
        except ValueError:
            problems.append(Problem(name, "json", f"can't parse {name} JSON object"))
    return parameters, problems + field_problems(parameters, fields, "")


def decoded(value: Any, types: list[str]) -> Any:
    """A form value as the first of its types that it can be read as."""
    if not isinstance(value, str):
        return value
    if "Integer" in types and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "Float" in types and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if "Boolean" in types and value.lower() in {"true", "yes", "1", "false", "no", "0"}:
        return value.lower() in {"true", "yes", "1"}
    if set(types) & {"String", "Integer", "Float", "Boolean", "InputFile"}:
        return value
    return json.loads(value)


def field_problems(values: dict[str, Any], fields: dict[str, Any], path: str) -> list[Problem]:
    problems = []
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        if name not in fields:
            problems.append(Problem(where, "unknown", "no such field"))
        elif name.endswith("parse_mode"):
            problems.append(
                Problem(where, "parse_mode", "markup in texts is not for this bot; send entities")
            )
        else:
            problems += value_problems(value, fields[name], where)
    for name, field in fields.items():
        if field.get("required") and name not in values:
            where = f"{path}.{name}" if path else name
            problems.append(Problem(where, "missing", "required, and not there"))
    return problems


def value_problems(value: Any, field: dict[str, Any], path: str) -> list[Problem]:
    """The problems under the type that fits best, then those of the limits."""
    readings = (type_problems(value, name, path) for name in field["types"])
    problems = min(readings, key=len)
    return problems or limit_problems(value, field, path)


def type_problems(value: Any, type_name: str, path: str) -> list[Problem]:
    if type_name.startswith("Array of "):
        if not isinstance(value, list):
            return [Problem(path, "type", f"must be an {type_name}")]
        inner = type_name.removeprefix("Array of ")
        return [p for i, item in enumerate(value) for p in type_problems(item, inner, f"{path}[{i}]")]
    if type_name in PLAIN_TYPES:
        fits = isinstance(value, PLAIN_TYPES[type_name]) and (
            type_name == "Boolean" or not isinstance(value, bool)
        )
        return [] if fits else [Problem(path, "type", f"must be {type_name}, not {type(value).__name__}")]
    return object_problems(value, type_name, path)


PLAIN_TYPES: dict[str, Any] = {
    "Integer": int,
    "Float": (int, float),
    "String": str,
    "Boolean": bool,
    "InputFile": Upload,
}


def object_problems(value: Any, type_name: str, path: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem(path, "type", f"must be {type_name}, not {type(value).__name__}")]
    described = description()["types"][type_name]
    if "subtypes" not in described:
        problems = field_problems(value, described["fields"], path)
        return problems + EXTRA_CHECKS.get(type_name, no_problems)(value, path)
    subtypes = [name for name in described["subtypes"] if kind_fits(value, name)]
    if not subtypes:
        return [Problem(path, "type", f"is no {type_name}")]
    return min((object_problems(value, name, path) for name in subtypes), key=len)


def kind_fits(value: dict[str, Any], type_name: str) -> bool:
    """Whether the `type` of an object is the one of this subtype."""
    field = description()["types"][type_name].get("fields", {}).get("type", {})
    return "values" not in field or value.get("type") in field["values"]


def button_problems(button: dict[str, Any], path: str) -> list[Problem]:
    actions = set(button) - {"text", "style", "icon_custom_emoji_id"}
    if len(actions) == 1:
        return []
    return [Problem(path, "button", "exactly one of the fields that say what a button does must be there")]


def row_problems(keyboard: dict[str, Any], path: str) -> list[Problem]:
    """Telegram's apps show eight buttons in a row; a hundred fit in a message."""
    rows = keyboard.get("inline_keyboard")
    rows = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    problems = [
        Problem(path, "row", f"{len(row)} buttons in a row, and 8 are shown") for row in rows if len(row) > 8
    ]
    if sum(map(len, rows)) > 100:
        problems.append(Problem(path, "buttons", "more than 100 buttons"))
    return problems


def no_problems(value: dict[str, Any], path: str) -> list[Problem]:
    return []


EXTRA_CHECKS = {"InlineKeyboardButton": button_problems, "InlineKeyboardMarkup": row_problems}


def limit_problems(value: Any, field: dict[str, Any], path: str) -> list[Problem]:
    problems = []
    text = value.strip() if isinstance(value, str) and field.get("trimmed") else value
    measures = {
        "characters": lambda: utf16_length(text),
        "bytes": lambda: len(text.encode()),
        "items": lambda: len(text),
        "range": lambda: text,
    }
    for kind, measure in measures.items():
        if kind in field and isinstance(value, int if kind == "range" else (str, list)):
            low, high = field[kind]
            if not low <= (size := measure()) <= high:
                problems.append(Problem(path, kind, f"{size} {kind}, and {low}-{high} are allowed"))
    if "values" in field and value not in field["values"]:
        problems.append(Problem(path, "values", f"{value!r} is none of {', '.join(field['values'])}"))
    if field.get("nonzero") and value == 0:
        problems.append(Problem(path, "nonzero", "must be non-zero"))
    return problems


def refusal_of(method: str, parameters: dict[str, Any], problems: list[Problem]) -> Refusal | None:
    """How Telegram refuses a request with these problems; unknown fields and clamped numbers it lets pass."""
    grave = [problem for problem in problems if problem.kind not in {"unknown", "range", "row"}]
    if not grave:
        return None
    problem = grave[0]
    name = re.sub(r"\[\d+\]", "", problem.path).rpartition(".")[2]
    words = KNOWN_WORDS.get((name, problem.kind))
    if name in {"text", "caption"} and problem.kind == "characters":
        words = text_words(method, name, parameters)
    if problem.kind == "values" and name == "type" and "entities" in problem.path:
        words = "can't parse MessageEntity: Unsupported type specified"
    return bad_request(words or f"{problem.path} is invalid: {problem.sentence}")


def text_words(method: str, name: str, parameters: dict[str, Any]) -> str:
    if method == "answerCallbackQuery":
        return "MESSAGE_TOO_LONG"
    if name == "caption":
        return "message caption is too long"
    if not parameters["text"].strip():
        return "message text is empty"
    return "text is too long" if len(parameters["text"].encode()) > 1 << 15 else "message is too long"


KNOWN_WORDS = {
    ("text", "missing"): "message text is empty",
    ("chat_id", "missing"): "chat_id is empty",
    ("callback_data", "bytes"): "BUTTON_DATA_INVALID",
    ("message_text", "characters"): "MESSAGE_TOO_LONG",
    ("reply_markup", "buttons"): "reply markup is too long",
    (
        "inline_keyboard",
        "button",
    ): "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ("id", "bytes"): "RESULT_ID_INVALID",
    ("results", "items"): "RESULTS_TOO_MUCH",
    ("next_offset", "bytes"): "NEXT_OFFSET_INVALID",
    ("action", "values"): "wrong parameter action in request",
    ("commands", "items"): "BOT_COMMANDS_TOO_MUCH",
    ("command", "characters"): "BOT_COMMAND_INVALID",
    ("description", "characters"): "BOT_COMMAND_DESCRIPTION_INVALID",
    ("start_parameter", "characters"): "START_PARAM_INVALID",
    ("draft_id", "nonzero"): "RANDOM_ID_INVALID",
    ("secret_token", "characters"): "secret token is too long",
}
