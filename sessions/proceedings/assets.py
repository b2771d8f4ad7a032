"""The files of the app that documents are made with."""

from django.conf import settings

STATIC = settings.ROOT / "static"
STYLESHEETS = STATIC / "css"
FONTS = STATIC / "fonts"
