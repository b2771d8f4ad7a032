"""The network that a facilitator chose for the address in the QR codes.

Kept in a file of the data directory, which all processes of this machine read, since networks are the machine's.
"""

from pathlib import Path

from django.conf import settings

from forum.server import disk, network_interfaces
from forum.server.network_interfaces import Interface
from forum.server.served_address import listens_on_all_interfaces


def is_choice_possible() -> bool:
    """Say whether several addresses can be given: neither PUBLIC_URL nor a single HOST is configured."""
    return not settings.PUBLIC_URL and listens_on_all_interfaces()


def _file() -> Path:
    return Path(settings.DATA_DIR) / "address"


def saved_interface() -> Interface | None:
    """Return the interface as it was when it was chosen; None if none was."""
    try:
        address, _space, name = _file().read_text(encoding="utf-8").strip().partition(" ")
    except OSError:
        return None
    return Interface(name, address) if address else None


def save_interface(interface: Interface | None) -> None:
    """Give the address of this interface to phones from now on; None: that of the likeliest interface."""
    if interface is None:
        _file().unlink(missing_ok=True)
        return
    disk.write_file(_file(), f"{interface.address} {interface.name}\n".encode(), is_text=True)


def chosen_interface() -> Interface | None:
    """Return the chosen interface as it is now, perhaps at another address; None if none was, or it is gone."""
    saved = saved_interface()
    if saved is None:
        return None
    present = network_interfaces.list_interfaces()
    same_name = (interface for interface in present if interface.name == saved.name)
    return saved if saved in present else next(same_name, None)
