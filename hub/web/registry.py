"""The schemas as stock clients of a Confluent Schema Registry ask for them. Read only: schemas come with a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub.web.subjects import (
    canonical,
    canonical_of,
    name_of_subject,
    schema_id,
    schema_text,
    subjects,
    subjects_of_schema,
)
from schemas.codec import schema_names_by_id

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
LEVEL = "FULL_TRANSITIVE"
"""Five producers and unknown readers upgrade at different times, and topics are replayed for years."""


class Refusal(Exception):
    """An answer with an error code of the Confluent API; clients branch on these codes."""

    def __init__(self, status: int, error_code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.error_code, self.message = status, error_code, message


def registry_app(jobcenters: Mapping[str, str]) -> FastAPI:
    """The registry, to be mounted under /registry. `jobcenters` tells which subjects are listed."""
    app = FastAPI(title="Schema registry", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.jobcenters = tuple(jobcenters)
    _reads(app)
    _refusals(app)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(RequestValidationError, _unreadable)
    return app


def _answer(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, {"Cache-Control": "public, max-age=60"}, MEDIA_TYPE)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - tells mypy what Starlette hands over
    return JSONResponse({"error_code": error.error_code, "message": error.message}, error.status, None, MEDIA_TYPE)


async def _other(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"error_code": status, "message": f"HTTP {status}"}, status, None, MEDIA_TYPE)


async def _unreadable(_: Request, _error: Exception) -> Response:
    return JSONResponse({"error_code": 422, "message": "Unprocessable request"}, 422, None, MEDIA_TYPE)


def _name(subject: str) -> str:
    name = name_of_subject(subject)
    if name is None:
        raise Refusal(404, 40401, f"Subject '{subject}' not found.")
    return name


def _name_by_id(identifier: str) -> str:
    name = schema_names_by_id().get(int(identifier)) if identifier.isascii() and identifier.isdigit() else None
    if name is None:
        raise Refusal(404, 40403, f"Schema {identifier} not found")
    return name


def _version(version: str) -> None:
    """There is one version of each subject: a change that readers would notice is a new topic."""
    if version in ("1", "latest", "-1"):
        return
    if version.lstrip("-").isdigit() and int(version) > 0:
        raise Refusal(404, 40402, f"Version {version} not found.")
    raise Refusal(422, 42202, f"The specified version '{version}' is not a valid version id.")


def _described(subject: str, name: str) -> dict[str, Any]:
    return {"subject": subject, "version": 1, "id": schema_id(name), "schema": schema_text(name)}


def _reads(app: FastAPI) -> None:
    @app.get("/")
    async def root() -> Response:
        return _answer({})

    @app.get("/subjects")
    async def list_subjects(request: Request, subjectPrefix: str = "") -> Response:  # noqa: N803 - their name
        return _answer([one for one in subjects(request.app.state.jobcenters) if one.startswith(subjectPrefix)])

    @app.get("/subjects/{subject}/versions")
    async def versions(subject: str) -> Response:
        _name(subject)
        return _answer([1])

    @app.get("/subjects/{subject}/versions/{version}")
    async def version(subject: str, version: str) -> Response:
        name = _name(subject)
        _version(version)
        return _answer(_described(subject, name))

    @app.get("/subjects/{subject}/versions/{version}/schema")
    async def version_schema(subject: str, version: str) -> Response:
        name = _name(subject)
        _version(version)
        return Response(schema_text(name), media_type=MEDIA_TYPE)

    @app.get("/subjects/{subject}/versions/{version}/referencedby")
    async def referenced_by(subject: str, version: str) -> Response:
        _name(subject)
        _version(version)
        return _answer([])

    @app.post("/subjects/{subject}")
    async def lookup(subject: str, request: Request) -> Response:
        """Which id and version a schema has. Readers do this too; nothing is written."""
        return _answer(_described(subject, await _same_schema(subject, request)))

    @app.get("/schemas/types")
    async def types() -> Response:
        return _answer(["AVRO"])

    @app.get("/schemas/ids/{identifier}")
    async def by_id(identifier: str) -> Response:
        return _answer({"schema": schema_text(_name_by_id(identifier))})

    @app.get("/schemas/ids/{identifier}/schema")
    async def text_by_id(identifier: str) -> Response:
        return Response(schema_text(_name_by_id(identifier)), media_type=MEDIA_TYPE)

    @app.get("/schemas/ids/{identifier}/subjects")
    async def subjects_by_id(identifier: str, request: Request) -> Response:
        return _answer(subjects_of_schema(_name_by_id(identifier), request.app.state.jobcenters))

    @app.get("/schemas/ids/{identifier}/versions")
    async def versions_by_id(identifier: str, request: Request) -> Response:
        found = subjects_of_schema(_name_by_id(identifier), request.app.state.jobcenters)
        return _answer([{"subject": subject, "version": 1} for subject in found])

    @app.get("/config")
    async def config() -> Response:
        return _answer({"compatibilityLevel": LEVEL})

    @app.get("/config/{subject}")
    async def subject_config(subject: str, defaultToGlobal: str = "false") -> Response:  # noqa: N803 - their name
        # Python clients write True, Java clients true.
        if defaultToGlobal.lower() != "true":
            raise Refusal(404, 40408, f"Subject '{subject}' does not have subject-level compatibility configured")
        return _answer({"compatibilityLevel": LEVEL})

    @app.get("/mode")
    async def mode() -> Response:
        return _answer({"mode": "READONLY"})

    @app.get("/mode/{subject}")
    async def subject_mode(subject: str, defaultToGlobal: str = "false") -> Response:  # noqa: N803 - their name
        if defaultToGlobal.lower() != "true":
            raise Refusal(404, 40409, f"Subject '{subject}' does not have subject-level mode configured")
        return _answer({"mode": "READONLY"})

    @app.get("/contexts")
    async def contexts() -> Response:
        return _answer(["."])

    @app.get("/associations/{rest:path}")
    async def associations(rest: str) -> Response:
        """confluent-kafka from 2.14 asks this first; only 404 or an empty list makes it go on with the topic's name."""
        raise Refusal(404, 40410, "No associations.")

    @app.get("/v1/metadata/id")
    async def metadata_id() -> Response:
        return _answer({"scope": {"path": [], "clusters": {}}, "id": "jobhub"})


def _refusals(app: FastAPI) -> None:
    @app.post("/subjects/{subject}/versions")
    async def register(subject: str, request: Request) -> Response:
        """A schema that is there already has its id; anything else is refused."""
        try:
            name = await _same_schema(subject, request)
        except Refusal as refusal:
            if refusal.error_code == 42201:
                raise
            raise _READ_ONLY from refusal
        return _answer({"id": schema_id(name)})

    @app.api_route("/{rest:path}", methods=["POST", "PUT", "DELETE", "PATCH"])
    async def write(rest: str) -> Response:
        raise _READ_ONLY

    @app.get("/{rest:path}")
    async def unknown(rest: str) -> Response:
        raise HTTPException(404)


_READ_ONLY = Refusal(403, 40301, "This registry is read only: schemas come with a release of the hub.")


async def _same_schema(subject: str, request: Request) -> str:
    """Name of the subject's schema, if the body holds that very schema."""
    name = _name(subject)
    try:
        body = json.loads(await request.body())
        same = canonical(json.loads(body["schema"])) == canonical_of(name)
    except Exception as error:  # not JSON, no schema in it, or not Avro: fastavro raises many things
        raise Refusal(422, 42201, "The schema cannot be read.") from error
    if not same:
        raise Refusal(404, 40403, "Schema not found")
    return name
