"""Hostile texts: a corpus, and mutations of it."""

import random
from collections.abc import Callable

MARK = "fz9"
"""Part of the name of each element, attribute and function that a text of the corpus would create in a page."""
ELEMENT = f"x-{MARK}"

NUMBERS = (
    "0", "-1", "1", "9" * 10, "9" * 19, "9" * 30, "9" * 5000, "-" + "9" * 19, "2147483647", "2147483648", "١٢٣", "²",
    "1.5", "1e400", "NaN", "Infinity", "0x10", "1_000", "+1", " 1", "1-" + "9" * 5000, "9" * 5000 + ":1-1", "1-", "-",
    "1-elsewhere", "9999999-9999999", "25:61", "2026-02-30", "0000-00-00", "9999-12-31", "10:15:99",
)  # fmt: skip
MARKUP = (
    f"<{ELEMENT}>", f"<script>{MARK}()</script>", f'"><img src=x onerror={MARK}()>', f"'><svg/onload={MARK}()>",
    f"</textarea><{ELEMENT}>", f"</title><{ELEMENT}>", f"</script><{ELEMENT}>", f"</style><{ELEMENT}>",
    f"--><{ELEMENT}>", f"]]><{ELEMENT}>", f'" onfocus={MARK}() autofocus x="', f"' onmouseover='{MARK}()",
    f"` onload={MARK}()", f"javascript:{MARK}()", f"JaVaScRiPt\t:{MARK}()", f"data:text/html,<{ELEMENT}>",
    f"vbscript:{MARK}", f"[x](javascript:{MARK}())", f'![x](x" onerror="{MARK}())', f"<javascript:{MARK}()>",
    f"[x]: data:text/html,{MARK}\n[x]", f'<a href="https://e.example" onclick="{MARK}()">x</a>', f"&lt;{ELEMENT}&gt;",
    f"&#60;{ELEMENT}&#62;", f"<iframe srcdoc='<{ELEMENT}>'>", f"<base href=//{MARK}.example/>", f"<!DOCTYPE {MARK}>",
    f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><{ELEMENT}>&x;</{ELEMENT}>",
    f"<meta http-equiv=refresh content='0;url=//{MARK}.example'>", f"<math><{ELEMENT}>", f"<![CDATA[<{ELEMENT}>]]>",
    f"<p style='background:url({MARK})'>", f"<form action=//{MARK}.example><input name=code>", f"\u2028<{ELEMENT}>",
)  # fmt: skip
CODE = (
    "'; DROP TABLE forum_forum;--", "' OR 1=1 --", "1); DELETE FROM forum_topic; --", "\\", "%", "_%", "\\'", '"',
    "{{ 7|add:7 }}", "{% load static %}", "{% debug %}", "{{ settings.SECRET_KEY }}", "${7*7}", "#{7*7}", "<%= 7 %>",
    "%s%d%n%(name)s", "{0}{name}{0.__class__.__mro__}", "{", "}", "{}", "%", "%%", "$(id)", "`id`", "| id", "; id",
    "=HYPERLINK(\"http://e.example\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "../../etc/passwd",
    "..\\..\\x", "/etc/passwd\0.jpg", "file:///etc/passwd", "//evil.example", "/\\evil.example", "https://evil.example/",
    "/%2f%2fevil.example", "CON", ".", "..", "~", "*", "?", "#", "&", "a=b&c=d", "null", "true", "[]", "__proto__",
    "constructor", "undefined", "None", "self", "pk", "id__gt", "x\r\nSet-Cookie: fz9=1", "x\nLocation: //e.example",
    "x\r\n\r\n<html>", "\r", "\n", "\x0b\x0c\x1c\x85\u2028\u2029",
)  # fmt: skip
FAMILY = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
UNICODE = (
    "a\x00b", "\x00", "\ud800", "\udfff\ud800", "a\udc80", "\ufeff", "\ufffe\uffff", "\u202eright", "\u2066a\u2067b",
    "\u200b", "\u00ad" * 50, "a" + "\u0301" * 800, "Z\u0351\u036b\u0343\u036a\u0302A\u0334\u0335\u031c", FAMILY,
    FAMILY * 200, "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0010ffff", "\ufdfa" * 100, "İıſß", "\ufb00", "Ⅷ", "é",
    "e\u0301", "\u05d0" * 100, "\u115f\u3164", "\x1b[31m", "\x7f\x80\x9f", "\x01" * 100, "\u0085", "\u00a0" * 30,
    "ⅷ²٣", "\U0001d7d9\U0001d7da", "\U000e0041" * 40, "\ua66e" * 50,
)  # fmt: skip
FLOODS = (
    "", " ", "x" * 300, "x" * 7000, "x" * 100_000, "mot " * 4000, "\n" * 5000, ">" * 3000, "> " * 2000, "- " * 3000,
    "[" * 5000, "![" * 3000, "](" * 3000, "*" * 8000, "**a" * 3000, "_a" * 3000, "`" * 8000, "#" * 3000, "<" * 5000,
    "&" * 5000, "&amp;" * 2000, "(" * 5000, '"' * 5000, "«" * 5000, "\\" * 5000, "a@b." * 2000, "http://" * 2000,
    "www.a.b " * 1500, "1. " * 2000, "|a" * 3000, "    " * 2000 + "x", "\t" * 3000, "~~a" * 2000, "\r\n" * 3000,
    "\n".join(" " * n + "- a" for n in range(300)), "\n".join(">" * n + " a" for n in range(200)),
    "[a](" + "(" * 2000 + ")", "<a " * 2000, "!" * 3000, " ;" * 3000, "9:00 30 Accueil\n" * 1000, "a;b;c\n" * 3000,
    "," * 5000, '"a\n' * 1000, "1-1," * 2000, "topic-1," * 1000,
)  # fmt: skip
WORDS = (
    "yes", "no", "on", "off", "up", "down", "phone", "wall", "desk", "page", "fr", "en", "de", "xx", "Europe/Paris",
    "Mars/Olympus", "../Paris", "posixrules", "full", "hidden", "published", "groups", "nowhere", "opening.law", ".",
    "everyone", "slot-1", "topic-1", "all", "this", "next", "A4", "A9", "bumblebee", "own", "dark",
)  # fmt: skip
CORPUS = (NUMBERS, MARKUP, CODE, UNICODE, FLOODS, WORDS)
WEIGHTS = (5, 8, 5, 5, 2, 3)
"""How often a text is of each kind."""

LONGEST = 400_000
"""Characters of a mutated text, at most."""

MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    lambda chance, text: text + chance.choice(MARKUP),
    lambda chance, text: chance.choice(UNICODE) + text,
    lambda chance, text: text[: chance.randrange(len(text) + 1)],
    lambda chance, text: text * chance.choice((2, 3, 7)) if len(text) < 20_000 else text,
    lambda chance, text: text.swapcase(),
    lambda chance, text: _insert(
        chance, text, chance.choice(("\0", "\u202e", "\u0301", "<", "'", '"', "\r\n", "\ud83d"))
    ),
    lambda chance, text: "".join(chance.sample(text, len(text))) if len(text) < 500 else text[::-1],
    lambda chance, text: f"{text}{chance.choice(NUMBERS)}",
    lambda chance, text: f"Un titre {text} assez long",
)


def hostile(chance: random.Random) -> str:
    """Return a text of the corpus, often changed."""
    [kind] = chance.choices(CORPUS, WEIGHTS)
    text = chance.choice(kind)
    while chance.random() < 0.35:
        text = chance.choice(MUTATIONS)(chance, text)
    return text[:LONGEST]


def short(chance: random.Random, most: int = 2000) -> str:
    """Return a hostile text of few characters, for a path or a header."""
    return hostile(chance)[:most]


def _insert(chance: random.Random, text: str, piece: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + piece + text[at:]


def mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with some of them changed, removed, doubled or replaced by others."""
    changed = bytearray(data)
    for _n in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + chance.choice((1, 2, 8, 1000))]
            case 2:
                changed[at:at] = changed[max(0, at - 40) : at]
            case 3:
                changed[at:at] = chance.randbytes(chance.choice((1, 4, 30)))
            case _:
                changed[at : at + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x80\x80\x80\x80", b"\x7f"))
    return bytes(changed)
