"""Ending with the process that started us.

An engine that is killed cannot stop its plugins. Leaves out orderly endings: those the engine
asks for.
"""

import os
import threading

CHECK_INTERVAL_S = 1.0


def exit_with_parent() -> None:
    """End this process, at once and quietly, soon after its parent has ended.

    Asks who the parent is, because the kernel's own notice (Linux only) fires when the parent's
    starting *thread* ends, and the engine's threads come and go.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(CHECK_INTERVAL_S)
    os._exit(0)
