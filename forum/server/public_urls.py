"""The URLs that phones open: in QR codes, on the wall, in documents and in links to send.

They are never built from a request, whose Host header its sender chooses.
"""

from django.conf import settings
from django.urls import reverse

from forum.server.network_choice import chosen_interface
from forum.server.network_interfaces import lan_addresses
from forum.server.served_address import listens_on_all_interfaces


def public_url() -> str:
    """Return the root of the app without a final slash: PUBLIC_URL, else that of this machine's address."""
    return str(settings.PUBLIC_URL) if settings.PUBLIC_URL else f"http://{_host()}:{settings.PORT}"


def _host() -> str:
    """Return HOST, else the chosen address, else the likeliest."""
    if not listens_on_all_interfaces():
        return str(settings.HOST)
    interface = chosen_interface()
    return interface.address if interface else next(iter(lan_addresses()), "127.0.0.1")


def join_url(code: str) -> str:
    return f"{public_url()}/{code}/"


def public_page_url(code: str) -> str:
    """Return the URL of the book, which anyone reads without joining."""
    return f"{public_url()}{reverse('public', args=[code])}"


def door_url(code: str, number: int) -> str:
    """Return the URL in the QR code at a group's door: the page of its topic, which first asks “I am here”."""
    return f"{public_url()}{reverse('topic', args=[code, number])}?door"


def join_address() -> str:
    """Return the root of the app as people type it, without http://. The code stands beside it."""
    return public_url().removeprefix("http://").removeprefix("https://")
