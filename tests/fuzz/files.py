"""Hostile files and bodies: images, lists of people, JSON, shared texts, and forms in parts."""

import io
import json
import random
import struct
import zlib
from base64 import b64encode
from functools import lru_cache
from typing import Any

from PIL import Image
from pycrdt import Array, Doc, Map, Text

from sessions.models.manuscript import SECTIONS
from tests.fuzz.values import hostile, mutated_bytes, short

BOUNDARY = "fuzz"


@lru_cache
def _picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(file, kind)
    return file.getvalue()


def _huge_png() -> bytes:
    """Return a PNG of a few bytes that claims forty gigapixels."""
    head = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))


def image(chance: random.Random) -> bytes:
    kind = chance.choice(("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF"))
    if chance.random() < 0.2:
        return chance.choice(
            (b"", b"\xff\xd8", _huge_png(), b"<svg onload=fz9()/>", b"GIF89a" + b"\0" * 20, b"%PDF-1.7")
        )
    data = _picture("PNG" if kind == "HEIF" else kind)
    return data if chance.random() < 0.2 else mutated_bytes(chance, data)


def table(chance: random.Random) -> bytes:
    """Return a list of people: in some encoding, with some separator, and cells that nobody expects."""
    separator = chance.choice((";", ",", "\t", "|", "\0"))
    rows = [["Nom", "Organisation", "Territoire"]] if chance.random() < 0.7 else []
    rows += [[_cell(chance) for _n in range(chance.choice((1, 3, 9)))] for _n in range(chance.choice((0, 1, 3, 40)))]
    text = chance.choice(("\n", "\r\n", "\r")).join(separator.join(row) for row in rows)
    data = text.encode(
        chance.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")), "surrogatepass"
    )
    if chance.random() < 0.2:
        data = text.encode("latin-1", "replace")
    return mutated_bytes(chance, data) if chance.random() < 0.3 else data


def _cell(chance: random.Random) -> str:
    return short(chance, 400) if chance.random() < 0.4 else "Nora"


def json_value(chance: random.Random, depth: int = 0) -> Any:
    if depth > 4 or chance.random() < 0.6:
        return chance.choice((None, True, 0, -1, 2**31, 2**63, 10**40, 1.5, 1e308, hostile(chance)[:5000], [], {}, ""))
    if chance.random() < 0.5:
        return [json_value(chance, depth + 1) for _n in range(chance.randrange(4))]
    return {short(chance, 40): json_value(chance, depth + 1) for _n in range(chance.randrange(4))}


def shared_text(chance: random.Random) -> tuple[bytes, int, int]:
    """Return an update of a shared text as Yjs encodes it, often changed; the id of its writer, and its clock."""
    client = chance.choice((1, 2, 2**31, 2**53 - 1, chance.randrange(1, 2**32)))
    document: Doc[Any] = Doc(client_id=client)
    section = chance.choice((*SECTIONS, "elsewhere", short(chance, 30).encode("utf-8", "replace").decode()))
    kind = chance.random()
    if kind < 0.85:
        text = document.get(section, type=Text)
        for _n in range(chance.choice((1, 1, 3))):
            words = hostile(chance).replace("\0", "")[: chance.choice((20, 400, 40_000))]
            text += words.encode("utf-8", "replace").decode() or "a"
        if chance.random() < 0.1:
            text.format(0, 1, {"bold": True})
        if chance.random() < 0.2 and len(text) > 3:
            del text[0:1]
    elif kind < 0.92:
        document.get(section, type=Map)["a"] = "b"
    else:
        document.get(section, type=Array).append(Text("a"))
    update = document.get_update()
    clock = chance.choice((0, 1, len(update), 2**31, 2**63, -1))
    return (mutated_bytes(chance, update) if chance.random() < 0.4 else update), client, clock


def writing_message(chance: random.Random) -> str:
    """Return a message of co-writing: nearly right, or any JSON, or none."""
    if chance.random() < 0.1:
        return chance.choice(
            ("", "{", "[" * 20_000, '{"a":' * 5000, "null", "NaN", '{"in":"findings","in":"debate"}', "1" * 6000)
        )
    update, client, clock = shared_text(chance)
    message: dict[str, Any] = {"update": b64encode(update).decode(), "client": client, "clock": clock}
    if chance.random() < 0.3:
        message = {"have": b64encode(mutated_bytes(chance, Doc().get_state())).decode()}
    elif chance.random() < 0.2:
        message = {"in": chance.choice((*SECTIONS, short(chance)))}
    if chance.random() < 0.4:
        message[chance.choice((*message, "have", "client", "clock", short(chance, 20)))] = json_value(chance)
    text = json.dumps(message, ensure_ascii=chance.random() < 0.5)
    return text if chance.random() < 0.8 else mutated_bytes(chance, text.encode("utf-8", "replace")).decode("latin-1")


def parts(chance: random.Random, fields: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, str]:
    """Encode a form with files. Return the body and its content type; some are broken."""
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (BOUNDARY.encode(), _encoded(name), _encoded(value))
        for name, value in fields.items()
    )
    for name, content in files.items():
        file_name = _encoded(chance.choice(("deux.jpg", "liste.csv", short(chance, 300)))).replace(b'"', b"")
        kind = chance.choice((b"image/jpeg", b"text/csv", b"", b"text/html", b"image/svg+xml; charset=\xff"))
        head = b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b\r\n\r\n'
        body += head % (BOUNDARY.encode(), _encoded(name), file_name.translate(None, b"\r\n"), kind) + content + b"\r\n"
    body += b"--%b--\r\n" % BOUNDARY.encode()
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    if chance.random() < 0.25:
        body = mutated_bytes(chance, body)
    if chance.random() < 0.1:
        content_type = chance.choice(
            ("multipart/form-data", "multipart/form-data; boundary=\xff", "multipart/mixed; boundary=fuzz")
        )
    return body, content_type


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
