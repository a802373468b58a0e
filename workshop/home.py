"""`.workshop/`: everything that running the workshop leaves on disk, and the environment to use it.

Owns where things lie in a checkout, the private PULUMI_HOME with the stand-in plugins in it, and
`.workshop/env`. Leaves out what is done there (`workshop.lifecycle`).
"""

import json
import os
import shlex
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from toolchain.launchers import launcher, write_executable
from toolchain.pulumi_cli import LINK_FOLDER

DEFAULT_PORT = 8900
"""Where the sandbox listens unless `PORT` says otherwise; Pulumi.yaml names it too."""

PASSPHRASE = "workshop"  # noqa: S105 - public on purpose: it protects a sandbox's dummy secrets
"""Of the secrets in sandbox stacks' states. Fixed, so that a committed salt stays valid."""

STAND_INS = {"confluentcloud": "sandbox.plugins.confluentcloud", "gcp": "sandbox.plugins.gcp"}
"""Pulumi package and the module that stands in for its plugin."""

REAL_PLUGINS_VARIABLE = "WORKSHOP_REAL_PLUGINS"
"""Environment variable: packages, separated by commas, whose published plugin is used instead."""

SANDBOX_VARIABLE = "WORKSHOP_SANDBOX"
"""Environment variable with the sandbox's address. The stand-ins prefer it to any other address
on this machine, so that a stack follows the sandbox to another port."""

CLEARED_PREFIXES = (
    "CATALOG_",
    "CLOUDSDK_",
    "CONFLUENT_",
    "FLINK_",
    "GCLOUD_",
    "GCP_",
    "GOOGLE_",
    "IMPORT_",
    "KAFKA_",
    "PULUMI_",
    "SCHEMA_REGISTRY_",
    "TABLEFLOW_",
)
"""Variables that would point a provider or the engine elsewhere, or give it real credentials."""

LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True)
class Home:
    """The run-time state of one checkout."""

    checkout: Path
    port: int

    @property
    def folder(self) -> Path:
        """Ignored by git; everything below is ours to write and to remove."""
        return self.checkout / ".workshop"

    @property
    def bin(self) -> Path:
        """The CLI that we built with its launchers; empty when there is one on PATH."""
        return self.checkout / LINK_FOLDER

    @property
    def pulumi_home(self) -> Path:
        """Private: nothing of the user's own `~/.pulumi` is read or written."""
        return self.folder / "pulumi"

    @property
    def backend(self) -> Path:
        """Where the stacks' states lie."""
        return self.folder / "stacks"

    @property
    def env_file(self) -> Path:
        """To be sourced by a shell."""
        return self.folder / "env"

    @property
    def port_file(self) -> Path:
        """Remembers the sandbox's port until `make down`."""
        return self.folder / "port"

    @property
    def lock_file(self) -> Path:
        """Held by whoever changes anything here."""
        return self.folder / "lock"

    @property
    def python(self) -> Path:
        """The interpreter that has the packages."""
        return self.checkout / ".venv" / "bin" / "python"

    @property
    def address(self) -> str:
        """Of the sandbox, without trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def variables(self) -> dict[str, str]:
        """Return the environment variables that a `pulumi` for the sandbox needs, PATH left out."""
        return {
            "VIRTUAL_ENV": str(self.checkout / ".venv"),
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_BACKEND_URL": backend_url(self.backend),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # A plugin or language host of the same name on PATH would win over ours.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            # Copies of states that nobody would restore take a twentieth of the time of an `up`.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            SANDBOX_VARIABLE: self.address,
            "PORT": str(self.port),
        }


def backend_url(folder: Path) -> str:
    """Return a folder as the place where the engine keeps states.

    Without the files of attributes that it would write beside each state: those are not replaced
    in one go as states are, and an engine that is killed while it writes one leaves it empty.
    Every later command then fails with "failed to load checkpoint: EOF" (package `fileblob` of
    gocloud.dev, which Pulumi's own backend stands on).
    """
    return f"{folder.as_uri()}?metadata=skip"


def chosen_port(environ: Mapping[str, str], checkout: Path) -> int:
    """Return the sandbox's port: `PORT`, else that of the last `make up`, else the default.

    Raises:
        ValueError: `PORT` is no port number.
    """
    remembered = checkout / ".workshop" / "port"
    text = environ.get("PORT") or (remembered.read_text() if remembered.exists() else "")
    if not text:
        return DEFAULT_PORT
    if not text.strip().isdigit() or not 1 <= int(text) <= 65535:  # noqa: PLR2004 - TCP's range
        raise ValueError(f"PORT is {text!r}, but must be a number from 1 to 65535")
    return int(text)


def real_plugins(environ: Mapping[str, str], port: int) -> frozenset[str]:
    """Return the packages for which the user wants the published plugin.

    Raises:
        ValueError: One of them has no stand-in in the first place, or the sandbox is not where
            Pulumi.yaml says: only the stand-ins follow it to another port.
    """
    wanted = frozenset(
        name.strip() for name in environ.get(REAL_PLUGINS_VARIABLE, "").split(",") if name.strip()
    )
    if unknown := wanted - STAND_INS.keys():
        raise ValueError(
            f"{REAL_PLUGINS_VARIABLE} names {', '.join(sorted(unknown))}, but there are stand-ins"
            f" only for {', '.join(STAND_INS)}"
        )
    if wanted and port != DEFAULT_PORT:
        raise ValueError(
            f"{REAL_PLUGINS_VARIABLE} needs the sandbox on port {DEFAULT_PORT}, not {port}: a"
            " published plugin takes the address from Pulumi.yaml"
        )
    return wanted


def is_cleared(variable: str) -> bool:
    """Return whether a variable of the user's shell is kept from everything that we run."""
    return variable.startswith(CLEARED_PREFIXES) or variable == "PYTHONHOME"


def environment(
    home: Home, environ: Mapping[str, str], real: Collection[str] = ()
) -> dict[str, str]:
    """Return the environment for commands: the user's, made safe and pointed at the sandbox."""
    kept = {name: value for name, value in environ.items() if not is_cleared(name)}
    folders = [str(home.bin), str(home.python.parent), environ.get("PATH", os.defpath)]
    paths = {"PATH": os.pathsep.join(folders)}
    return kept | home.variables() | _for_plugins(real) | _proxies(environ) | paths


def _for_plugins(real: Collection[str]) -> dict[str, str]:
    if real:
        # Makes the published Confluent provider wait seconds instead of minutes.
        return {"TF_ACC": "1"}
    # Looking for downloads costs seconds where there is no network, and nothing is missing.
    return {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    # gRPC and requests would otherwise ask a proxy for this machine's own addresses.
    return {
        name: ",".join(filter(None, (environ.get(name), LOOPBACK)))
        for name in ("NO_PROXY", "no_proxy")
    }


def env_script(home: Home, real: Collection[str] = ()) -> str:
    """Return `.workshop/env`: the same for a shell (sh, bash or zsh) to source."""
    prefixes = "|".join(CLEARED_PREFIXES)
    lines = [
        "# Written by `make up`. Source it: `source .workshop/env`; then any pulumi command",
        "# works on the sandbox. Variables that could reach a real account are cleared.",
        f"for _name in $(env | sed -nE 's/^(({prefixes})[A-Za-z0-9_]*)=.*/\\1/p'); do",
        '  unset "$_name"',
        "done",
        "unset _name PYTHONHOME",
    ]
    for name, value in (home.variables() | _for_plugins(real)).items():
        lines.append(f"export {name}={shlex.quote(value)}")
    for name in ("NO_PROXY", "no_proxy"):
        lines.append(f'export {name}="${{{name}:+${name},}}{LOOPBACK}"')
    front = shlex.quote(f"{home.bin}:{home.python.parent}")
    # Sourced twice, PATH must not grow.
    lines += [
        f'case ":$PATH:" in *:{front}:*) ;; *) PATH={front}:"$PATH" ;; esac',
        "export PATH",
    ]
    return "\n".join(lines) + "\n"


def prepare(home: Home, real: Collection[str] = ()) -> None:
    """Make the folders, install the stand-ins as plugins, and write `.workshop/env`."""
    for folder in (home.pulumi_home, home.backend):
        folder.mkdir(parents=True, exist_ok=True)
    plugins = home.pulumi_home / "plugins"
    for package, module in STAND_INS.items():
        version = sdk_version(package)
        folder = plugins / f"resource-{package}-v{version}"
        if package in real:
            _use_published(folder)
            continue
        _remove_others(plugins, package, keep=folder)
        script = launcher(home.python, home.checkout, module)
        write_executable(folder / f"pulumi-resource-{package}", script)
    home.port_file.write_text(str(home.port))
    home.env_file.write_text(env_script(home, real))


def _use_published(folder: Path) -> None:
    """Make room for a published plugin, taking it from the user's own cache if it is there."""
    cached = Path("~/.pulumi/plugins").expanduser() / folder.name
    if folder.is_symlink():
        return
    shutil.rmtree(folder, ignore_errors=True)
    if cached.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(cached)


def _remove_others(plugins: Path, package: str, *, keep: Path) -> None:
    """Remove stand-ins for other versions, and links to published plugins."""
    for other in plugins.glob(f"resource-{package}-v*"):
        if other.is_symlink():
            other.unlink()
        elif other != keep and other.is_dir():
            shutil.rmtree(other)


def sdk_version(package: str) -> str:
    """Return the version of the plugin that the installed SDK of a Pulumi package asks for."""
    found = find_spec(f"pulumi_{package}")
    assert found is not None, f"requirements.txt installs pulumi_{package}"
    assert found.origin is not None
    declaration = Path(found.origin).with_name("pulumi-plugin.json")
    return str(json.loads(declaration.read_text())["version"])
