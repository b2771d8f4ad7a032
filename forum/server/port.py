"""Parse and bind the port of the server."""

import errno
import socket

from django.utils.translation import gettext as _

from forum.server.errors import CannotStart
from forum.text.parsing import parse_whole_number


def parse_port(text: str) -> int:
    """Parse a port; 0 lets the system choose a free one. Raises CannotStart."""
    port = parse_whole_number(text, most=65535)
    if port is None:
        raise CannotStart(_("“{port}” is not a port: it is a number from 1 to 65535.").format(port=text))
    return port


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this address. Raises CannotStart."""
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        raise CannotStart(_("This computer does not have the address {host}.").format(host=host)) from error
    try:
        # A port that this app has just left may be bound again at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise CannotStart(_explain(error, host, port)) from error
    return listener


def _explain(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            text = _("Port {port} is taken by another program. Choose another one, for example: make run PORT={other}")
            return text.format(port=port, other=port + 1 if port < 65535 else 8000)
        case errno.EACCES:
            return _("Port {port} is reserved. Choose one from 1024, for example: make run PORT=8000").format(port=port)
        case _other:
            return _("This computer does not have the address {host}.").format(host=host)
