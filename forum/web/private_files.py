"""Send files that not everyone may see: browsers ask again each time, so that nobody sees them after signing out."""

from pathlib import Path

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

CACHING = "private, no-cache"
"""A browser keeps the file, but asks each time whether it may show it: the answer is 304, and a few bytes."""


def private_file(
    request: HttpRequest, path: Path, content_type: str, download_name: str = "", caching: str = CACHING
) -> HttpResponseBase:
    """Send a file, which the event loop streams (asgi.py), or 304; as a download under this name, if there is one.

    Raises FileNotFoundError.
    """
    stat = path.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    response = get_conditional_response(request, etag=etag) or FileResponse(
        path.open("rb"), as_attachment=bool(download_name), filename=download_name, content_type=content_type
    )
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = caching
    return response
