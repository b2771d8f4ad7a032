"""The files of a tree, as text, syntax and tokens."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

APPS = UPPER, LOWER = "sessions", "forum"
"""The upper app may import the lower one."""


@dataclass(frozen=True)
class Source:
    """One file."""

    root: Path
    path: Path

    @cached_property
    def text(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def app(self) -> str:
        return self.path.parts[0]

    @property
    def module(self) -> str:
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def imports(self) -> dict[str, str]:
        """The dotted path of each name that this module imports, anywhere."""
        paths: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                paths |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
            elif isinstance(node, ast.Import):
                paths |= {name.asname or name.name: name.name for name in node.names}
        return paths

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))

    def classes(self) -> Iterator[ast.ClassDef]:
        yield from (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def tokens(self, kind: int) -> Iterator[tokenize.TokenInfo]:
        yield from (token for token in tokenize.generate_tokens(io.StringIO(self.text).readline) if token.type == kind)

    def at(self, line: int, what: str) -> str:
        return f"{self.path}:{line} {what}"


@dataclass
class Tree:
    """A tree of the project."""

    root: Path

    def files(self, folder: str, ending: str) -> list[Source]:
        paths = sorted(path.relative_to(self.root) for path in (self.root / folder).rglob(f"*{ending}"))
        sources = (Source(self.root, path) for path in paths if "migrations" not in path.parts)
        return [source for source in sources if source.lines]

    @cached_property
    def code(self) -> list[Source]:
        return [source for app in sorted(APPS) for source in self.files(app, ".py")]

    @cached_property
    def tests(self) -> list[Source]:
        return self.files("tests", ".py")

    def of(self, app: str) -> list[Source]:
        return [source for source in self.code if source.app == app]


def last_of(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def meant(source: Source, node: ast.expr) -> str:
    """Return the dotted path of an imported name or of its attribute; empty for a name of the module itself."""
    match node:
        case ast.Name(id=name):
            return source.imports.get(name, "")
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in source.imports:
            return f"{source.imports[name]}.{attribute}"
    return ""
