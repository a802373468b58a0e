"""The Pulumi CLI for machines without one: found on PATH, else built from its Go modules.

Owns the per-user cache of built CLIs, the Go toolchain that builds them, and the two launchers
that a built CLI needs beside it. Needs nothing but the standard library (the launched language
host excepted), because it runs before anything is installed. Leaves out what a checkout does with
the CLI: see `workshop`.
"""
