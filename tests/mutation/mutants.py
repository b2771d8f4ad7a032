"""The faults of a module, made from its syntax tree."""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SWAPPED_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
SWAPPED_NAMES = dict(
    pair
    for one, other in (
        ("any", "all"), ("min", "max"), ("first", "last"), ("filter", "exclude"), ("startswith", "endswith"),
        ("upper", "lower"), ("lstrip", "rstrip"), ("add", "discard"),
    )
    for pair in ((one, other), (other, one))
)  # fmt: skip
TRANSLATED = ("_", "gettext", "gettext_lazy", "ngettext", "pgettext")
"""Functions whose texts no test repeats."""
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One fault."""

    path: Path
    where: str
    """The function or class, or "module"."""
    was: str
    becomes: str
    nth: int
    """Which of several that read the same in one place, from 1."""
    lines: range
    """Of the statement: a test that runs none of them cannot notice the fault."""
    unchanged: ast.Module
    """The whole module, without the fault."""
    index: int
    """Of the node that is replaced, in `ast.walk` of the module."""
    new: ast.AST
    owner: tuple[str, ...]
    """The names of the classes and functions around it, the outermost first."""
    is_in_function: bool

    @property
    def tree(self) -> ast.Module:
        """The whole module, with the fault."""
        return _replaced(self.unchanged, self.index, self.new)

    @cached_property
    def key(self) -> str:
        """How the list of survivors names it."""
        return f"{self.where}: {self.was} → {self.becomes}" + (f" ({self.nth})" if self.nth > 1 else "")


@dataclass(frozen=True)
class _Site:
    """A node that may be replaced, and where it is."""

    index: int
    """In `ast.walk` of the module."""
    node: ast.AST
    owner: tuple[str, ...]
    is_in_function: bool
    lines: range


def mutants_of(path: Path) -> list[Mutant]:
    """Return the faults of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for site in sorted(_sites(tree), key=lambda site: (site.node.lineno, site.node.col_offset)):  # type: ignore[attr-defined]  # nodes with a place
        for new in _replacements(site):
            ast.fix_missing_locations(ast.copy_location(new, site.node))
            where = ".".join(site.owner) or "module"
            was, becomes = _text(site.node), _text(new)
            seen[where, was, becomes] += 1
            nth = seen[where, was, becomes]
            place = site.lines, tree, site.index, new, site.owner, site.is_in_function
            found.append(Mutant(path, where, was, becomes, nth, *place))
    return found


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:60]}…{text[-25:]}"


def _replaced(tree: ast.Module, index: int, new: ast.AST) -> ast.Module:
    """Return a copy of a tree with another node at this index of `ast.walk`."""
    twin = copy.deepcopy(tree)
    old = next(node for n, node in enumerate(ast.walk(twin)) if n == index)
    new = ast.copy_location(copy.deepcopy(new), old)
    for parent in ast.walk(twin):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                setattr(parent, name, [new if item is old else item for item in value])
    return ast.fix_missing_locations(twin)


def _sites(tree: ast.Module) -> Iterator[_Site]:
    indexes = {id(node): n for n, node in enumerate(ast.walk(tree))}

    def visit(node: ast.AST, owner: tuple[str, ...], is_in_function: bool, lines: range) -> Iterator[_Site]:
        if _is_left_out(node, is_in_function):
            return
        if isinstance(node, ast.stmt):
            lines = _lines_of(node)
        if hasattr(node, "lineno"):
            yield _Site(indexes[id(node)], node, owner, is_in_function, lines)
        children = [child for child in ast.iter_child_nodes(node) if child not in _unread(node)]
        if isinstance(node, (*Function, ast.ClassDef)):
            owner, is_in_function = (*owner, node.name), is_in_function or isinstance(node, Function)
        for child in children:
            yield from visit(child, owner, is_in_function, lines)

    yield from visit(tree, (), False, range(0))


def _lines_of(statement: ast.stmt) -> range:
    """Return the lines of a statement, without those of the statements in it."""
    inner: list[ast.stmt] = getattr(statement, "body", [])
    end = inner[0].lineno - 1 if inner else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


def _unread(node: ast.AST) -> list[ast.AST]:
    """Return the children in which no fault is put: annotations, decorators, defaults, docstrings, translated texts."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            bases = [*node.bases, *node.keywords] if isinstance(node, ast.ClassDef) else [node.args]
            returns = [] if isinstance(node, ast.ClassDef) or node.returns is None else [node.returns]
            return [*node.decorator_list, *bases, *returns]
        case ast.AnnAssign():
            return [node.annotation]
        case ast.Call(func=ast.Name(id=name)) if name in TRANSLATED:
            return list(node.args)
        case ast.JoinedStr():
            return [value for value in node.values if isinstance(value, ast.Constant)]
        case ast.FormattedValue():
            return [node.format_spec] if node.format_spec else []
    return []


def _is_left_out(node: ast.AST, is_in_function: bool) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring
        case ast.FunctionDef(name="__str__") | ast.ClassDef(name="Meta"):
            return True
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(id="models"))) | ast.Call(func=ast.Name())):
            return not is_in_function and _is_field(node)
    return False


def _is_field(node: ast.Assign) -> bool:
    """Say whether a statement of a class defines a column, which the migrations check."""
    function = node.value.func if isinstance(node.value, ast.Call) else None
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return name.endswith(("Field", "ForeignKey"))


def _replacements(site: _Site) -> Iterator[ast.AST]:
    for make in _MAKERS:
        yield from make(site)


def _swapped(site: _Site) -> Iterator[ast.AST]:
    match site.node:
        case ast.Compare(left=left, ops=[op], comparators=others) if type(op) in SWAPPED_OPERATORS:
            yield ast.Compare(left, [SWAPPED_OPERATORS[type(op)]()], others)  # type: ignore[list-item]  # an operator
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(SWAPPED_OPERATORS[type(op)](), values)  # type: ignore[arg-type]  # an operator
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SWAPPED_OPERATORS:
            yield ast.BinOp(left, SWAPPED_OPERATORS[type(op)](), right)  # type: ignore[arg-type]  # an operator
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Attribute(value=value, attr=name, ctx=context) if name in SWAPPED_NAMES:
            yield ast.Attribute(value, SWAPPED_NAMES[name], context)
        case ast.Name(id=name, ctx=context) if name in SWAPPED_NAMES:
            yield ast.Name(SWAPPED_NAMES[name], context)


def _constants(site: _Site) -> Iterator[ast.AST]:
    match site.node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as text):
            yield ast.Constant("" if text else "XX")
        case ast.Constant(value=bytes() as data):
            yield ast.Constant(b"" if data else b"XX")


def _conditions(site: _Site) -> Iterator[ast.AST]:
    def is_plain(test: ast.expr) -> bool:
        """Whether no other fault turns this condition round."""
        return isinstance(test, (ast.Name, ast.Attribute, ast.Call, ast.NamedExpr))

    match site.node:
        case ast.If(test=test, body=body, orelse=orelse) if is_plain(test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=body, orelse=orelse) if is_plain(test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp() as made:
            for n, part in enumerate(made.generators):
                for k in range(len(part.ifs)):
                    twin = copy.deepcopy(made)
                    del twin.generators[n].ifs[k]
                    yield twin


def _statements(site: _Site) -> Iterator[ast.AST]:
    match site.node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete() | ast.AugAssign():
            yield ast.Pass()
        case ast.Return(value=value) if value is not None and not _is_false(value):
            yield ast.Return(ast.Constant(None))
        case ast.Assign(targets=targets, value=value) if site.is_in_function and not _is_false(value):
            yield ast.Assign(targets, ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _tables(site: _Site) -> Iterator[ast.AST]:
    """Leave out one keyword of a call in a table."""
    match site.node:
        case ast.Call(func=function, args=args, keywords=keywords) if not site.is_in_function and not site.owner:
            for keyword in keywords:
                yield ast.Call(function, args, [other for other in keywords if other is not keyword])


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, False)


_MAKERS: tuple[Callable[[_Site], Iterator[ast.AST]], ...] = (_swapped, _constants, _conditions, _statements, _tables)
