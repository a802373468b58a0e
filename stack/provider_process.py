"""The process in which the SDK runs dynamic providers: what failures look like there.

Leaves out the providers (`stack.ksql_statement`).
"""

import logging
import sys
import traceback
from typing import Any

from ksql.errors import KsqlError
from ksql.language import LanguageError


class OwnMessages:
    """Stands where the SDK's provider process looks for `traceback`.

    The SDK sends `traceback.format_exc()` to the engine, which shows it: for a failure that has a
    message of its own, people get that message alone.
    """

    @staticmethod
    def format_exc() -> str:
        """Return what is shown of the exception being handled."""
        error = sys.exc_info()[1]
        if isinstance(error, KsqlError | LanguageError):
            return str(error)
        return traceback.format_exc()


def show_messages_only() -> None:
    """In the SDK's provider process, let failures show without a traceback."""
    logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
    process: Any = sys.modules["__main__"]
    if hasattr(process, "DynamicResourceProviderServicer"):
        process.traceback = OwnMessages
