"""Ending with the process that started us.

An engine that is killed cannot stop its plugins. Leaves out orderly endings: those the engine
asks for.
"""

import os
import threading

from toolchain.launchers import PARENT_VARIABLE

CHECK_INTERVAL_S = 1.0


def parent() -> int:
    """Return the process id of whoever started us.

    To be asked for before that process is told anything: afterwards it may have ended already,
    and then somebody else is our parent.
    """
    return int(os.environ.get(PARENT_VARIABLE) or os.getppid())


def exit_with(process: int) -> None:
    """End this process, at once and quietly, soon after its parent `process` has ended.

    Asks who the parent is, because the kernel's own notice (Linux only) fires when the parent's
    starting *thread* ends, and the engine's threads come and go.
    """
    threading.Thread(target=_watch, args=(process,), daemon=True).start()


def _watch(process: int) -> None:
    never = threading.Event()
    while os.getppid() == process:
        never.wait(CHECK_INTERVAL_S)
    os._exit(0)
