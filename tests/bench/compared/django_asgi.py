"""The pages of the app by Django's own ASGI handler."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

from tests.bench.compared.lifespan import complete_lifespan

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
_pages = get_asgi_application()


async def application(scope: Any, receive: Any, send: Any) -> None:
    answer = complete_lifespan if scope["type"] == "lifespan" else _pages
    await answer(scope, receive, send)
