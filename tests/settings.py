"""The project's settings on a data directory of their own, so that tests never touch anybody's day."""

import atexit
import os
import shutil
import tempfile

os.environ["FORUM_DATA"] = tempfile.mkdtemp(prefix="forum-tests-")
atexit.register(shutil.rmtree, os.environ["FORUM_DATA"], ignore_errors=True)
for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "STATIC_ROOT"):
    os.environ.pop(name, None)
# Commands that tests start in a process of their own run as people run them.
os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"

from forum.settings import *  # noqa: E402, F403
from forum.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

# A file, as on a laptop: sockets and pages of one test read it on connections of their own.
DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}

# Pages in tests use the files of static/ as they are; `serve` and its tests build them.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir()
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
