"""What people send as an image: nothing is kept as sent, nothing takes all memory, each refusal says why."""

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

from sessions.media import image_worker, images

MOST_KILOBYTES = 300 * 1024
SCRIPT = b"<html><script>alert(document.domain)</script></html>"
GPS = b"GPSLatitude 50.2910N"


def made(kind: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    """A picture of a few colours in this format."""
    colours = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (colours, colours.transpose(Image.Transpose.ROTATE_180), colours)).convert(mode)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> bytes:
    """As a phone writes it: which way is up, who took it, and where."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x013B] = "Nadia Ferrand"
    told[0x8825] = {1: "N", 2: (50.0, 17.0, 27.6), 29: "2026:11:24", 27: GPS}
    return told.tobytes()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, *more: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG written by hand, so that it may lie."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """Rows of zeros: megabytes that unpack to gigabytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    return b"".join(packer.compress(row) for _row in range(height)) + packer.flush()


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose header says another size than it has."""
    found = bytearray(made("JPEG"))
    at = found.index(b"\xff\xc0")
    found[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(found)


def heic(**options: Any) -> bytes:
    pillow_heif.register_heif_opener()
    return made("HEIF", **options)


def heic_of(width: int, height: int) -> bytes:
    """A HEIC whose header says another size than it has."""
    found = bytearray(heic())
    at = found.index(b"ispe")
    found[at + 8 : at + 16] = struct.pack(">II", width, height)
    return bytes(found)


def webp_of(width: int, height: int) -> bytes:
    """An extended WebP whose canvas is said to be so large."""
    body = made("WEBP")[12:]
    size = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(body)) + b"WEBP" + canvas + body


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.html", SCRIPT)
    return file.getvalue()


def text_chunks() -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "secret words " * 2000)
    told.add_itxt("XML:com.adobe.xmp", f"<x>{GPS.decode()}</x>")
    return told


def frames() -> list[Image.Image]:
    return [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]


def animated(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    first, *others = frames()
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


def profile() -> bytes:
    """A colour profile with something else in it."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + GPS * 50


def tiff() -> bytes:
    return made("TIFF", tiffinfo=TiffImagePlugin.ImageFileDirectory_v2())


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """Forty images: what it is, its bytes, and why it is refused; empty: it is drawn anew."""
    whole = made("JPEG", exif=exif())
    # bombs and lies about the size
    yield "a PNG of 65,000 × 65,000", png(65_000, 65_000, zlib.compress(bytes(9000))), "pixels"
    yield "a PNG that unpacks to 120 MB", png(6_320, 6_320, bomb(6_320, 6_320)), ""
    yield "a PNG that unpacks to more than 40 megapixels", png(8_000, 8_000, bomb(8_000, 80)), "pixels"
    yield "a PNG whose rows unpack to 300 times its size", png(100, 100, zlib.compress(bytes(100_000_000), 9)), ""
    yield "a PNG of one row of 40 million", png(39_000_000, 1, zlib.compress(bytes(117_000_001))), "|memory|damaged"
    yield "a JPEG of 65,500 × 65,500", jpeg_of(65_500, 65_500), "pixels"
    yield "a JPEG that says 6,000 × 6,000", jpeg_of(6_000, 6_000), "|damaged"
    yield "a WebP of 16,383 × 16,383", webp_of(16_383, 16_383), "pixels"
    yield "a WebP too heavy to be opened", made("WEBP", (5_000, 3_000), quality=1, method=0), "memory"
    yield "a HEIC of 65,000 × 65,000", heic_of(65_000, 65_000), "pixels|heic"
    yield "a HEIC that says 6,000 × 6,000", heic_of(6_000, 6_000), "heic|"
    screen = b"GIF89a" + struct.pack("<HH", 65_000, 65_000)
    yield "a GIF whose screen is 65,000 × 65,000", screen + made("GIF")[10:], "pixels"
    scans = made("JPEG", (7_900, 5_000), progressive=True, subsampling=0)
    yield "a progressive JPEG of 40 megapixels", scans, "|memory"
    yield "an RGBA PNG of 38 megapixels", made("PNG", (7_600, 5_000), "RGBA", compress_level=1), ""
    # two things in one
    yield "a PNG that is also a ZIP", made("PNG") + zipped(), ""
    yield "a JPEG that is also a page", whole + SCRIPT, ""
    yield "a JPEG with a page in its comment", made("JPEG", comment=SCRIPT), ""
    yield "a GIF that is also a script", made("GIF").replace(b"GIF89a", b"GIF89a", 1) + b"/*" + SCRIPT + b"*/=1;", ""
    yield "a PDF that hides a JPEG", b"%PDF-1.7\n" + whole, "pdf"
    yield "a ZIP", zipped(), "format"
    # something else
    yield "an SVG", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "svg"
    yield "an SVG without a declaration", b"  <svg onload='alert(1)'/>", "svg"
    yield "a BMP", made("BMP"), "format"
    yield "an ICO", made("ICO", (64, 64)), "format"
    yield "a TIFF", tiff(), "format"
    yield "a text", "Le compte-rendu de l’après-midi".encode(), "format"
    yield "a page", SCRIPT, "format"
    yield "a video", b"\0\0\0\x18ftypmp42" + bytes(400), "video"
    yield "nothing", b"", "empty"
    # broken
    yield "half a JPEG", whole[: len(whole) // 2], "damaged"
    yield "half a PNG", made("PNG")[:900], "damaged"
    yield "half a HEIC", heic()[:-600], "heic"
    yield "a JPEG that is only a beginning", b"\xff\xd8\xff\xe0" + bytes(30), "damaged"
    # full of what nobody should see
    yield "a JPEG that says where it was taken, lying on its side", made("JPEG", exif=exif(6)), ""
    yield "a HEIC that says where it was taken", heic(exif=exif()), ""
    yield "a PNG with kilobytes of comments", made("PNG", pnginfo=text_chunks()), ""
    yield (
        "a PNG with twenty megabytes of packed comment",
        png(10, 10, zlib.compress(bytes(310)), chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(20_000_000)))),
        "|damaged",
    )
    yield "a JPEG with words in its profile", made("JPEG", icc_profile=profile()), ""
    # rare
    yield "a GIF that moves", animated("GIF"), ""
    yield "a PNG that moves", animated("PNG"), ""
    yield "a WebP that moves", animated("WEBP"), ""
    yield "two JPEGs in one, as some cameras do", animated("MPO"), ""
    yield "a JPEG for a printer, in four inks", made("JPEG", mode="CMYK"), ""
    yield "a PNG of sixteen bits", made("PNG", mode="I;16"), ""
    yield "a PNG with a palette and a hole", made("PNG", mode="P", transparency=0), ""


AT_ONCE = 9


@dataclass
class Told:
    """What became of one of them."""

    content: bytes
    expected: set[str]
    said: str
    files: tuple[bytes, ...]
    peak: int
    """Kilobytes of memory that drawing it, and those sent before it, has taken at most."""


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    """What became of each, a few of them sent at once."""
    said: list[dict[int, dict[str, Any]]] = []
    draw = images._draw

    def listen(*how: Any) -> dict[int, dict[str, Any]]:
        said.append(draw(*how))
        return said[-1]

    cases, found = list(hostile()), {}
    with pytest.MonkeyPatch.context() as patch, translation.override("en"):
        patch.setattr(images, "_draw", listen)
        for begin in range(0, len(cases), AT_ONCE):
            some = cases[begin : begin + AT_ONCE]
            drawn = images.redraw([io.BytesIO(content) for _what, content, _why in some])
            for at, ((what, content, why), one) in enumerate(zip(some, drawn, strict=True)):
                expected = {images.why(reason) if reason else "" for reason in why.split("|")}
                is_drawn = isinstance(one, images.Drawn)
                files = (one.picture, one.printed, one.small) if isinstance(one, images.Drawn) else ()
                found[what] = Told(content, expected, "" if is_drawn else str(one), files, said[-1][at]["peak"])
    return found


def test_forty_hostile_images_are_drawn_anew_or_refused_each_with_its_reason(told: dict[str, Told]) -> None:
    assert len(told) >= 40
    assert {what: one.said for what, one in told.items() if one.said not in one.expected} == {}


def test_none_of_them_takes_more_than_300_megabytes(told: dict[str, Told]) -> None:
    assert {what: one.peak for what, one in told.items() if not 0 < one.peak < MOST_KILOBYTES} == {}


def test_nothing_is_kept_as_it_was_sent_and_nothing_but_pixels(told: dict[str, Told]) -> None:
    taken = [one for one in told.values() if not one.said]
    assert len(taken) >= 18
    for one in taken:
        assert one.content not in one.files
        sides = (images.LONGEST_SIDE, image_worker.PRINTED, image_worker.SMALL)
        for content, longest in zip(one.files, sides, strict=True):
            assert_clean(content, longest)


def assert_clean(content: bytes, longest: int) -> None:
    """Pixels, and nothing else in it."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        image.load()
        assert max(image.size) <= longest
        assert image.mode == "RGB"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert content.endswith(b"\xff\xd9")
    for word in (b"alert(", GPS, b"evil.html", b"secret words", b"Nadia", b"Exif", b"ICC_PROFILE"):
        assert word not in content


def test_a_photo_that_lies_on_its_side_stands_upright(told: dict[str, Told]) -> None:
    picture, *_smaller = told["a JPEG that says where it was taken, lying on its side"].files
    assert Image.open(io.BytesIO(picture)).size == (480, 640)


def test_one_image_that_kills_the_child_leaves_the_others_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    good, heavy = made("JPEG"), made("PNG", (7_600, 5_000), compress_level=1)
    monkeypatch.setattr(images, "SECONDS", 1)
    monkeypatch.setattr(images, "PATIENCE", 0.01)
    slow, *_rest = images.redraw([io.BytesIO(heavy)])
    assert isinstance(slow, images.Unusable)
    monkeypatch.setattr(images, "SECONDS", 10)
    monkeypatch.setattr(images, "PATIENCE", 40)
    sent = (good, b"", bytes(images.MOST_BYTES + 1), good)
    kinds = [type(one) for one in images.redraw([io.BytesIO(one) for one in sent])]
    assert kinds == [images.Drawn, images.Unusable, images.Unusable, images.Drawn]


def test_only_one_image_is_drawn_at_a_time_so_that_pages_are_still_answered() -> None:
    with images._turn, pytest.raises(images.Busy):
        images.redraw([io.BytesIO(made("JPEG"))], wait=0)


def test_who_draws_reaches_no_network_and_starts_no_program() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(settings.ROOT)!r});"
        "from sessions.media.sandbox import refuse_network; sys.addaudithook(refuse_network);"
        "import socket; socket.socket()"
    )
    ended = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in ended.stderr


def test_a_logo_keeps_its_holes(tmp_path: Path) -> None:
    sent = io.BytesIO(made("PNG", (3_000, 100), "RGBA"))
    (logo,) = images.redraw([sent], longest_side=1_200, keeps_holes=True)
    assert isinstance(logo, images.Drawn)
    kept = Image.open(io.BytesIO(logo.picture))
    assert (kept.size, kept.mode) == ((1_200, 40), "RGBA")
