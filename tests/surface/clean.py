"""Replacement of all that differs between two runs, before a file is written."""

import re
from pathlib import Path

VOLATILE = (
    (re.compile(r'(name="csrfmiddlewaretoken" value=)"[^"]*"'), r'\1"TOKEN"'),
    (re.compile(r'(data-csrf=)"[^"]*"'), r'\1"TOKEN"'),
    (re.compile(r'(name="key" value=)"[^"]*"'), r'\1"KEY"'),
    (re.compile(r"(/facilitator/(?:begin/)?)[\w-]{43}/"), r"\1SECRET/"),
    (re.compile(r'(data-state=)"[^"]*"'), r'\1"MANUSCRIPT"'),
    (re.compile(r'(data-since=)"\d+"'), r'\1"REVISION"'),
    (re.compile(r'("revision": )\d+'), r"\1REVISION"),
    (re.compile(r"(/desk/journal/)\d+(/undo/)"), r"\1REVISION\2"),
    (re.compile(r"(/desk/print/)[0-9a-f]{16}\b"), r"\1KIT"),
)
"""Patterns and replacements: Django's CSRF token, keys of forms, secret links, documents of Yjs, which contain random
numbers; and revisions, which only `wire/steps.txt` has, and from which the names of kits are made."""


def clean(text: str) -> str:
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{clean(text)}\n", encoding="utf-8")
