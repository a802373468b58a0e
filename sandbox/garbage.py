"""How often Python looks for reference cycles, in a process that keeps many records.

Records, rows and states form no cycles; reference counts free them. With Python's own thresholds
the collector walks the records all the same, again and again: a third of the time where topics
hold bytes. Rows that nobody has read as records it drops from its lists by itself. Leaves out
switching it off: requests that fail do leave cycles, and a collector that comes back late has
more to walk (docs/adr/0008).
"""

import gc

THRESHOLDS = (4_000, 100, 50)
"""Objects made between two looks at the youngest; looks until the middle, and until all, are
looked at too. Python's own are 700, 10, 10. With more than a few thousand the youngest would
have left the processor's cache before the look at them."""


def expect_many_records() -> None:
    """Look less often from now on."""
    gc.set_threshold(*THRESHOLDS)
