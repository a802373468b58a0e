"""One module per command; each defines a click command called `command`.

A command parses, calls one function and prints. Modules are loaded only when their command is
asked for, so that none pays for the libraries of another.
"""
