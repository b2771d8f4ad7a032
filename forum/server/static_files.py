"""Build the static files when their sources have changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.utils.translation import gettext as _

from forum.server import disk
from forum.server.errors import CannotStart


def build_static_files() -> bool:
    """Run collectstatic, unless STATIC_ROOT was built from the same sources. Return whether it ran.

    Raises CannotStart when STATIC_ROOT cannot be written.
    """
    stamp = Path(settings.STATIC_ROOT) / "built-from.txt"
    digest = _digest_of_sources()
    if stamp.exists() and stamp.read_text() == digest:
        return False
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        disk.sync_all(stamp.parent)  # else the stamp might survive a power cut, and the files not
        disk.write_file(stamp, digest.encode(), is_text=True)
    except OSError as error:
        text = _("The directory of the static files cannot be written: {path} ({reason})")
        raise CannotStart(text.format(path=settings.STATIC_ROOT, reason=error.strerror)) from error
    return True


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda source: source[0]):
            digest.update(path.encode())
            digest.update(Path(storage.path(path)).read_bytes())
    return digest.hexdigest()
