"""What a case says of sources after its statements: name, type, schema, formats."""

from collections.abc import Iterable, Mapping
from typing import Any

from ksql.language.errors import LanguageError
from ksql.language.parser import parse_statement
from ksql.language.resolved import Column, Source
from ksql.language.tree import CreateSource
from sandbox.ksqldb.server import KsqlServer
from sandbox.ksqldb.testing.outcome import Failed


def check_sources(server: KsqlServer, expected: Iterable[Mapping[str, Any]]) -> None:
    """Compare the sources that a case describes.

    Raises:
        Failed: One is missing or different.
    """
    for one in expected:
        source = server.metastore.source(one["name"])
        if source is None:
            raise Failed(f"source {one['name']} does not exist")
        if str(one.get("type", source.kind)).upper() != str(source.kind):
            raise Failed(f"source {source.name} is a {source.kind}, expected a {one['type']}")
        if one.get("schema"):
            _check_schema(source, str(one["schema"]))
        _check_format(source, "keyFormat", source.key_format.name, one)
        _check_format(source, "valueFormat", source.value_format.name, one)


def _check_format(source: Source, label: str, actual: str, one: Mapping[str, Any]) -> None:
    described = one.get(label)
    if described is None:
        return
    wanted = described.get("format") if isinstance(described, Mapping) else described
    if wanted and str(wanted).upper() != actual:
        raise Failed(f"source {source.name}: {label} is {actual}, expected {wanted}")
    if not isinstance(described, Mapping):
        return
    window = described.get("windowType")
    kind = str(source.window.kind) if source.window else None
    if window and str(window).upper() != kind:
        raise Failed(f"source {source.name}: window type is {kind}, expected {window}")
    size = described.get("windowSize")
    if size is not None and (source.window is None or source.window.size_ms != int(size)):
        raise Failed(f"source {source.name}: window size differs from {size}")


def _check_schema(source: Source, text: str) -> None:
    columns = text.replace("PRIMARY KEY", "KEY")
    try:
        parsed = parse_statement(f"CREATE STREAM X ({columns}) WITH (KAFKA_TOPIC='x');")
    except LanguageError as reason:
        raise Failed(f"the expected schema {text!r} is none: {reason}") from reason
    assert isinstance(parsed, CreateSource)
    keys = tuple(Column(e.name, e.type) for e in parsed.elements if e.constraint)
    values = tuple(Column(e.name, e.type) for e in parsed.elements if not e.constraint)
    if (keys, values) != (source.schema.key, source.schema.value):
        raise Failed(f"source {source.name}: schema is {source.schema}, expected {text}")
