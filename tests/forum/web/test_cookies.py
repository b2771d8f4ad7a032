"""How the app's own cookies are protected."""

from typing import Any

import pytest
from django.http import HttpResponse

from forum.web.cookies import DAY, HOST_PREFIX, delete_cookie, set_cookie


def attributes(response: HttpResponse) -> dict[str, Any]:
    return {name: value for name, value in response.cookies["word"].items() if value and name != "expires"}


@pytest.mark.parametrize("is_behind_https", [True, False])
def test_a_cookie_goes_to_no_other_site_and_to_no_script_and_over_https_alone_where_there_is_https(
    is_behind_https: bool, settings: Any
) -> None:
    settings.BEHIND_HTTPS = is_behind_https
    response = HttpResponse()
    set_cookie(response, "word", "bonjour", 3 * DAY)
    expected = {"max-age": 3 * 86400, "path": "/", "samesite": "Lax", "httponly": True}
    assert attributes(response) == expected | ({"secure": True} if is_behind_https else {})
    assert (response.cookies["word"].value, HOST_PREFIX) == ("bonjour", "")


def test_a_cookie_for_scripts_can_be_read_by_them_and_one_of_a_path_stays_there() -> None:
    response = HttpResponse()
    set_cookie(response, "word", "bonjour", 60, path="/H7KQ4MT/", is_for_scripts=True)
    assert attributes(response) == {"max-age": 60, "path": "/H7KQ4MT/", "samesite": "Lax"}


@pytest.mark.parametrize("path", [["/H7KQ4MT/"], []])
def test_a_cookie_is_deleted_where_it_was_set(path: list[str]) -> None:
    response = HttpResponse()
    delete_cookie(response, "word", *path)
    assert attributes(response) == {"path": [*path, "/"][0], "samesite": "Lax"}
    assert response.cookies["word"]["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"
