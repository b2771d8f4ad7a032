"""Images that people send: re-encoded within limits of memory and time, or refused with a reason."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from django.conf import settings
from django.utils import translation
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pytest_django import Settings

from sessions.media import image_processing, images

MAX_KILOBYTES = 300 * 1024
SCRIPT = b"<html><script>alert(document.domain)</script></html>"
GPS = b"GPSLatitude 50.2910N"


def image(kind: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture of a few colours in this format."""
    gradient = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), gradient)).convert(mode)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> bytes:
    """Return Exif data as a phone writes them: orientation, artist, and place."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x013B] = "Nadia Ferrand"
    data[0x8825] = {1: "N", 2: (50.0, 17.0, 27.6), 29: "2026:11:24", 27: GPS}
    return data.tobytes()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, *more: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """Return a PNG whose header may contradict its content."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """Return compressed rows of zeros: megabytes that unpack to gigabytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    return b"".join(packer.compress(row) for _row in range(height)) + packer.flush()


def jpeg_of(width: int, height: int) -> bytes:
    """Return a JPEG whose header gives another size than its own."""
    content = bytearray(image("JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def heic(**options: Any) -> bytes:
    pillow_heif.register_heif_opener()
    return image("HEIF", **options)


def heic_of(width: int, height: int) -> bytes:
    """Return a HEIC whose header gives another size than its own."""
    content = bytearray(heic())
    at = content.index(b"ispe")
    content[at + 8 : at + 16] = struct.pack(">II", width, height)
    return bytes(content)


def webp_of(width: int, height: int) -> bytes:
    """Return an extended WebP whose header gives this size."""
    body = image("WEBP")[12:]
    size = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(body)) + b"WEBP" + canvas + body


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.html", SCRIPT)
    return file.getvalue()


def text_chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "secret words " * 2000)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{GPS.decode()}</x>")
    return info


def frames() -> list[Image.Image]:
    return [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]


def animated(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    first, *others = frames()
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


def profile() -> bytes:
    """Return a colour profile followed by other data."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + GPS * 50


def tiff() -> bytes:
    return image("TIFF", tiffinfo=TiffImagePlugin.ImageFileDirectory_v2())


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """Yield forty images: description, bytes, and the possible reasons of a refusal (empty: re-encoded)."""
    whole = image("JPEG", exif=exif())
    # bombs and wrong sizes
    yield "a PNG of 65,000 × 65,000", png(65_000, 65_000, zlib.compress(bytes(9000))), "pixels"
    yield "a PNG that unpacks to 120 MB", png(6_320, 6_320, bomb(6_320, 6_320)), ""
    yield "a PNG that unpacks to more than 40 megapixels", png(8_000, 8_000, bomb(8_000, 80)), "pixels"
    yield "a PNG whose rows unpack to 300 times its size", png(100, 100, zlib.compress(bytes(100_000_000), 9)), ""
    yield "a PNG of one row of 40 million", png(39_000_000, 1, zlib.compress(bytes(117_000_001))), "|memory|damaged"
    yield "a JPEG of 65,500 × 65,500", jpeg_of(65_500, 65_500), "pixels"
    yield "a JPEG that says 6,000 × 6,000", jpeg_of(6_000, 6_000), "|damaged"
    yield "a WebP of 16,383 × 16,383", webp_of(16_383, 16_383), "pixels"
    yield "a WebP too heavy to be opened", image("WEBP", (5_000, 3_000), quality=1, method=0), "memory"
    yield "a HEIC of 65,000 × 65,000", heic_of(65_000, 65_000), "pixels|heic"
    yield "a HEIC that says 6,000 × 6,000", heic_of(6_000, 6_000), "heic|"
    screen = b"GIF89a" + struct.pack("<HH", 65_000, 65_000)
    yield "a GIF whose screen is 65,000 × 65,000", screen + image("GIF")[10:], "pixels"
    scans = image("JPEG", (7_900, 5_000), progressive=True, subsampling=0)
    yield "a progressive JPEG of 40 megapixels", scans, "|memory"
    yield "an RGBA PNG of 38 megapixels", image("PNG", (7_600, 5_000), "RGBA", compress_level=1), ""
    # two formats in one
    yield "a PNG that is also a ZIP", image("PNG") + zipped(), ""
    yield "a JPEG that is also a page", whole + SCRIPT, ""
    yield "a JPEG with a page in its comment", image("JPEG", comment=SCRIPT), ""
    yield "a GIF that is also a script", image("GIF").replace(b"GIF89a", b"GIF89a", 1) + b"/*" + SCRIPT + b"*/=1;", ""
    yield "a PDF that hides a JPEG", b"%PDF-1.7\n" + whole, "pdf"
    yield "a ZIP", zipped(), "format"
    # other formats
    yield "an SVG", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "svg"
    yield "an SVG without a declaration", b"  <svg onload='alert(1)'/>", "svg"
    yield "a BMP", image("BMP"), "format"
    yield "an ICO", image("ICO", (64, 64)), "format"
    yield "a TIFF", tiff(), "format"
    yield "a text", "Le compte-rendu de l’après-midi".encode(), "format"
    yield "a page", SCRIPT, "format"
    yield "a video", b"\0\0\0\x18ftypmp42" + bytes(400), "video"
    yield "nothing", b"", "empty"
    # damaged
    yield "half a JPEG", whole[: len(whole) // 2], "damaged"
    yield "half a PNG", image("PNG")[:900], "damaged"
    yield "half a HEIC", heic()[:-600], "heic"
    yield "a JPEG that is only a beginning", b"\xff\xd8\xff\xe0" + bytes(30), "damaged"
    # with private data
    yield "a JPEG that says where it was taken, lying on its side", image("JPEG", exif=exif(6)), ""
    yield "a HEIC that says where it was taken", heic(exif=exif()), ""
    yield "a PNG with kilobytes of comments", image("PNG", pnginfo=text_chunks()), ""
    yield (
        "a PNG with twenty megabytes of packed comment",
        png(10, 10, zlib.compress(bytes(310)), chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(20_000_000)))),
        "|damaged",
    )
    yield "a JPEG with words in its profile", image("JPEG", icc_profile=profile()), ""
    # rare formats
    yield "a GIF that moves", animated("GIF"), ""
    yield "a PNG that moves", animated("PNG"), ""
    yield "a WebP that moves", animated("WEBP"), ""
    yield "two JPEGs in one, as some cameras do", animated("MPO"), ""
    yield "a JPEG for a printer, in four inks", image("JPEG", mode="CMYK"), ""
    yield "a PNG of sixteen bits", image("PNG", mode="I;16"), ""
    yield "a PNG with a palette and a hole", image("PNG", mode="P", transparency=0), ""


BATCH = 9


@dataclass
class ImageOutcome:
    """The result of one image."""

    content: bytes
    """As sent."""
    expected: set[str]
    """Possible errors."""
    error: str
    """Empty if it was re-encoded."""
    files: tuple[bytes, ...]
    peak: int
    """Peak memory of the child, in kilobytes."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, ImageOutcome]:
    """The results of all hostile images by description, sent a few at a time."""
    results: list[dict[int, dict[str, Any]]] = []
    run_worker = images._run_child

    def record(*arguments: Any) -> dict[int, dict[str, Any]]:
        results.append(run_worker(*arguments))
        return results[-1]

    cases, outcomes = list(hostile()), {}
    with pytest.MonkeyPatch.context() as patch, translation.override("en"):
        patch.setattr(images, "_run_child", record)
        for begin in range(0, len(cases), BATCH):
            batch = cases[begin : begin + BATCH]
            processed = images.process_images([io.BytesIO(content) for _what, content, _reasons in batch])
            for at, ((what, content, reasons), result) in enumerate(zip(batch, processed, strict=True)):
                expected = {images.refusal_text(reason) if reason else "" for reason in reasons.split("|")}
                is_image = isinstance(result, images.ProcessedImage)
                files = (
                    (result.picture, result.printed, result.small) if isinstance(result, images.ProcessedImage) else ()
                )
                error = "" if is_image else str(result)
                outcomes[what] = ImageOutcome(content, expected, error, files, results[-1][at]["peak"])
    return outcomes


def test_forty_hostile_images_are_re_encoded_or_refused_with_the_right_reason(
    outcomes: dict[str, ImageOutcome],
) -> None:
    assert len(outcomes) >= 40
    assert {what: outcome.error for what, outcome in outcomes.items() if outcome.error not in outcome.expected} == {}


def test_none_of_them_takes_more_than_300_megabytes(outcomes: dict[str, ImageOutcome]) -> None:
    assert {what: outcome.peak for what, outcome in outcomes.items() if not 0 < outcome.peak < MAX_KILOBYTES} == {}


def test_nothing_is_saved_as_it_was_sent_and_nothing_but_pixels(outcomes: dict[str, ImageOutcome]) -> None:
    accepted = [outcome for outcome in outcomes.values() if not outcome.error]
    assert len(accepted) >= 18
    for outcome in accepted:
        assert outcome.content not in outcome.files
        sides = (images.MAX_SIDE, image_processing.PRINT_SIDE, image_processing.LIST_SIDE)
        for content, longest in zip(outcome.files, sides, strict=True):
            assert_clean(content, longest)


def assert_clean(content: bytes, longest: int) -> None:
    """Assert that an image has pixels and no metadata."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        image.load()
        assert max(image.size) <= longest
        assert image.mode == "RGB"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert content.endswith(b"\xff\xd9")
    for word in (b"alert(", GPS, b"evil.html", b"secret words", b"Nadia", b"Exif", b"ICC_PROFILE"):
        assert word not in content


def test_a_photo_is_turned_upright(outcomes: dict[str, ImageOutcome]) -> None:
    picture, *_smaller = outcomes["a JPEG that says where it was taken, lying on its side"].files
    assert Image.open(io.BytesIO(picture)).size == (480, 640)


def test_the_images_after_one_that_kills_the_child_are_processed(monkeypatch: pytest.MonkeyPatch) -> None:
    good, heavy = image("JPEG"), image("PNG", (7_600, 5_000), compress_level=1)
    monkeypatch.setattr(images, "CPU_SECONDS", 1)
    monkeypatch.setattr(images, "TIMEOUT_SECONDS", 0.01)
    slow, *_rest = images.process_images([io.BytesIO(heavy)])
    assert isinstance(slow, images.InvalidImage)
    monkeypatch.setattr(images, "CPU_SECONDS", 10)
    monkeypatch.setattr(images, "TIMEOUT_SECONDS", 40)
    sent = (good, b"", bytes(images.MAX_BYTES + 1), good)
    kinds = [type(result) for result in images.process_images([io.BytesIO(content) for content in sent])]
    assert kinds == [images.ProcessedImage, images.InvalidImage, images.InvalidImage, images.ProcessedImage]


def test_images_are_processed_one_at_a_time() -> None:
    with images._child_slot, pytest.raises(images.ImageProcessBusy):
        images.process_images([io.BytesIO(image("JPEG"))], wait=0)


def test_the_sandbox_refuses_network_and_programs() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(settings.ROOT)!r});"
        "from sessions.media.sandbox import refuse_network; sys.addaudithook(refuse_network);"
        "import socket; socket.socket()"
    )
    process = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in process.stderr


def test_an_image_that_two_people_send_at_once_is_saved_for_both(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    content, replace = image("PNG"), Path.replace

    def replace_after_the_other(unfinished: Path, path: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        images.save_image(content)
        return replace(unfinished, path)

    monkeypatch.setattr(Path, "replace", replace_after_the_other)
    saved = images.image_path(images.save_image(content))
    assert saved.read_bytes() == content
    assert list(saved.parent.iterdir()) == [saved]


def test_a_logo_keeps_its_transparency(tmp_path: Path) -> None:
    file = io.BytesIO(image("PNG", (3_000, 100), "RGBA"))
    (logo,) = images.process_images([file], max_side=1_200, keeps_transparency=True)
    assert isinstance(logo, images.ProcessedImage)
    picture = Image.open(io.BytesIO(logo.picture))
    assert (picture.size, picture.mode) == ((1_200, 40), "RGBA")


def test_an_image_whose_process_is_ended_with_the_service_is_not_called_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "_CHILD_CODE", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    with pytest.raises(images.ImageProcessBusy):
        images.process_images([io.BytesIO(b"a picture")])
