"""Write `description.json`: what the tests need of a Bot API description, in a compact form.

    python tests/bot_api/compact.py bot-api-10.0.json

The argument is an `api.json` of PaulSonOfLars/telegram-bot-api-spec (MIT), read out of Telegram's page.
Kept are the fields of every method and of every type that a request can carry: types, whether a field is
required, and those limits that the prose states in a regular way.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

LICENCE = (
    "Made from PaulSonOfLars/telegram-bot-api-spec. MIT License. Copyright (c) 2020 Paul Larsen. "
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
    'and associated documentation files (the "Software"), to deal in the Software without '
    "restriction, including without limitation the rights to use, copy, modify, merge, publish, "
    "distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the "
    "Software is furnished to do so, subject to the following conditions: The above copyright notice "
    "and this permission notice shall be included in all copies or substantial portions of the "
    'Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, '
    "INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE "
    "AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, "
    "DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, "
    "OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
)
PLAIN = {"Integer", "Float", "String", "Boolean", "InputFile"}
ACTIONS = [
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
    *("upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"),
]
STATED_ELSEWHERE: dict[str, dict[str, Any]] = {
    "answerInlineQuery": {"results": {"items": [0, 50]}, "next_offset": {"bytes": [0, 64]}},
    "sendChatAction": {"action": {"values": ACTIONS}},
}
WORDS = re.compile(r"[“\"]([a-z_0-9]+)[”\"]")


def limits(description: str, types: list[str]) -> dict[str, Any]:
    """The limits that the prose of one field states, by kind."""
    found: dict[str, Any] = {}
    numbers = r"(\d+)-(\d+)"
    if match := re.search(rf"\b{numbers} characters", description):
        found["characters"] = [int(match[1]), int(match[2])]
        if "after entities parsing" in description or "message to be sent" in description:
            found["trimmed"] = True
    elif match := re.search(rf"\b{numbers} bytes", description, re.IGNORECASE):
        found["bytes"] = [int(match[1]), int(match[2])]
    elif "Integer" in types and (
        match := re.search(rf"(?:Values between|webhook.*,) {numbers}", description)
    ):
        found["range"] = [int(match[1]), int(match[2])]
    elif match := re.search(rf"(?:list of|must include) {numbers} (?:items|identifiers)", description):
        found["items"] = [int(match[1]), int(match[2])]
    elif match := re.search(r"(?:At most|No more than) (\d+) (?:commands|results)", description):
        found["items"] = [0, int(match[1])]
    if "must be non-zero" in description:
        found["nonzero"] = True
    return found | choices(description, types)


def choices(description: str, types: list[str]) -> dict[str, Any]:
    """The one value or the several values that a text field may have."""
    if types != ["String"]:
        return {}
    if match := re.search(r"(?:, must be|, always) [“\"]?([a-z_0-9]+)[”\"]?\.?$", description):
        return {"values": [match[1]]}
    if re.search(r"[Mm]ust be one of|can be (?:either )?[“\"]", description) and (
        values := WORDS.findall(description)
    ):
        return {"values": sorted(set(values))}
    return {}


def fields_of(described: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for field in described.get("fields", []):
        compact: dict[str, Any] = {"types": field["types"]}
        if field["required"]:
            compact["required"] = True
        fields[field["name"]] = compact | limits(field["description"], field["types"])
    return fields


def bare(type_name: str) -> str:
    return type_name.removeprefix("Array of ").removeprefix("Array of ")


def carried_types(description: dict[str, Any]) -> dict[str, Any]:
    """Every type that the fields of a method lead to."""
    types: dict[str, Any] = {}
    waiting = [t for m in description["methods"].values() for f in m.get("fields", []) for t in f["types"]]
    while waiting:
        name = bare(waiting.pop())
        if name in PLAIN or name in types:
            continue
        described = description["types"][name]
        types[name] = (
            {"subtypes": described["subtypes"]}
            if "subtypes" in described
            else {"fields": fields_of(described)}
        )
        waiting += described.get("subtypes", [])
        waiting += [t for field in described.get("fields", []) for t in field["types"]]
    return dict(sorted(types.items()))


def main(source: str) -> None:
    description = json.loads(Path(source).read_text(encoding="utf-8"))
    methods = {name: {"fields": fields_of(method)} for name, method in sorted(description["methods"].items())}
    for name, fields in STATED_ELSEWHERE.items():
        for field, limit in fields.items():
            methods[name]["fields"][field] |= limit
    heads = {"version": description["version"], "licence": LICENCE}
    entries = {"methods": methods, "types": carried_types(description)}
    lines = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in heads.items()]
    for key, values in entries.items():
        rows = [f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in values.items()]
        lines.append(f'"{key}": {{\n' + ",\n".join(rows) + "\n}")
    target = Path(__file__).with_name("description.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
