"""Draws images anew, alone in a process of its own: no database, no settings, no network, and limits on all it takes.

Run by images.py, as `python -I` with the arguments WORKPLACE MEGABYTES SECONDS LONGEST PIXELS HOLES. For each name that
comes as a line on its input, it opens WORKPLACE/NAME, leaves NAME.picture beside it, NAME.printed for books and
NAME.small for lists, and says a line of JSON: `width` and `height`, or why it is `refused`; and `peak`, in kilobytes of
memory.
"""

import contextlib
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from sessions.media.sandbox import limit, refuse_network, say

PRINTED, SMALL = 900, 480
"""The longest side of what is shown in books and in lists, in pixels."""
BAND = 64
"""Rows of the smaller image that are made at a time: never twice the whole of a large one in memory."""
QUALITY = 85
HEAVY = 13_000_000
"""Pixels from which on a WebP does not fit (its decoder holds four copies of them), and a progressive JPEG may not."""

IMAGES = (
    ("JPEG", rb"\xff\xd8\xff"),
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("WEBP", rb"RIFF....WEBP"),
    ("GIF", rb"GIF8[79]a"),
    ("HEIF", rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)"),
)
"""What is taken, by how its content begins: neither its name nor what the browser says of it is believed."""
OTHERS = (
    ("svg", rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg|!--|!DOCTYPE svg)"),
    ("pdf", rb"%PDF"),
    ("video", rb"....ftyp(?!avif|avis)|\x1aE\xdf\xa3|RIFF....AVI "),
)
"""What people send instead, for a better answer than that it is no image."""


class Refused(Exception):
    """An image that is not drawn anew; says why, in one word of those that images.py knows."""


def kind_of(head: bytes) -> str:
    """The format of an image. Raises Refused."""
    if not head:
        raise Refused("empty")
    for kind, beginning in IMAGES:
        if re.match(beginning, head, re.DOTALL):
            return kind
    for word, beginning in OTHERS:
        if re.match(beginning, head, re.DOTALL | re.IGNORECASE):
            raise Refused(word)
    raise Refused("format")


class Drawing:
    """How images are drawn in this process."""

    def __init__(self, longest: int, pixels: int, keeps_holes: bool) -> None:
        self.longest, self.pixels, self.keeps_holes = longest, pixels, keeps_holes

    def draw(self, path: Path) -> dict[str, Any]:
        """Read the header, and only then the rest; leave the new images. Raises Refused."""
        from PIL import Image

        with path.open("rb") as file:
            kind = kind_of(file.read(200))
            file.seek(0)
            if kind == "HEIF":
                import pillow_heif

                pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
            try:
                with Image.open(file, formats=(kind,)) as image:
                    if image.width * image.height > self.pixels:
                        raise Refused("pixels")
                    is_heavy = image.width * image.height > HEAVY
                    if kind == "WEBP" and is_heavy:
                        raise Refused("memory")
                    try:
                        drawn = self._drawn(image)
                    except OSError as error:
                        if is_heavy and image.info.get("progressive"):
                            raise MemoryError from error  # its decoder says no more than that it failed
                        raise
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise Refused("pixels") from error
            except (MemoryError, Refused):
                raise
            except Exception as error:
                raise Refused("heic" if kind == "HEIF" else "damaged") from error
        has_holes = drawn.mode == "RGBA"
        _save(drawn, path.with_suffix(".picture"), has_holes or (self.keeps_holes and kind not in ("JPEG", "HEIF")))
        small = drawn.convert("RGB") if has_holes else drawn.copy()
        for suffix, longest in ((".printed", PRINTED), (".small", SMALL)):
            small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
            _save(small, path.with_suffix(suffix), as_png=False)
        return {"width": drawn.width, "height": drawn.height}

    def _drawn(self, image: Any) -> Any:
        """The pixels alone, upright, in the colours of screens, small enough."""
        from PIL import Image, ImageOps

        scale = min(1.0, self.longest / max(image.size))
        image.draft(None, tuple(max(1, round(side * scale)) for side in image.size))  # a JPEG is unpacked no larger
        image.load()
        orientation = image.getexif().get(0x0112, 1)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        small = _reduced(image, self.longest)
        image.close()
        small.thumbnail((self.longest, self.longest), Image.Resampling.LANCZOS)
        if profile and small.mode == "RGB":
            small = _for_screens(small, profile)
        if small.mode == "RGBA" and not self.keeps_holes:
            paper = Image.new("RGB", small.size, "white")
            paper.paste(small, mask=small.getchannel("A"))
            small = paper
        if orientation in range(2, 9):
            turned = small.getexif()
            turned[0x0112] = orientation
            small = ImageOps.exif_transpose(small)
        fresh = Image.new(small.mode, small.size)
        fresh.paste(small)
        return fresh


def _reduced(image: Any, longest: int) -> Any:
    """As plain colours; more than twice too large, also reduced by a whole number, a few rows at a time."""
    from PIL import Image

    factor = max(image.size) // longest
    if factor < 2:
        return _plain(image)
    width, height = (-(-side // factor) for side in image.size)
    drawn = Image.new("RGBA" if _has_holes(image) else "RGB", (width, height))
    for top in range(0, height, BAND):
        band = image.crop((0, top * factor, image.width, min(image.height, (top + BAND) * factor)))
        drawn.paste(_plain(band).reduce(factor), (0, top))
    return drawn


def _has_holes(image: Any) -> bool:
    return "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info


def _plain(image: Any) -> Any:
    if image.mode in ("I;16", "I", "I;16B", "I;16L"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if _has_holes(image) else "RGB")


def _for_screens(image: Any, profile: bytes) -> Any:
    """Its colours as sRGB, for want of a profile in what is kept; as they are when its profile is no good."""
    import io

    from PIL import ImageCms

    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB")) or image
    return image


def _save(image: Any, path: Path, as_png: bool) -> None:
    image.info.clear()
    if as_png:
        image.save(path, "PNG", optimize=True)
    else:
        image.save(path, "JPEG", quality=QUALITY, optimize=True, progressive=False, exif=b"", icc_profile=None)


def peak() -> int:
    """The most memory that this process held, in kilobytes; 0 where that is not known."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
        return int(found[1]) if found else 0
    return 0


def answer(drawing: Drawing, path: Path) -> dict[str, Any]:
    try:
        return drawing.draw(path)
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "memory"}


def main(workplace: str, megabytes: str, seconds: str, longest: str, pixels: str, holes: str) -> None:
    limit(int(megabytes), int(seconds), "RLIMIT_DATA")
    from PIL import Image

    sys.addaudithook(refuse_network)
    Image.MAX_IMAGE_PIXELS = int(pixels)
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    drawing = Drawing(int(longest), int(pixels), holes == "1")
    for line in sys.stdin:
        say(json.dumps({**answer(drawing, Path(workplace) / line.strip()), "peak": peak()}))
    os._exit(0)  # nothing to tidy: the parent removes the workplace
