"""One cluster for all tests that use one. Each test restores what it stops."""

from collections.abc import Iterator

import pytest

from tests.hosted.cluster import Cluster, running_cluster
from tests.services import require


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require("PostgreSQL", "Redis", "nginx")
    with running_cluster(tmp_path_factory.mktemp("événement œuvré")) as running:
        yield running
