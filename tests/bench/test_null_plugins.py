"""Null plugins: as much checking as the stand-ins, and answers that a program can work with."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bench.null_plugins.answers import instant, value_of
from bench.null_plugins.install import install
from sandbox.plugins.confluentcloud.table import table as confluentcloud
from sandbox.plugins.gcp.table import table as gcp
from sandbox.plugins.http import LoopbackTransport
from sandbox.plugins.provider import Table
from sandbox.plugins.waiting import EndablePause
from workshop.home import sdk_version

TABLES: dict[str, Table[Any]] = {
    package: make(LoopbackTransport(), EndablePause())
    for package, make in (("confluentcloud", confluentcloud), ("gcp", gcp))
}


@pytest.fixture(params=sorted(TABLES))
def null(request: pytest.FixtureRequest) -> Table[str]:
    return instant(TABLES[request.param])


def test_every_type_and_function_is_there(null: Table[str]) -> None:
    original = TABLES[null.package]

    assert [kind.name for kind in null.types] == [kind.name for kind in original.types]
    assert null.invokes.keys() == original.invokes.keys()
    assert null.version == original.version


def test_every_output_has_a_value_without_any_request(null: Table[str]) -> None:
    session = null.connect({})

    for kind in null.types:
        assert kind.create(session, {}).outputs.keys() == set(kind.computed)
        assert kind.read(session, "null", {}) == {}
        assert kind.settle is None


def test_inputs_are_checked_and_compared_as_by_the_stand_ins(null: Table[str]) -> None:
    for mine, theirs in zip(null.types, TABLES[null.package].types, strict=True):
        assert (mine.inputs, mine.replaced_by, mine.defaults) == (
            theirs.inputs,
            theirs.replaced_by,
            theirs.defaults,
        )
        assert (mine.update is None) is (theirs.update is None)


def test_the_key_file_parses() -> None:
    assert json.loads(base64.b64decode(value_of("privateKey")))["type"] == "service_account"


def test_installed_null_plugins_take_the_place_of_all_providers(tmp_path: Path) -> None:
    home, launchers = tmp_path / "home", tmp_path / "bin"

    install(home, launchers, python=tmp_path / "python", checkout=tmp_path)

    versions = {package: sdk_version(package) for package in TABLES}
    assert {path.name for path in (home / "plugins").iterdir()} == {
        f"resource-{package}-v{version}" for package, version in versions.items()
    }
    assert (
        "bench.null_plugins pulumi-python"
        in (launchers / "pulumi-resource-pulumi-python").read_text()
    )
