from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.settings import (
    PROJECT,
    SETTINGS,
    SettingsError,
    StackFileUnreadable,
    WorkshopSettings,
    from_stack_file,
    problems_of,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> Any:
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())


def test_pulumi_yaml_repeats_every_setting_with_its_type_and_default(project: Any) -> None:
    declared = {
        key: (entry["type"], entry["default"])
        for key, entry in project["config"].items()
        if ":" not in key
    }

    assert project["name"] == PROJECT
    assert declared == {
        key: ("integer" if isinstance(setting.default, int) else "string", setting.default)
        for key, setting in SETTINGS.items()
    }
    assert all(project["config"][key]["description"] for key in SETTINGS)


def test_a_new_stack_reaches_nothing_but_this_machine(project: Any) -> None:
    endpoints = [
        entry["value"]
        for key, entry in project["config"].items()
        if key.lower().endswith("endpoint")
    ]

    assert len(endpoints) == 7
    assert all(address.startswith("http://127.0.0.1:8900") for address in endpoints)


def test_what_is_not_set_has_its_default() -> None:
    settings = WorkshopSettings.from_values({}, "dev")

    assert (settings.csu, settings.alert_threshold, settings.window_minutes) == (4, 10, 5)
    assert settings.dataset_location == settings.region == "australia-southeast1"


def test_numbers_may_be_text() -> None:
    settings = WorkshopSettings.from_values({"csu": "2", "alert_threshold": 0}, "dev")

    assert (settings.csu, settings.alert_threshold) == (2, 0)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    values = {"csu": 3, "window_minutes": "five", "alert_treshold": "12", "cloud": "AWS"}

    with pytest.raises(SettingsError) as refused:
        WorkshopSettings.from_values(values, "dev")

    assert str(refused.value).splitlines() == [
        "the stack's settings cannot be used:",
        "  stock-fraud:cloud is 'AWS', but must be GCP",
        "  stock-fraud:csu is 3, but must be 1, 2, 4, 8 or 12",
        "  stock-fraud:window_minutes is 'five', but must be a whole number from 1 to 1440 (a day)",
        "  stock-fraud:alert_treshold is no setting (did you mean alert_threshold?): remove it with"
        f" `pulumi config rm alert_treshold`. There are {', '.join(SETTINGS)}",
        "Change them with `pulumi config set KEY VALUE`. Nothing has been created or changed.",
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("csu", True),
        ("csu", 4.0),
        ("csu", ""),
        ("csu", "4 "),
        ("window_minutes", 0),
        ("window_minutes", 1441),
        ("alert_threshold", -1),
        ("datagen_interval_ms", 9),
        ("name_prefix", "A"),
        ("name_prefix", "a"),
        ("name_prefix", "a" * 21),
        ("name_prefix", "a-"),
        ("region", "sydney"),
        ("dataset_name", "a-b"),
        ("dataset_location", "somewhere"),
        ("expires_on", "2026-13-01"),
        ("expires_on", "tomorrow"),
        ("region", {"secure": "…"}),
    ],
)
def test_values_out_of_range_or_of_the_wrong_type_are_refused(key: str, value: object) -> None:
    assert [getattr(problem, "key", None) for problem in problems_of({key: value})] == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dataset_location", "EU"),
        ("dataset_location", ""),
        ("expires_on", "2026-12-31"),
        ("name_prefix", "ab-c1"),
        ("window_minutes", "1440"),
    ],
)
def test_values_within_range_are_taken(key: str, value: object) -> None:
    assert problems_of({key: value}) == ()


def test_a_stack_file_is_judged_without_the_engine(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.team.yaml"
    file.write_text("encryptionsalt: v1:x\nconfig:\n  stock-fraud:csu: '8'\n  gcp:project: mine\n")

    assert from_stack_file(tmp_path, "team").csu == 8
    assert from_stack_file(tmp_path, "other").csu == 4


def test_the_cloud_stack_replaces_every_address_of_the_sandbox(project: Any) -> None:
    cloud = yaml.safe_load((ROOT / "Pulumi.cloud.yaml").read_text())["config"]
    local = {
        key for key, entry in project["config"].items() if "127.0.0.1" in str(entry.get("value"))
    }

    assert local - cloud.keys() == set()
    assert all(cloud[key].startswith("https://") for key in local)
    assert not [key for key in cloud if "secret" in key.lower() or "key" in key.lower()]
    assert from_stack_file(ROOT, "cloud").csu == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("config: [a", "it is no YAML from line 1, column 9 on"),
        ("config: [1, 2]", "it holds something else"),
        ("just text", "it holds something else"),
        ("- config", "it holds something else"),
    ],
)
def test_a_stack_file_that_is_no_mapping_is_refused_with_its_name(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "Pulumi.team.yaml").write_text(text)

    with pytest.raises(StackFileUnreadable) as refused:
        from_stack_file(tmp_path, "team")

    assert str(refused.value).startswith("Pulumi.team.yaml cannot be read: ")
    assert reason in str(refused.value)
    assert "stock-fraud:csu: 4" in str(refused.value)


@pytest.mark.parametrize("value", ["'top-secret", "*secret", "!secret x"])
def test_a_broken_line_of_a_stack_file_is_not_repeated(tmp_path: Path, value: str) -> None:
    (tmp_path / "Pulumi.team.yaml").write_text(f"config:\n  stock-fraud:csu: {value}\n")

    with pytest.raises(StackFileUnreadable, match="it is no YAML from line 2, column 20 on") as no:
        from_stack_file(tmp_path, "team")

    assert "secret" not in str(no.value)


def test_keys_of_a_stack_file_that_are_no_text_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.team.yaml").write_text("config: {1: 2, stock-fraud:csu: 8}")

    assert from_stack_file(tmp_path, "team").csu == 8
