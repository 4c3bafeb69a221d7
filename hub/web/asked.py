"""Parameters of an address as a model of ours, read in one go.

FastAPI would look at every field of the model again for each request, which takes longer than to validate it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def asked(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives the model. Of a parameter that comes twice the last counts, of a list all.

    It raises RequestValidationError, as FastAPI itself does.
    """
    lists = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    async def read(request: Request) -> Model:
        told = request.query_params
        values = {name: told.getlist(name) if name in lists else told[name] for name in told if name in names}
        try:
            return model.model_validate(values)
        except ValidationError as error:
            faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors(include_url=False)]
            raise RequestValidationError(faults) from error

    names = model.model_fields.keys()
    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The same parameters for the OpenAPI description: `openapi_extra` of a route."""
    fields: dict[str, Any] = model.model_json_schema()["properties"]
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": schema.get("description"),
                "schema": {part: told for part, told in schema.items() if part != "description"},
            }
            for name, schema in fields.items()
        ]
    }
