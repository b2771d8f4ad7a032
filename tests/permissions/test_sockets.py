"""A part of the matrix: sockets."""

import pytest

from tests.permissions import sockets
from tests.permissions.cells import sockets as socket_cells
from tests.permissions.conftest import some
from tests.scene import Scene


@pytest.mark.django_db(transaction=True)
def test_each_socket_opens_for_each_role_as_declared(scene: Scene) -> None:
    assert list(sockets.wrong(scene, some(socket_cells()))) == []
