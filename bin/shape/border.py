"""References between the two apps. `sessions` may import `forum`, never the reverse.

- imports down: names that modules of `sessions` import from `forum`; imports up: the reverse.
- look-ups up: strings and keywords of `forum` that follow a relation from a model of `sessions` to a model of `forum`:
  paths with `__`, and arguments of the methods and expressions of querysets.
- relations up: attributes of the same names in `forum`.
- names up: strings of `forum` that name a module, a template or a model of `sessions`.
- templates up: templates of `forum` that include a template of `sessions`, or load its tags.
- registries: module-level names of one app that a module of the other one adds to.
- registrations: functions of one app that the other one calls in `ready()` without using the result.
"""

import ast
import re
from collections.abc import Iterator

from shape.source import APPS, LOWER, UPPER, Source, Tree, last_of, meant

PATH = re.compile(r"-?[a-z_0-9]+(__[a-z_0-9]+)+")
NAME = re.compile(r"-?[a-z_0-9]+(__[a-z_0-9]+)*")
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
QUERIES = {
    "aggregate", "alias", "annotate", "defer", "distinct", "exclude", "filter", "get", "get_or_create", "only",
    "order_by", "prefetch_related", "select_related", "update", "values", "values_list",
    "Avg", "Count", "Exists", "F", "Max", "Min", "OuterRef", "Prefetch", "Q", "Subquery", "Sum",
}  # fmt: skip
FILLERS = {"add", "append", "extend", "insert", "setdefault", "update"}


def imports(tree: Tree, importing: str, imported: str) -> list[str]:
    return [
        source.at(node.lineno, f"{node.module}.{name.name}")
        for source in tree.of(importing)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == imported
        for name in node.names
    ]


def models_of(tree: Tree, app: str) -> dict[str, tuple[Source, ast.ClassDef]]:
    """Return the classes of an app's models, by name."""
    return {
        cls.name: (source, cls)
        for source in tree.of(app)
        if "models" in source.path.with_suffix("").parts
        for cls in source.classes()
    }


def relations_of(tree: Tree) -> tuple[set[str], set[str]]:
    """Return the names of relations from the lower app's models to the upper's: in look-ups, and as attributes."""
    below, paths, attributes = models_of(tree, LOWER), set(), set()
    for _source, cls in models_of(tree, UPPER).values():
        for node in ast.walk(cls):
            if not (isinstance(node, ast.Call) and last_of(node.func) in RELATIONS and node.args):
                continue
            if ast.unparse(node.args[0]).strip("'\"").split(".")[-1] not in below:
                continue
            names = [ast.literal_eval(option.value) for option in node.keywords if option.arg == "related_name"]
            name = str(names[0]) if names else cls.name.lower()
            paths.add(name)
            attributes.add(name if names or last_of(node.func) == "OneToOneField" else f"{name}_set")
    return paths - {"+"}, attributes - {"+"}


def lookups(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and the path of each look-up: paths with `__`, and arguments of querysets."""
    arguments = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and last_of(node.func) in QUERIES:
            arguments |= {id(argument) for argument in node.args}
            yield from ((keyword.value.lineno, keyword.arg) for keyword in node.keywords if keyword.arg)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            pattern = NAME if id(node) in arguments else PATH
            if pattern.fullmatch(node.value):
                yield node.lineno, node.value.removeprefix("-")


def lookups_up(tree: Tree) -> list[str]:
    names, _attributes = relations_of(tree)
    return [
        source.at(line, path)
        for source in tree.of(LOWER)
        for line, path in sorted(lookups(source))
        if names & set(path.split("__"))
    ]


def relations_up(tree: Tree) -> list[str]:
    _names, names = relations_of(tree)
    return [
        source.at(node.lineno, ast.unparse(node))
        for source in tree.of(LOWER)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in names
    ]


def label_of(tree: Tree, app: str) -> str:
    """Return the label of an app, the prefix of its models and tables."""
    for source in tree.of(app):
        if source.module == f"{app}.apps" and (match := re.search(r'^    label = "(\w+)"', source.text, re.MULTILINE)):
            return match[1]
    return app


def names_up(tree: Tree) -> list[str]:
    label = label_of(tree, UPPER)
    upper = re.compile(rf"{UPPER}(\.[\w.]+|/[\w/.#]+)?|{label}\.\w+|.*\b{label}_\w+.*", re.DOTALL)
    return [
        source.at(node.lineno, node.value.strip())
        for source in tree.of(LOWER)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and upper.fullmatch(node.value)
    ]


def templates_up(tree: Tree) -> list[str]:
    tags = {source.path.stem for source in tree.of(UPPER) if source.path.parent.name == "templatetags"}
    named = re.compile(rf'["\']{UPPER}/[\w/.#]+["\']|{{% load [^%]*?\b(?:{"|".join(tags)})\b')
    return [
        source.at(source.text[: match.start()].count("\n") + 1, match[0])
        for source in tree.files(f"templates/{LOWER}", ".html")
        for match in named.finditer(source.text)
    ]


def filled(node: ast.AST) -> ast.expr | None:
    """Return the expression that a statement adds to: X of `X.append(…)`, `X[…] = …`, `X += …`; else None."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILLERS:
        return node.func.value
    if isinstance(node, ast.AugAssign):
        return node.target
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return node.targets[0].value
    return None


def registries(tree: Tree) -> list[str]:
    """List the registries, each with one place that adds to it."""
    places: dict[str, str] = {}
    for source in tree.code:
        for node in ast.walk(source.tree):
            name = meant(source, target) if (target := filled(node)) else ""
            if name.split(".")[0] in {*APPS} - {source.app} and isinstance(node, ast.stmt | ast.Call):
                places[name] = source.at(node.lineno, name)
    return sorted(places.values())


def registrations(tree: Tree) -> list[str]:
    """List the calls in `ready()` whose result is not used, except those that `filled` finds."""
    return [
        source.at(node.lineno, ast.unparse(node))
        for source in tree.code
        for function in source.functions()
        if function.name == "ready" and source.path.stem == "apps"
        for node in ast.walk(function)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not filled(node.value)
        if meant(source, node.value.func).split(".")[0] in {*APPS} - {source.app}
    ]
