"""The second reading of a request and of its answer: by aiogram's models of the Bot API."""

from functools import cache
from typing import Any

import aiogram.methods
from aiogram.types import BufferedInputFile
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot_api.first_reading import Upload


@cache
def models() -> dict[str, Any]:
    """aiogram's class of each method, by the method's name."""
    classes = (getattr(aiogram.methods, name) for name in dir(aiogram.methods))
    return {
        found.__api_method__: found
        for found in classes
        if isinstance(getattr(found, "__api_method__", 0), str)
    }


@cache
def answer_adapter(method: str) -> TypeAdapter:
    return TypeAdapter(models()[method].__returning__)


def request_problems(method: str, parameters: dict[str, Any]) -> list[str]:
    """What aiogram does not accept in a request."""
    if method not in models():
        return [f"aiogram knows no method {method}"]
    try:
        request = models()[method].model_validate(with_files(parameters))
    except ValidationError as error:
        return described(error)
    return [f"aiogram knows no field {path}" for path in unknown_fields(request, "")]


def answer_problems(method: str, answer: Any) -> list[str]:
    """What aiogram does not accept in an answer of ours."""
    try:
        answer_adapter(method).validate_python(answer)
    except ValidationError as error:
        return [f"answer: {sentence}" for sentence in described(error)]
    return []


def described(error: ValidationError) -> list[str]:
    return [f"aiogram: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]


def with_files(value: Any) -> Any:
    """The parameters with aiogram's own class in the place of uploaded files."""
    if isinstance(value, Upload):
        return BufferedInputFile(value.content, value.name)
    if isinstance(value, dict):
        return {name: with_files(item) for name, item in value.items()}
    return value


def unknown_fields(value: Any, path: str) -> list[str]:
    """The paths of the fields that a parsed object holds and its model does not have."""
    if isinstance(value, list):
        return [name for i, item in enumerate(value) for name in unknown_fields(item, f"{path}[{i}]")]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}.{name}".lstrip(".") for name in value.model_extra or {}]
    for name in value.model_fields_set & set(type(value).model_fields):
        found += unknown_fields(getattr(value, name), f"{path}.{name}".lstrip("."))
    return found
