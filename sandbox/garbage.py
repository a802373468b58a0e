"""How often Python looks for reference cycles, in a process that keeps many records.

Records, rows and states form no cycles; reference counts free them. With Python's own thresholds
the collector walks them all again and again all the same: a third of the engine's time, measured
by `python -m bench pipeline`. Leaves out switching it off: requests that fail do leave cycles.
"""

import gc

THRESHOLDS = (20_000, 20, 50)
"""Objects made between two looks at the youngest; looks until the middle, and until all, are
looked at too. Python's own are 700, 10, 10."""


def expect_many_records() -> None:
    """Look less often from now on."""
    gc.set_threshold(*THRESHOLDS)
