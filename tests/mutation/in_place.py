"""Put a fault into a module that is imported already, in this process."""

import ast
import gc
import sys
from collections.abc import Iterable, Iterator
from enum import EnumType
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from django.db import models

from tests.mutation.mutants import Mutant

Key = tuple[str, int]
"""The qualified name and the first line of a function."""
OURS = ("forum", "sessions", "tests")


class CannotApply(Exception):
    """The fault would change what is fixed once the module is imported, such as a column."""


def live_functions(path: Path) -> dict[Key, list[FunctionType]]:
    """Return the functions of a module that exist in this process, also inside decorators, properties and closures."""
    functions: dict[Key, list[FunctionType]] = {}
    for one in gc.get_objects():
        if type(one) is FunctionType and one.__code__.co_filename == str(path):
            functions.setdefault((one.__code__.co_qualname, one.__code__.co_firstlineno), []).append(one)
    return functions


def put(mutant: Mutant, module: ModuleType, functions: dict[Key, list[FunctionType]]) -> None:
    """Make the module behave as the fault says. Raises CannotApply."""
    if mutant.is_in_function:
        _replace_code(mutant, functions)
    else:
        for name, value in _run_statement(mutant, module).items():
            _replace_defaults(mutant.unchanged, name, value, functions)
    for value in vars(module).values():
        if isinstance(value, _lru_cache_wrapper):
            value.cache_clear()  # of what it returned before the fault


def _replace_code(mutant: Mutant, functions: dict[Key, list[FunctionType]]) -> None:
    tree = mutant.tree
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            _keep_free_variables(node, functions)
    changed = False
    for code in _codes(compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")):
        for function in functions.get((code.co_qualname, code.co_firstlineno), ()):
            function.__code__ = code
            changed = True
    if not changed:
        raise CannotApply


def _keep_free_variables(
    node: ast.FunctionDef | ast.AsyncFunctionDef, functions: dict[Key, list[FunctionType]]
) -> None:
    """Name the variables of the functions around in code that never runs, since a closure keeps all that it had."""
    for function in _functions_of(node, functions)[:1]:
        if free := function.__code__.co_freevars:
            names = ast.Tuple([ast.Name(variable, ast.Load()) for variable in free], ast.Load())
            unused = ast.copy_location(ast.If(ast.Constant(False), [ast.Expr(names)], []), node.body[0])
            has_docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
            node.body.insert(1 if has_docstring else 0, unused)


def _functions_of(
    node: ast.FunctionDef | ast.AsyncFunctionDef, functions: dict[Key, list[FunctionType]]
) -> list[FunctionType]:
    first = min((node.lineno, *(decorator.lineno for decorator in node.decorator_list)))
    return [
        function
        for (name, line), found in functions.items()
        if line == first and name.rpartition(".")[2] == node.name
        for function in found
    ]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _run_statement(mutant: Mutant, module: ModuleType) -> dict[str, Any]:
    """Run a statement of the module or of a class again, with those of the module that take their values from it.

    Put the new values where the former ones were, and return them by name.
    """
    body = mutant.tree.body
    holder: Any = module
    for name in mutant.owner:
        (node,) = (one for one in body if isinstance(one, ast.ClassDef) and one.name == name)
        body, holder = node.body, getattr(holder, name)
    first = next(one for one in body if one.lineno <= mutant.lines.start <= (one.end_lineno or one.lineno))
    if not isinstance(first, (ast.Assign, ast.AnnAssign)):
        raise CannotApply
    changed: dict[str, Any] = {}
    for statement in body[body.index(first) :]:
        if statement is first or (
            isinstance(statement, ast.Assign) and not mutant.owner and _names(statement, changed)
        ):
            around = {**vars(module), **vars(holder)}
            values: dict[str, Any] = {}
            exec(compile(ast.Module([statement], []), str(mutant.path), "exec"), around, values)  # noqa: S102 a fault of ours
            for name, value in values.items():
                if isinstance(value, (models.Field, models.Manager, models.QuerySet)):
                    raise CannotApply
                _replace_value(holder, name, value)
            changed |= values
    return changed


def _names(statement: ast.Assign, names: Iterable[str]) -> bool:
    """Say whether the value of a statement is made with one of these names."""
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(statement.value))


def _replace_defaults(tree: ast.Module, name: str, value: Any, functions: dict[Key, list[FunctionType]]) -> None:
    """Put a value in the place of the defaults that had this name, which functions keep."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            named = [isinstance(default, ast.Name) and default.id == name for default in node.args.defaults]
            for function in _functions_of(node, functions) if any(named) else ():
                former = function.__defaults__ or ()
                function.__defaults__ = tuple(
                    value if is_named else old for is_named, old in zip(named, former, strict=True)
                )


def _replace_value(holder: Any, name: str, value: Any) -> None:
    former = getattr(holder, name)
    if isinstance(former, dict):
        former.clear()
        former.update(value)
        return
    if isinstance(holder, EnumType) or name in getattr(holder, "__dataclass_fields__", ()):
        raise CannotApply
    setattr(holder, name, value)
    for other in [one for key, one in sys.modules.items() if key.split(".")[0] in OURS]:
        if isinstance(holder, ModuleType) and vars(other).get(name) is former:
            setattr(other, name, value)
