"""The listening socket: loopback only, and one clear error when the port is taken."""

import errno
import socket

from sandbox.settings import HOST

BACKLOG = 2048


class PortTaken(Exception):
    """Somebody listens on the port already."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} is taken")


def listening_socket(port: int) -> socket.socket:
    """Return a socket that listens on the loopback address; port 0 takes a free one.

    Raises:
        PortTaken: Somebody else listens there.
    """
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is: with
    # it on, an answer in two writes waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        if problem.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(port) from None
        raise
    return listener
