"""What mistakes can be made in a file, and a sample of them that a seed draws."""

from __future__ import annotations

import ast
import hashlib
import random
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutant(NamedTuple):
    """One mistake.

    Attributes:
        path: The file, from the checkout's root.
        function: The name of the function or class it is in, dotted; empty at a module's own level.
        lines: The first and the last line of the statement, or of a compound statement's head; None
            where it is executed when the file is imported.
        line: Where the mistake itself begins.
        before: The lines of the expression or statement that is changed, without their layout.
        after: The same with the mistake.
        source: The whole file with the mistake.
    """

    path: str
    function: str
    lines: tuple[int, int] | None
    line: int
    before: str
    after: str
    source: bytes

    @property
    def digest(self) -> str:
        """Which mistake in which state of the file this is."""
        return hashlib.sha256(self.path.encode() + b"\0" + self.source).hexdigest()[:16]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a person knows it by, whatever else changes in the file."""
        return self.path, self.function, self.before, self.after

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.function}: {self.before}  →  {self.after}"


class Folder(NamedTuple):
    """What there is in a folder: how many statements, and every mistake that can be made."""

    statements: int
    mutants: list[Mutant]


def read(root: Path, path: str) -> Folder:
    """Read all files of a folder, whose path counts from the checkout's root."""
    sources = {
        str(file.relative_to(root)): file.read_bytes()
        for file in sorted((root / path).rglob("*.py"))
    }
    return Folder(
        sum(map(_statements, sources.values())),
        [mutant for name, source in sources.items() for mutant in mutants_of(name, source)],
    )


def sample(folders: Sequence[Folder], count: int, seed: int) -> list[Mutant]:
    """Draw mistakes from folders, in proportion to their statements."""
    chance, drawn = random.Random(seed), list[Mutant]()
    remaining, of = count, sum(folder.statements for folder in folders)
    for folder in folders:
        share = round(remaining * folder.statements / of)
        drawn += chance.sample(folder.mutants, min(share, len(folder.mutants)))
        remaining, of = remaining - share, of - folder.statements
    chance.shuffle(drawn)
    return drawn


def mutants_of(path: str, source: bytes) -> Iterator[Mutant]:
    """Yield every mistake that can be made in a file."""
    starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]
    for node, function, lines in _code(ast.parse(source), "", None):
        first, last = node.lineno - 1, (node.end_lineno or 0) - 1
        begin, end = starts[first] + node.col_offset, starts[last] + (node.end_col_offset or 0)
        line_end = starts[last + 1] if last + 1 < len(starts) else len(source)
        for new in _mistakes(node):
            whole = source[starts[first] : begin] + new.encode() + source[end:line_end]
            before, after = (
                " ".join(text.decode().split())
                for text in (source[starts[first] : line_end], whole)
            )
            mutated = source[:begin] + new.encode() + source[end:]
            yield Mutant(path, function, lines, node.lineno, before, after, mutated)


def _statements(source: bytes) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(source)))


def _code(
    tree: ast.AST, function: str, lines: tuple[int, int] | None
) -> Iterator[tuple[ast.expr | ast.stmt, str, tuple[int, int] | None]]:
    """Yield the nodes in which a mistake could be made that a program meets.

    With each comes the function it is in, and the lines of the statement, as `Mutant` has them.
    """
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        called = lines is not None or (isinstance(tree, _FUNCTIONS) and name == "body")
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue  # within a text, positions are not known before Python 3.12
            within, of = function, lines
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                within = f"{function}.{node.name}".lstrip(".")
            if called and isinstance(node, ast.stmt):
                body = getattr(node, "body", None)
                last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
                of = (node.lineno, max(last, node.lineno))
            if isinstance(node, (ast.expr, ast.stmt)):
                yield node, within, of
            yield from _code(node, within, of)


def _mistakes(node: ast.expr | ast.stmt) -> Iterator[str]:  # noqa: C901 - a table
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _OPPOSITES:
            yield _with(node, ops=[_OPPOSITES[type(operator)]()])
            if isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                yield f"(not ({ast.unparse(node)}))"
        case ast.BoolOp(op=operator):
            yield f"({_with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(test=test):
            yield f"({_with(node, test=ast.UnaryOp(ast.Not(), test))})"
        case ast.Constant(value=bool() as value):
            yield repr(not value)
        case ast.Constant(value=int() | float() as value):
            yield repr(value + 1)
            yield f"({value - 1!r})"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Assign(targets=[ast.Attribute()]):
            yield "pass"
        case ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Break() | ast.Continue():
            yield "pass"


def _with(node: ast.expr, **fields: object) -> str:
    return ast.unparse(type(node)(**dict(ast.iter_fields(node)) | fields))
