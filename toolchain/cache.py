"""The per-user cache of built CLIs, and locks that let one process at a time do something.

The cache lies outside every checkout, so that all of them share one build per version. It is the
only place outside a checkout that the project writes to. Leaves out what is built.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from toolchain.progress import Step

CACHE_VARIABLE = "WORKSHOP_CACHE"
"""Environment variable that names another folder for the cache."""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the per-user cache folder; it need not exist.

    `$WORKSHOP_CACHE`, else `stock-fraud-workshop` below `$XDG_CACHE_HOME` or `~/.cache`.
    """
    if chosen := environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser().absolute()
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "stock-fraud-workshop"


@contextmanager
def exclusive(lock_file: Path, *, waiting_for: str) -> Iterator[None]:
    """Hold `lock_file` while the body runs; the system lets go of it even if we are killed.

    When somebody else holds it, waits and shows a step that says so.

    Args:
        lock_file: Made when missing; its content is the process id of the holder.
        waiting_for: Completes the sentence "waiting for …", with the holder's process id added.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            with Step(f"waiting for {waiting_for} (process {handle.read().strip()})") as step:
                step.announce()
                fcntl.flock(handle, fcntl.LOCK_EX)
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield
