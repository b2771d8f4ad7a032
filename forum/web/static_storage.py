"""Static files as they travel: our scripts and style sheets without their comments, which phones need not download."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = re.compile(r"(js/[\w-]+\.js|css/[\w-]+\.css)")
_COMMENT = re.compile(r"(?ms)^[ \t]*(/\*.*?\*/[ \t]*$|//[^\n]*)\n?")
_MARGIN = re.compile(r"(?m)^[ \t]+|^\n")


def lean(text: str) -> str:
    """A script or style sheet without the comments that have lines of their own, and without its margins."""
    return _MARGIN.sub("", _COMMENT.sub("", text))


class LeanFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # Django has no types for it
    def _save(self, name: str, content: Any) -> str:
        if OURS.fullmatch(name):
            content = ContentFile(lean(content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved
