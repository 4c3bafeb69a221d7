"""Shape of deploy/board.yaml: who runs the board, whom to write to, and the texts only that body can write."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.mail import Tls
from hub.web.clean import safe_link
from hub.web.writing import mailbox, telephone
from schemas.jobcenter import ConfigurationError

Lines = Annotated[list[str], Field(min_length=1)]


def _mail_address(written: str) -> str:
    if mailbox(written) is None:
        raise ValueError("no mail address")
    return written


def _telephone(written: str) -> str:
    if telephone(written) is None:
        raise ValueError("no telephone number; digits, spaces, + ( ) / - only")
    return written


def _link(written: str) -> str:
    if safe_link(written) is None:
        raise ValueError("no web address; it begins with https://")
    return written


Mail = Annotated[str, AfterValidator(_mail_address)]
Telephone = Annotated[str, AfterValidator(_telephone)]
Link = Annotated[str, AfterValidator(_link)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


class Text(_Part):
    """A text in both languages."""

    de: str
    en: str


class Body(_Part):
    """An office one can write to, ring up or visit."""

    name: str
    address: Lines
    phone: Telephone | None = None
    email: Mail | None = None
    website: Link | None = None


class Imprint(Body):
    """Who is responsible for these pages (§ 5 DDG)."""

    phone: Telephone
    email: Mail
    represented_by: str
    supervised_by: str | None = None
    vat_id: str | None = None


class Privacy(_Part):
    """What a privacy notice must say that the software cannot know (Art. 13 GDPR)."""

    officer: Body = Field(description="data protection officer")
    legal_basis: Text
    processors: list[str] = Field([], description="who runs servers on behalf of the operator")
    server_logs: Text = Field(description="which logs web server or proxy keep, and for how long")
    authority: Body = Field(description="where to complain")


class Accessibility(_Part):
    """What an accessibility statement must say (§ 10b BGG NRW, Commission Implementing Decision (EU) 2018/1523)."""

    email: Mail = Field(description="where reports of barriers go")
    phone: Telephone | None = None
    reviewed_on: date = Field(description="day of the last assessment; it is due once a year")
    reviewed_by: Text = Field(description="self-assessment, or the body that assessed")
    known_barriers: list[Text] = []
    ombuds: Body = Field(description="ombuds office for accessible information technology of the Land")


class Explanation(_Part):
    """Leichte Sprache or Deutsche Gebärdensprache. People write and film it; the board gives it a place."""

    paragraphs: list[str] = Field([], description="text in Leichte Sprache; one sentence or two each")
    links: dict[str, Link] = Field({}, description="label: address of a film or a text")


class EmployerService(_Part):
    """Employer service of a Jobcenter, printed on every posting of it."""

    name: str
    phone: Telephone | None = None
    email: Mail | None = None
    hours: Text | None = None


class MailServer(_Part):
    """Where mail is handed over. Without it the form for barriers shows the address only."""

    host: str
    port: int = Field(587, ge=1, le=65535)
    sender: Mail
    tls: Tls = Field("starttls", description="starttls, tls, or none for a server on this very machine")
    user_env: str | None = Field(None, description="name of the variable that holds the user")
    password_env: str | None = Field(
        None, description="name of the variable that holds the password; its _FILE or _KEYRING may say where it is"
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.user_env is None) != (self.password_env is None):
            raise ValueError("user_env and password_env belong together: both or neither")
        return self


class Operator(_Part):
    """The body that runs the board."""

    sample: bool = Field(False, description="true: everything here is made up, and the pages say so")
    imprint: Imprint
    privacy: Privacy
    accessibility: Accessibility
    easy_language: Explanation = Explanation()
    sign_language: Explanation = Explanation()
    employer_services: dict[str, EmployerService] = Field({}, description="by id of the Jobcenter")
    map_link: str | None = Field(
        None,
        pattern=r"^https://[^\s\"'<>]*\{place\}[^\s\"'<>]*$",
        description="address of a map with {place} in it; a visitor who follows it leaves the board",
    )
    map: bool = Field(False, description="true: searches can be seen as a map of towns, drawn by the board itself")
    mail: MailServer | None = None


def load_operator(path: Path) -> Operator:
    """Read and check the file.

    Raises:
        ConfigurationError: it is missing or faulty; names the place and what is wrong with it.
    """
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(str(path), "no such file", "E702", de="diese Datei gibt es nicht") from None
    except UnicodeDecodeError:
        raise ConfigurationError(str(path), "not UTF-8", de="nicht in UTF-8 gespeichert") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigurationError(where, "not valid YAML", de="kein gültiges YAML") from error
    try:
        return Operator.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        unquoted = first["type"] == "string_type" and isinstance(first["input"], int | float)
        raise ConfigurationError(str(path), f"{place}: {first['msg']}", "E704" if unquoted else "E701") from error
