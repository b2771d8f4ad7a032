"""Store static files for phones: style sheets minified, and all files under names that contain their hash.

Scripts are minified when they are bundled (bin/bundle.js).
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_STYLE_SHEETS = re.compile(r"css/[\w-]+\.css")


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # Django has no types for it
    support_js_module_import_aggregation = True

    def _save(self, name: str, content: Any) -> str:
        if OWN_STYLE_SHEETS.fullmatch(name):
            content = ContentFile(cssmin(content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Hash and compress the minified files, which are in this storage already, instead of their sources."""
        yield from super().post_process({name: (self, name) for name in paths}, *args, **options)
