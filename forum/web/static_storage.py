"""Static files as they travel: our style sheets without comments and spaces, and all under names of their content.

Our scripts are minified where they are bundled (bin/bundle.js).
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = re.compile(r"css/[\w-]+\.css")


class LeanFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # Django has no types for it
    support_js_module_import_aggregation = True

    def _save(self, name: str, content: Any) -> str:
        if OURS.fullmatch(name):
            content = ContentFile(cssmin(content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Name and compress the minified files, which lie here already, rather than what they were made from."""
        yield from super().post_process({name: (self, name) for name in paths}, *args, **options)
