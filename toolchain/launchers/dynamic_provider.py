"""`pulumi-resource-pulumi-python` for a CLI that we built: runs the SDK's dynamic provider.

Adds to the SDK's own module only what a killed engine needs. Leaves out what dynamic providers
do: their code is the program's.
"""

import runpy

from toolchain.launchers.lifeline import exit_with, parent

if __name__ == "__main__":
    exit_with(parent())
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
