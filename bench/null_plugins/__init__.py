"""Plugins that answer at once: the floor for everything that goes through the engine.

Made from the stand-ins' own tables, so that they check, name and compare as much; what is left
out is the sandbox, and with it every request. Leaves out measuring.
"""
