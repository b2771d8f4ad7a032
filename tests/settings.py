"""The project's settings with a temporary data directory, apart from the data of a real forum.

FORUM_TESTS=hosted: on the PostgreSQL and the Redis that `python -m tests.hosted` has started for them.
"""

import atexit
import os
import shutil
import tempfile

os.environ["FORUM_DATA"] = tempfile.mkdtemp(prefix="forum-tests-")
atexit.register(shutil.rmtree, os.environ["FORUM_DATA"], ignore_errors=True)
for name in (
    "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "STATIC_ROOT", "FORUM_MEDIA",
    "SECRET_KEY", "OPENID_ISSUER",
):  # fmt: skip
    os.environ.pop(name, None)
HOSTED = os.environ.get("FORUM_TESTS") == "hosted"
if HOSTED:
    # Each process of pytest-xdist empties its own part of Redis alone.
    part = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["DATABASE_URL"] = os.environ["FORUM_TESTS_POSTGRES"]
    os.environ["REDIS_URL"] = f"{os.environ['FORUM_TESTS_REDIS'].rpartition('/')[0]}/{part}"
# Commands that tests start in other processes have the usual settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"

from forum.settings import *  # noqa: F403 the settings of the app, changed below
from forum.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES

if HOSTED:
    # Commands that tests start use SQLite, or the variables of tests.services.environment_for.
    del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
else:
    # A file, since sockets and pages of one test read it on different connections.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}

# Pages in tests use the files of static/ unbuilt; `serve` and its tests build them.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir()
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
