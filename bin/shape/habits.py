"""Counts of constructs that the project avoids."""

import ast
import re
import tokenize

from shape.source import Source, Tree, last_of


def class_based_views(tree: Tree) -> list[str]:
    return [
        source.at(cls.lineno, cls.name)
        for source in tree.code
        for cls in source.classes()
        if any(last_of(base).endswith("View") for base in cls.bases)
    ]


def signals(tree: Tree) -> list[str]:
    """List the signals, and the functions that receive one by the decorator."""
    return [
        source.at(node.lineno, ast.unparse(node)[:60])
        for source in tree.code
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and last_of(node.func) in ("Signal", "receiver")
    ]


def views_that_import_views(tree: Tree) -> list[str]:
    """List the imports between modules of views that a URLconf names."""
    routed = {
        path
        for source in tree.code
        if source.path.stem.startswith("urls")
        for path in source.imports.values()
        if ".views." in path
    }
    return [
        source.at(1, module)
        for source in tree.code
        if source.module in routed
        for module in sorted(routed - {source.module})
        if any(path == module or path.startswith(f"{module}.") for path in source.imports.values())
    ]


def anys(sources: list[Source]) -> list[str]:
    names = [(s, token) for s in sources for token in s.tokens(tokenize.NAME) if token.string == "Any"]
    return [s.at(token.start[0], "Any") for s, token in names if not re.search(r"^\s*(from|import) ", token.line)]


def comments(sources: list[Source], text: str) -> list[str]:
    return [
        s.at(token.start[0], token.string)
        for s in sources
        for token in s.tokens(tokenize.COMMENT)
        if text in token.string
    ]


def tests_that_read_source(tree: Tree) -> list[str]:
    """List the functions of tests that read or parse Python files."""
    reads = re.compile(r"""'\*\.py'.*|[\w*/]\.py'\)\.""", re.DOTALL)
    return [
        source.at(function.lineno, function.name)
        for source in tree.tests
        if source.path.stem.startswith("test_")
        for function in source.functions()
        if (text := ast.unparse(function))
        if "ast.parse(" in text or "getsource(" in text or ("read_text(" in text and reads.search(text))
    ]
