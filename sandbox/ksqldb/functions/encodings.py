"""The encodings in which ksqlDB's functions write bytes as text: hex, utf8, ascii, base64."""

import base64
import binascii
import re

QUOTED_HEX = re.compile(r"X'([0-9A-Fa-f]*)'")


class UnknownEncoding(ValueError):
    """No such encoding; worded as ksqlDB."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Unknown encoding '{name}': supported are hex, utf8, ascii, and base64")


def decoded(text: str, encoding: str) -> bytes:
    """Return the bytes that a text stands for.

    Raises:
        ValueError: An unknown encoding, or a text that is not of it.
    """
    name = encoding.lower()
    if name == "utf8":
        return text.encode()
    if name == "ascii":
        return text.encode("ascii", "replace")
    if name == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as reason:
            raise ValueError(f"no base64: {reason}") from None
    if name == "hex":
        quoted = QUOTED_HEX.fullmatch(text)
        digits = quoted[1] if quoted else text.removeprefix("0x")
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    raise UnknownEncoding(encoding)


def encoded(data: bytes, encoding: str) -> str:
    """Return bytes as text.

    Raises:
        ValueError: An unknown encoding.
    """
    name = encoding.lower()
    if name == "utf8":
        return data.decode("utf-8", "replace")
    if name == "ascii":
        return data.decode("ascii", "replace")
    if name == "base64":
        return base64.b64encode(data).decode()
    if name == "hex":
        return data.hex()
    raise UnknownEncoding(encoding)
