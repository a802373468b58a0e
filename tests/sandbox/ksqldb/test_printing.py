"""PRINT: which records, and how they look."""

import asyncio
import struct

import pytest

from sandbox.ksqldb.queries import Queries
from sandbox.ksqldb.wire import Form
from sandbox.topics import StoredRecord
from tests.sandbox.ksqldb.engine import Engine


def fill(engine: Engine, *pairs: tuple[bytes | None, bytes | None], at_ms: int = 0) -> None:
    log = engine.topic("t")
    for key, value in pairs:
        log.append(StoredRecord(key, value, at_ms), 0)


def printed(engine: Engine, text: str) -> list[str]:
    """Return the lines of a PRINT that ends by itself."""

    async def read() -> str:
        answer = Queries(engine.server).answer(text, {}, {}, Form.ROWS)
        return "".join([chunk async for chunk in answer.chunks()])

    return asyncio.run(read()).splitlines()


def values(engine: Engine, text: str) -> list[str]:
    lines = [line for line in printed(engine, text) if line.startswith("rowtime")]
    return [line.split("value: ")[1].split(", partition")[0] for line in lines]


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("FROM BEGINNING LIMIT 3", ["v0", "v1", "v2"]),
        ("FROM BEGINNING INTERVAL 2 LIMIT 3", ["v0", "v2", "v4"]),
        ("FROM BEGINNING SAMPLE 3 LIMIT 2", ["v0", "v3"]),
        ("FROM BEGINNING LIMIT 0", []),
        ("LIMIT 0", []),
    ],
)
def test_from_where_how_many_and_each_how_manieth(
    engine: Engine, clauses: str, expected: list[str]
) -> None:
    fill(engine, *[(None, f"v{n}".encode()) for n in range(6)])

    assert values(engine, f"PRINT 't' {clauses};") == expected


def test_without_from_beginning_only_what_comes_is_printed(engine: Engine) -> None:
    fill(engine, (b"a", b"old"))

    async def read() -> str:
        answer = Queries(engine.server).answer("PRINT t LIMIT 1;", {}, {}, Form.ROWS)
        chunks = answer.chunks()
        reading = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        engine.cluster.topic("t").append(StoredRecord(b"a", b"new", 0), 0)
        return await reading

    assert "value: new" in asyncio.run(read())


@pytest.mark.parametrize(
    ("key", "formats", "shown"),
    [
        (b"some key", "KAFKA_BIGINT or KAFKA_DOUBLE or KAFKA_STRING", "8317987317879629177"),
        (b"key", "KAFKA_STRING", "key"),
        (struct.pack(">i", -5), "KAFKA_INT", "-5"),
        (struct.pack(">q", 7), "KAFKA_BIGINT or KAFKA_DOUBLE or KAFKA_STRING", "7"),
        (b'{"A":1}', "JSON or KAFKA_STRING", '{"A":1}'),
        (b"\xff\xfe\xfd", "UNRECOGNISED_BYTES", "ff fe fd"),
        (None, "¯\\_(ツ)_/¯ - no data processed", "<null>"),
    ],
)
def test_formats_are_guessed(engine: Engine, key: bytes | None, formats: str, shown: str) -> None:
    fill(engine, (key, b"v"), at_ms=1_582_501_512_345)

    assert printed(engine, "PRINT t FROM BEGINNING LIMIT 1;") == [
        f"Key format: {formats}",
        "Value format: KAFKA_STRING",
        f"rowtime: 2020/02/23 23:45:12.345 Z, key: {shown}, value: v, partition: 0",
    ]


def test_a_later_record_narrows_the_guess(engine: Engine) -> None:
    fill(engine, (b"four", b"[1]"), (b"three", b"[2]"))

    found = printed(engine, "PRINT t FROM BEGINNING LIMIT 2;")

    assert found[:2] == ["Key format: KAFKA_STRING", "Value format: JSON or KAFKA_STRING"]
    assert [line.split(", ")[1] for line in found[2:]] == ["key: 1718580594", "key: three"]


def test_avro_is_shown_by_its_schema(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(
        "CREATE STREAM s (k INT KEY, n INT) WITH (kafka_topic='t', value_format='AVRO');"
        "INSERT INTO s VALUES (1, 2);"
    )

    found = printed(engine, "PRINT t FROM BEGINNING LIMIT 1;")

    assert found[:2] == [
        "Key format: KAFKA_INT or KAFKA_STRING",
        "Value format: AVRO or KAFKA_STRING",
    ]
    assert ', key: 1, value: {"N": 2}, partition: 0' in found[2]


def test_a_time_beyond_all_calendars_is_a_number(engine: Engine) -> None:
    fill(engine, (None, b"v"), at_ms=10**17)

    assert "rowtime: 100000000000000000," in printed(engine, "PRINT t FROM BEGINNING LIMIT 1;")[2]
