"""Decode and re-encode images in a child process without database, settings and network, and with limits.

Run by images.py as `python -I` with the arguments DIRECTORY MEGABYTES SECONDS MAX_SIDE MAX_PIXELS TRANSPARENCY. For
each line of its input, a name, it opens DIRECTORY/NAME, writes NAME.picture beside it, NAME.printed for books and
NAME.small for lists, and prints a line of JSON: `width` and `height` in pixels, or the reason why it is `refused`; and
`peak`, its memory in kilobytes.
"""

import contextlib
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from sessions.media.sandbox import apply_limits, deny_network, refuse_network, write_line

PRINT_SIDE, LIST_SIDE = 900, 480
"""Longest side of the image in books and in lists, in pixels."""
BAND_ROWS = 64
"""Rows of the reduced image that are made at a time, so that memory never holds a large image twice."""
JPEG_QUALITY = 85
HEAVY_PIXELS = 13_000_000
"""Pixels above which a WebP exceeds the memory, since its decoder holds four copies, and a progressive JPEG may."""

IMAGES = (
    ("JPEG", rb"\xff\xd8\xff"),
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("WEBP", rb"RIFF....WEBP"),
    ("GIF", rb"GIF8[79]a"),
    ("HEIF", rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)"),
)
"""Accepted formats, by the beginning of their content: names and content types of browsers are not trusted."""
OTHER_FORMATS = (
    ("svg", rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg|!--|!DOCTYPE svg)"),
    ("pdf", rb"%PDF"),
    ("video", rb"....ftyp(?!avif|avis)|\x1aE\xdf\xa3|RIFF....AVI "),
)
"""Formats that people send instead, which have a message of their own."""


class ImageRefused(Exception):
    """The image is not accepted. The message is a reason of `images.refusal_text`."""


def detect_format(head: bytes) -> str:
    """Return the format of an image from its first bytes. Raises ImageRefused."""
    if not head:
        raise ImageRefused("empty")
    for kind, pattern in IMAGES:
        if re.match(pattern, head, re.DOTALL):
            return kind
    for reason, pattern in OTHER_FORMATS:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            raise ImageRefused(reason)
    raise ImageRefused("format")


class ImageProcessor:
    """Re-encode images within these bounds."""

    def __init__(self, max_side: int, max_pixels: int, keeps_transparency: bool) -> None:
        self.max_side, self.max_pixels, self.keeps_transparency = max_side, max_pixels, keeps_transparency

    def process(self, path: Path) -> dict[str, Any]:
        """Check the header, decode, and write the new images. Raises ImageRefused."""
        from PIL import Image

        with path.open("rb") as file:
            kind = detect_format(file.read(200))
            file.seek(0)
            if kind == "HEIF":
                import pillow_heif

                pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
            try:
                with Image.open(file, formats=(kind,)) as image:
                    if image.width * image.height > self.max_pixels:
                        raise ImageRefused("pixels")
                    is_heavy = image.width * image.height > HEAVY_PIXELS
                    if kind == "WEBP" and is_heavy:
                        raise ImageRefused("memory")
                    try:
                        decoded = self._decode(image)
                    except OSError as error:
                        if is_heavy and image.info.get("progressive"):
                            raise MemoryError from error  # the decoder does not tell
                        raise
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise ImageRefused("pixels") from error
            except (MemoryError, ImageRefused):
                raise
            except Exception as error:
                raise ImageRefused("heic" if kind == "HEIF" else "damaged") from error
        is_transparent = decoded.mode == "RGBA"
        as_png = is_transparent or (self.keeps_transparency and kind not in ("JPEG", "HEIF"))
        _save(decoded, path.with_suffix(".picture"), as_png)
        small = decoded.convert("RGB") if is_transparent else decoded.copy()
        for suffix, side in ((".printed", PRINT_SIDE), (".small", LIST_SIDE)):
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            _save(small, path.with_suffix(suffix), as_png=False)
        return {"width": decoded.width, "height": decoded.height}

    def _decode(self, image: Any) -> Any:
        """Return the pixels alone: upright, in sRGB, at most `max_side` wide and high."""
        from PIL import Image, ImageOps

        scale = min(1.0, self.max_side / max(image.size))
        image.draft(None, tuple(max(1, round(side * scale)) for side in image.size))  # decodes a JPEG at a smaller size
        image.load()
        orientation = image.getexif().get(0x0112, 1)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        small = _reduce(image, self.max_side)
        image.close()
        small.thumbnail((self.max_side, self.max_side), Image.Resampling.LANCZOS)
        if profile and small.mode == "RGB":
            small = _convert_to_srgb(small, profile)
        if small.mode == "RGBA" and not self.keeps_transparency:
            opaque = Image.new("RGB", small.size, "white")
            opaque.paste(small, mask=small.getchannel("A"))
            small = opaque
        if orientation in range(2, 9):
            exif = small.getexif()
            exif[0x0112] = orientation
            small = ImageOps.exif_transpose(small)
        bare = Image.new(small.mode, small.size)  # without metadata
        bare.paste(small)
        return bare


def _reduce(image: Any, max_side: int) -> Any:
    """Convert to RGB or RGBA; if twice too large or more, reduce by a whole factor, BAND_ROWS rows at a time."""
    from PIL import Image

    factor = max(image.size) // max_side
    if factor < 2:
        return _convert_to_rgb(image)
    width, height = (-(-side // factor) for side in image.size)
    reduced = Image.new("RGBA" if _is_transparent(image) else "RGB", (width, height))
    for top in range(0, height, BAND_ROWS):
        band = image.crop((0, top * factor, image.width, min(image.height, (top + BAND_ROWS) * factor)))
        reduced.paste(_convert_to_rgb(band).reduce(factor), (0, top))
    return reduced


def _is_transparent(image: Any) -> bool:
    return "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info


def _convert_to_rgb(image: Any) -> Any:
    if image.mode in ("I;16", "I", "I;16B", "I;16L"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if _is_transparent(image) else "RGB")


def _convert_to_srgb(image: Any, profile: bytes) -> Any:
    """Convert from an ICC profile, which the saved image does not keep. Return the image as it is if it is invalid."""
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
        image.save(path, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=False, exif=b"", icc_profile=None)


def peak_memory() -> int:
    """Return the peak memory of this process in kilobytes; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        match = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
        return int(match[1]) if match else 0
    return 0


def process(processor: ImageProcessor, path: Path) -> dict[str, Any]:
    try:
        return processor.process(path)
    except ImageRefused as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "memory"}


def main(directory: str, megabytes: str, seconds: str, max_side: str, max_pixels: str, transparency: str) -> None:
    deny_network()
    apply_limits(int(megabytes), int(seconds), "RLIMIT_DATA")
    from PIL import Image

    sys.addaudithook(refuse_network)
    Image.MAX_IMAGE_PIXELS = int(max_pixels)
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    processor = ImageProcessor(int(max_side), int(max_pixels), transparency == "1")
    for line in sys.stdin:
        write_line(json.dumps({**process(processor, Path(directory) / line.strip()), "peak": peak_memory()}))
    os._exit(0)  # the parent removes the directory
