"""`.workshop/`: the port, the plugins in it, and the environment that a shell sources."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workshop.home import (
    Home,
    chosen_port,
    env_script,
    environment,
    prepare,
    real_plugins,
    sdk_version,
)

SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]

REAL = {
    "CONFLUENT_CLOUD_API_KEY": "a",
    "KAFKA_API_SECRET": "b",
    "SCHEMA_REGISTRY_REST_ENDPOINT": "c",
    "GOOGLE_APPLICATION_CREDENTIALS": "d",
    "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": "e",
    "CLOUDSDK_CORE_PROJECT": "f",
    "PULUMI_ACCESS_TOKEN": "g",
    "PULUMI_STACK": "h",
    "PYTHONHOME": "i",
}
HARMLESS = {"HOME": "/home/a", "PATH": "/usr/bin:/bin", "LANG": "C", "MY_KAFKA": "mine"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    checkout = tmp_path / "it's a checkout"
    checkout.mkdir()
    return Home(checkout, 9000)


def test_variables_that_reach_real_accounts_are_kept_from_everything(home: Home) -> None:
    made = environment(home, HARMLESS | REAL)

    assert REAL.keys() & made.keys() == set()
    assert (made["MY_KAFKA"], made["LANG"]) == ("mine", "C")
    assert made["PULUMI_HOME"] == str(home.pulumi_home)
    assert made["WORKSHOP_SANDBOX"] == "http://127.0.0.1:9000"
    assert made["PATH"] == f"{home.bin}:{home.checkout}/.venv/bin:/usr/bin:/bin"


def test_proxies_are_never_asked_for_this_machine(home: Home) -> None:
    made = environment(home, {"no_proxy": "intranet"})

    assert made["no_proxy"] == "intranet,127.0.0.1,localhost"
    assert made["NO_PROXY"] == "127.0.0.1,localhost"


def test_downloads_are_off_unless_a_published_plugin_is_wanted(home: Home) -> None:
    name = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"

    assert environment(home, {})[name] == "true"
    assert name not in environment(home, {}, real=["gcp"])
    assert environment(home, {}, real=["gcp"])["TF_ACC"] == "1"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_sources_env_has_the_same_environment(home: Home, shell: str) -> None:
    prepare(home)
    script = '. "$1"; . "$1"; exec env'

    answer = subprocess.run(
        [shell, "-c", script, shell, str(home.env_file)],
        env=HARMLESS | REAL,
        capture_output=True,
        text=True,
        check=True,
    )

    shown = dict(line.partition("=")[::2] for line in answer.stdout.splitlines())
    expected = environment(home, HARMLESS | REAL)
    twice = "127.0.0.1,localhost,127.0.0.1,localhost"
    assert {name: shown.get(name) for name in expected} == expected | {
        "no_proxy": twice,
        "NO_PROXY": twice,
    }
    assert shown.keys() & REAL.keys() == set()
    assert answer.stderr == ""


def test_the_environment_names_no_secret_but_the_public_passphrase(home: Home) -> None:
    assert "export PULUMI_CONFIG_PASSPHRASE=workshop\n" in env_script(home)


def test_stand_ins_are_plugins_of_the_sdks_exact_versions(home: Home) -> None:
    prepare(home)

    plugins = home.pulumi_home / "plugins"
    expected = {
        f"resource-{package}-v{sdk_version(package)}" for package in ("confluentcloud", "gcp")
    }
    assert {path.name for path in plugins.iterdir()} == expected
    executable = plugins / f"resource-gcp-v{sdk_version('gcp')}" / "pulumi-resource-gcp"
    assert os.access(executable, os.X_OK)
    assert "-m sandbox.plugins.gcp" in executable.read_text()


def test_a_stand_in_for_another_version_is_removed(home: Home) -> None:
    old = home.pulumi_home / "plugins" / "resource-gcp-v1.0.0"
    old.mkdir(parents=True)

    prepare(home)

    assert not old.exists()


def test_a_published_plugin_takes_the_stand_ins_place_and_gives_it_back(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    name = f"resource-gcp-v{sdk_version('gcp')}"
    published = tmp_path / ".pulumi" / "plugins" / name
    published.mkdir(parents=True)
    (published / "pulumi-resource-gcp").write_text("published")
    plugin = home.pulumi_home / "plugins" / name / "pulumi-resource-gcp"

    prepare(home)
    prepare(home, real=["gcp"])
    with_published = plugin.read_text()
    prepare(home)

    assert with_published == "published"
    assert "-m sandbox.plugins.gcp" in plugin.read_text()
    assert (published / "pulumi-resource-gcp").read_text() == "published"


def test_real_plugins_are_named_by_their_packages() -> None:
    variable = "WORKSHOP_REAL_PLUGINS"

    assert real_plugins({variable: "confluentcloud, gcp"}, 8900) == {"confluentcloud", "gcp"}
    assert real_plugins({}, 9000) == frozenset()
    with pytest.raises(ValueError, match="names confluent, but there are stand-ins only for"):
        real_plugins({variable: "confluent"}, 8900)


def test_published_plugins_do_not_follow_the_sandbox_to_another_port() -> None:
    with pytest.raises(ValueError, match="needs the sandbox on port 8900, not 9000"):
        real_plugins({"WORKSHOP_REAL_PLUGINS": "gcp"}, 9000)


def test_the_port_is_remembered_from_the_last_time(home: Home) -> None:
    before = chosen_port({}, home.checkout)
    prepare(home)

    assert before == 8900
    assert chosen_port({}, home.checkout) == 9000
    assert chosen_port({"PORT": "9100"}, home.checkout) == 9100


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(home: Home, port: str) -> None:
    with pytest.raises(ValueError, match=f"PORT is '{port}', but must be a number from 1 to 65535"):
        chosen_port({"PORT": port}, home.checkout)
