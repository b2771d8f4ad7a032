"""Explain to facilitators why a document could not be made."""

from django.utils.translation import gettext as _

from forum.server import disk
from sessions.proceedings.pdf_process import MAX_MEGABYTES, MAX_SECONDS, RenderingFailed


def explain_failure(error: Exception) -> str:
    kind = error.kind if isinstance(error, RenderingFailed) else ""
    if kind == "libraries":
        return _("The PDF needs Pango, which is not on this machine. Type: %(command)s") % {
            "command": "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        }
    if kind == "time":
        return _("The PDF took more than %(seconds)s seconds and was stopped.") % {"seconds": MAX_SECONDS}
    if kind == "memory":
        return _("The PDF needed more memory than it may take (%(size)s MB).") % {"size": MAX_MEGABYTES}
    if kind == "disk" or disk.is_disk_full(error):
        return _("The disk of the computer that runs the forum is full: make room on it. Texts are still saved.")
    if isinstance(error, OSError):
        return _("The file could not be written: %(why)s.") % {"why": error.strerror or type(error).__name__}
    return _("The PDF could not be made; the worker’s log says why.")
