"""How a case can end."""

from enum import StrEnum

from ksql.language.errors import Unsupported
from sandbox.ksqldb.errors import KsqlError


class Result(StrEnum):
    """The three results of a case."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused"


class Failed(Exception):
    """The case does not hold; the message says where."""


class Refused(Exception):
    """A statement uses a feature outside the scope."""


def refused_feature(error: KsqlError, text: str) -> None:
    """Raise `Refused` if an error says that a feature is out of scope.

    Raises:
        Refused: It does.
    """
    if isinstance(error.__cause__, Unsupported):
        raise Refused(f"{error.message} ({text[:80]})") from error
