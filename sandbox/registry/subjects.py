"""Subject names and their contexts: `:.context:subject`, or just the subject in the default one.

Schema ids are drawn per context. The name with an empty subject, `:.context:`, stands for the
context itself where levels and modes are set; the empty name for the whole registry.
"""

import re

DEFAULT_CONTEXT = "."
_QUALIFIED = re.compile(r":(\.[^:]*):(.*)", re.DOTALL)
ALL_CONTEXTS = ":*:"
"""A subject prefix that matches every context."""


def canonical_subject(name: str) -> str:
    """Return a subject's one name: without the prefix of the default context."""
    match = _QUALIFIED.fullmatch(name)
    return match[2] if match and match[1] == DEFAULT_CONTEXT else name


def context_of(name: str) -> str:
    """Return a subject's context, such as `.` or `.staging`."""
    match = _QUALIFIED.fullmatch(name)
    return match[1] if match else DEFAULT_CONTEXT


def context_subject(context: str) -> str:
    """Return the name that stands for a context; the empty one for the default context."""
    return "" if context == DEFAULT_CONTEXT else f":{context}:"


def has_prefix(subject: str, prefix: str) -> bool:
    """Tell whether a subject is found by a prefix: in the prefix's context, or in any."""
    if prefix.startswith(ALL_CONTEXTS):
        rest = prefix.removeprefix(ALL_CONTEXTS)
        match = _QUALIFIED.fullmatch(subject)
        return (match[2] if match else subject).startswith(rest)
    prefix = canonical_subject(prefix)
    return context_of(subject) == context_of(prefix) and subject.startswith(prefix)
