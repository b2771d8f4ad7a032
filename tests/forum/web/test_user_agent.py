"""The kind of a device, from its User-Agent header."""

from forum.web.user_agent import device_kind


def test_devices_have_the_names_that_people_use() -> None:
    assert [device_kind(header) for header in (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8)", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)", "curl/8",
    )] == ["Android", "iPhone", "Mac", ""]  # fmt: skip
