"""Draws the pictures of docs/telegram.md: the real bot, asked on the Bot API server of the tests.

PYTHONPATH=tests python docs/telegram_pictures.py DATA_FOLDER_WITH_THE_SAMPLES
"""

import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from bot_api import BotApiServer, ShownMessage
from running_bot import WHEN, RunningBot, answer_to, nth_answer

WIDTH, MARGIN, LINE, SIZE = 560, 14, 21, 15
LETTERS = 58  # a line
HERE = Path(__file__).parent
STYLES = {
    "bold": "font-weight:600",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
    "text_link": "fill:#2481cc",
}


def main(samples: Path) -> None:
    with BotApiServer() as server, tempfile.TemporaryDirectory() as folder:
        with RunningBot(server, samples, Path(folder)):
            chat = server.private_chat()
            answer = answer_to(server, chat, WHEN)
            chat.presses("[1]", message=answer)
            passage = nth_answer(server, chat, 1)
        question = chat.messages(from_bot=False)[0]
    (HERE / "telegram-answer.svg").write_text(picture([question, answer]), encoding="utf-8")
    (HERE / "telegram-passage.svg").write_text(picture([passage]), encoding="utf-8")


def picture(messages: list[ShownMessage]) -> str:
    shapes, y = [], float(MARGIN)
    for message in messages:
        drawn, height = bubble(message, y)
        shapes += drawn
        y += height + MARGIN
    style = f"font:{SIZE}px system-ui,'Segoe UI',Roboto,sans-serif"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y:.0f}" style="{style}">'
    return "\n".join([head, '<rect width="100%" height="100%" rx="8" fill="#d5e4c8"/>', *shapes, "</svg>\n"])


def bubble(message: ShownMessage, top: float) -> tuple[list[str], float]:
    """The shapes of a message and its buttons, and how high they are."""
    lines = list(lines_of(message))
    height = len(lines) * LINE + MARGIN
    left, width = (MARGIN, WIDTH - 60) if message.from_bot else (WIDTH / 3, WIDTH * 2 / 3 - MARGIN)
    fill = "#ffffff" if message.from_bot else "#eeffde"
    shapes = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="10" fill="{fill}"/>']
    for number, (spans, quoted) in enumerate(lines):
        y = top + MARGIN / 2 + number * LINE
        if quoted:
            shapes.append(
                f'<rect x="{left + 8}" y="{y}" width="{width - 16}" height="{LINE}" fill="#e9f2fa"/>'
            )
            shapes.append(f'<rect x="{left + 8}" y="{y}" width="3" height="{LINE}" fill="#2481cc"/>')
        pieces = "".join(f'<tspan style="{style}">{escape(text)}</tspan>' for text, style in spans)
        shapes.append(f'<text x="{left + 18}" y="{y + SIZE}" xml:space="preserve">{pieces}</text>')
    for row in message.buttons:
        gap = 4
        each = (width - gap * (len(row) - 1)) / len(row)
        for number, button in enumerate(row):
            x, y = left + number * (each + gap), top + height + gap
            shapes.append(f'<rect x="{x}" y="{y}" width="{each}" height="30" rx="8" fill="#7d9b78"/>')
            shapes.append(
                f'<text x="{x + each / 2}" y="{y + 20}" fill="#fff" text-anchor="middle">{escape(button.text)}</text>'
            )
        height += 34
    return shapes, height


def lines_of(message: ShownMessage) -> Iterator[tuple[list[tuple[str, str]], bool]]:
    """The lines of a message, each as pieces of text with their styles, and whether it is quoted."""
    styles, quoted = [""] * len(message.text), [False] * len(message.text)
    for entity in message.entities:
        start = characters(message.text, entity.offset)
        for position in range(start, characters(message.text, entity.offset + entity.length)):
            quoted[position] |= entity.type.endswith("blockquote")
            styles[position] += STYLES.get(entity.type, "") + ";"
    for start, end in wrapped(message.text):
        spans: list[tuple[str, str]] = []
        for position in range(start, end):
            if spans and spans[-1][1] == styles[position]:
                spans[-1] = (spans[-1][0] + message.text[position], styles[position])
            else:
                spans.append((message.text[position], styles[position]))
        yield spans, start < end and quoted[start]


def characters(text: str, units: int) -> int:
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le"))


def wrapped(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        while end - start > LETTERS:
            cut = text.rfind(" ", start, start + LETTERS) + 1 or start + LETTERS
            yield start, cut
            start = cut
        yield start, end
        start = end + 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
