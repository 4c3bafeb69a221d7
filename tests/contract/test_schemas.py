"""Every schema is documented, classified, extensible, harmless to read, and pinned to its id."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pytest

from schemas import docs, ids, lint
from schemas.codec import SCHEMAS, AvroSchema, avsc

Change = Callable[[AvroSchema], None]


def changed(schema: str, change: Change) -> AvroSchema:
    """A copy of a schema with a change."""
    copied = copy.deepcopy(avsc(schema))
    change(copied)
    return copied


def field(schema: AvroSchema, path: str) -> dict[str, Any]:
    """A field by its dotted path."""
    first, _, rest = path.partition(".")
    found: dict[str, Any] = next(field for field in schema["fields"] if field["name"] == first)
    return field_in(found, rest) if rest else found


def field_in(outer: dict[str, Any], path: str) -> dict[str, Any]:
    """A field inside the record that is the type of another one, be it optional or in an array."""
    kind = outer["type"]
    if isinstance(kind, list):
        kind = kind[1]
    return field(kind["items"] if kind["type"] == "array" else kind, path)


# ---------------------------------------------------------------------------------------------------------------- lint


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_has_no_findings(schema: str) -> None:
    assert [] == lint.problems(avsc(schema), schema)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_is_avro(schema: str) -> None:
    assert fastavro.parse_schema(copy.deepcopy(avsc(schema)))


def _drop(path: str, attribute: str) -> Change:
    return lambda schema: field(schema, path).pop(attribute)


def _set(path: str, attribute: str, value: Any) -> Change:
    return lambda schema: field(schema, path).update({attribute: value})


def _append(**new: Any) -> Change:
    return lambda schema: schema["fields"].append({"doc": "New.", "class": "public", **new})


def _in_type(path: str, attribute: str, value: Any) -> Change:
    def change(schema: AvroSchema) -> None:
        kind = field(schema, path)["type"]
        (kind[1] if isinstance(kind, list) else kind)[attribute] = value

    return change


_EMPTY_RECORD = {"type": "record", "name": "Nothing", "doc": "No fields.", "fields": []}

BROKEN: dict[str, tuple[Change, str]] = {
    "field without doc": (_drop("title", "doc"), "title: no doc"),
    "nested field without doc": (_drop("employer.name", "doc"), "employer.name: no doc"),
    "field without class": (_drop("title", "class"), "title: class is None"),
    "nested field without class": (_drop("external_references.id", "class"), "external_references[].id: class is None"),
    "class of our own invention": (_set("title", "class", "secret"), "title: class is 'secret'"),
    "optional without default": (_drop("employer", "default"), "employer: optional without default null"),
    "nested optional without default": (_drop("workplace.plz", "default"), "workplace.plz: optional without default"),
    "null last": (_append(name="extra", type=["string", "null"], default=""), "extra: a union is null first"),
    "union of three": (_append(name="extra", type=["null", "string", "int"], default=None), "extra: a union is"),
    "enum without UNKNOWN": (_in_type("status", "symbols", ["ACTIVE", "ENDED", "UNKNOWN"]), "status: enum Status"),
    "enum without default": (_in_type("status", "default", None), "status: enum Status does not"),
    "symbol in small letters": (_in_type("status", "symbols", ["UNKNOWN", "active"]), "symbol 'active'"),
    "type without doc": (_in_type("employer", "doc", ""), "type Employer has no doc"),
    "camel case": (_set("source_id", "name", "sourceId"), "sourceId: field name is not snake_case"),
    "type name in small letters": (_in_type("employer", "name", "employer"), "'employer' is not PascalCase"),
    "recursion": (_append(name="next", type=["null", "VacancyReported"], default=None), "next: recursive"),
    "array of null": (_append(name="extra", type={"type": "array", "items": "null"}), "extra: items of the array may"),
    "array of nothing": (_append(name="extra", type={"type": "array", "items": _EMPTY_RECORD}), "extra: items of the"),
    "map": (_append(name="extra", type={"type": "map", "values": "string"}), "extra: a map has no documented keys"),
    "decimal without bound": (
        _append(name="extra", type={"type": "bytes", "logicalType": "decimal", "precision": 4000, "scale": 2}),
        "extra: decimal is not bounded",
    ),
    "decimal with more places than digits": (
        _append(name="extra", type={"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3}),
        "extra: decimal is not bounded",
    ),
    "namespace of another event": (lambda schema: schema.update(namespace="de.muensterland.x.v1"), "namespace is"),
    "no bytes at all": (lambda schema: schema.update(fields=[]), "the top: a record may have no bytes"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_schema_is_found(what: str) -> None:
    change, expected = BROKEN[what]
    found = lint.problems(changed("vacancy", change), "vacancy")

    assert any(expected in problem for problem in found), found


# ----------------------------------------------------------------------------------------------------------------- ids


def test_ids_lock_fits_the_schemas() -> None:
    assert [] == ids.problems()


def test_documentation_may_change_under_an_id() -> None:
    before = ids.fingerprint(avsc("vacancy"))

    assert before == ids.fingerprint(changed("vacancy", _set("title", "doc", "Other words.")))
    assert before == ids.fingerprint(changed("vacancy", _set("title", "class", "internal")))


def test_the_order_of_properties_and_white_space_do_not_matter() -> None:
    turned = json.loads(json.dumps(avsc("vacancy"), indent=7), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

    assert ids.fingerprint(avsc("vacancy")) == ids.fingerprint(turned)


@pytest.mark.parametrize(
    "change",
    [
        _set("title", "name", "heading"),
        _set("openings", "type", "long"),
        _append(name="extra", type=["null", "string"], default=None),
        _in_type("status", "symbols", ["UNKNOWN", "ENDED", "ACTIVE"]),
        lambda schema: schema["fields"].reverse(),
        lambda schema: field(schema, "pay.minimum")["type"][1].update(scale=3),
        lambda schema: field(schema, "published_from")["type"].pop("logicalType"),
        _drop("employer", "default"),
    ],
    ids=["name", "type", "new field", "order of symbols", "order of fields", "scale", "logical type", "default"],
)
def test_a_schema_changed_under_its_id_is_caught(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = changed("vacancy", change)
    monkeypatch.setattr(ids, "avsc", lambda name: mutant if name == "vacancy" else avsc(name))

    assert ["vacancy: schema changed on the wire under id 1"] == ids.problems()


@pytest.mark.parametrize(
    ("schema", "given", "expected"),
    [
        ("measure", 1, "ids.lock gives one id to two schemas"),
        ("measure", 0, "ids.lock gives an id below 1; stock clients take 0 for none"),
    ],
)
def test_a_bad_id_is_caught(
    schema: str, given: int, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = ids.locked()
    lock[schema]["id"] = given
    monkeypatch.setattr(ids, "LOCK", tmp_path / "ids.lock")
    ids.LOCK.write_text(json.dumps(lock), encoding="utf-8")

    assert [expected] == ids.problems()


def test_pinning_gives_a_new_schema_the_next_id_and_touches_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = ids.locked()
    newest = max(lock, key=lambda name: int(str(lock[name]["id"])))
    before = {name: entry for name, entry in lock.items() if name != newest}
    monkeypatch.setattr(ids, "LOCK", tmp_path / "ids.lock")
    ids.LOCK.write_text(json.dumps(before), encoding="utf-8")
    ids.pin()

    assert lock == ids.locked()


def test_pinning_does_not_heal_a_changed_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lock = ids.locked()
    lock["vacancy"]["sha256"] = "0" * 64
    monkeypatch.setattr(ids, "LOCK", tmp_path / "ids.lock")
    ids.LOCK.write_text(json.dumps(lock), encoding="utf-8")
    ids.pin()

    assert ["vacancy: schema changed on the wire under id 1"] == ids.problems()


# ---------------------------------------------------------------------------------------------------------------- docs


def test_every_readme_holds_the_table_of_its_schema() -> None:
    assert [] == docs.stale(), "run: python -m schemas.docs"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_field_table_names_every_field(schema: str) -> None:
    table = docs.field_table(schema)

    assert all(f"| `{field['name']}` |" in table for field in avsc(schema)["fields"])


def test_a_readme_of_yesterday_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = changed("vacancy", _append(name="extra", type=["null", "string"], default=None))
    monkeypatch.setattr(docs, "avsc", lambda name: mutant if name == "vacancy" else avsc(name))

    assert ["vacancy"] == docs.stale()


def test_a_readme_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no part between"):
        docs.with_table("# vacancy", "table")


def test_the_crosswalk_of_the_vacancy_names_every_field_and_no_other() -> None:
    text = docs.readme("vacancy").read_text(encoding="utf-8").partition("## Crosswalk")[2]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {name.split(".")[0] for row in rows for name in row.split("`")[1::2] if not name.startswith(".")}
    # Without counterpart elsewhere, and said so in the field table.
    ours_alone = {"epoch", "ended_on", "organisational_unit"}

    assert {field["name"] for field in avsc("vacancy")["fields"]} - ours_alone == named
