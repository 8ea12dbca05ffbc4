"""What IPython shows of our errors: the user's own lines and our sentences, and no library source.

IPython asks an exception that has `_render_traceback_` for the lines to show
(`InteractiveShell.showtraceback`). It does not ask the exceptions in a group, such as asyncio's
`TaskGroup` raises. For groups this module sets a handler in the shell (`set_custom_exc`), unless
the user has set one. Outside IPython nothing changes. The whole traceback is shown after `%xmode
Verbose`, or where `OSDU_AUTH_TRACEBACK` is `full`.
"""

from __future__ import annotations

import builtins
import linecache
import os
import sys
from typing import TYPE_CHECKING, Any

from osdu_auth.ipython_shell import running_shell
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

VARIABLE = "OSDU_AUTH_TRACEBACK"
_FULL = "full"
_MOST_LINES = 3  # of the user's code: the first, and the two nearest to the error
_LONGEST_SOURCE = 200  # characters
_LONGEST_SENTENCE = 2000  # characters
_RED, _PLAIN = "\x1b[31m", "\x1b[39m"
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def lines_for_cell(error: BaseException, sentences: Sequence[str]) -> list[str]:
    """Return the lines that IPython shows of an error.

    Args:
        error: an error of this package.
        sentences: its sentences: what happened, why, and what to do next.
    """
    shell = running_shell()
    if _wants_whole_traceback(shell):
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(error), error, error.__traceback__, tb_offset=1
        )
        return lines
    shown = [line for frame in _own_frames(error.__traceback__) for line in _source(shell, *frame)]
    first, *others = (printable(sentence, _LONGEST_SENTENCE) for sentence in sentences if sentence)
    name = _coloured(shell, type(error).__name__)
    return [*shown, *([""] if shown else []), f"{name}: {first}", *(f"  {line}" for line in others)]


def shorten_exception_groups(ours: type[BaseException]) -> None:
    """Have IPython shorten our errors in groups too, unless the user has set a handler.

    Args:
        ours: the base class of our errors.
    """
    shell = running_shell()
    if sys.version_info < (3, 11) or shell is None or getattr(shell, "custom_exceptions", None):
        return

    def show_exception_group(
        shell: Any, kind: object, group: BaseException, trace: object, tb_offset: int | None = None
    ) -> list[str]:
        del trace, tb_offset
        from traceback import TracebackException

        shown = TracebackException.from_exception(group)
        if not _wants_whole_traceback(shell):
            _shorten(shown, group, ours)
        lines = "".join(shown.format()).splitlines()
        shell._showtraceback(kind, group, lines)  # noqa: SLF001 - as IPython's own examples do
        return lines

    shell.set_custom_exc((builtins.BaseExceptionGroup,), show_exception_group)


def _shorten(shown: Any, error: BaseException, ours: type[BaseException]) -> None:
    """Keep only the user's own lines of our errors, and remove their causes."""
    if isinstance(error, ours):
        own = set(_own_frames(error.__traceback__))
        shown.stack[:] = [line for line in shown.stack if (line.filename, line.lineno) in own]
        shown.__cause__ = shown.__context__ = None
    for inner, member in zip(
        shown.exceptions or (), getattr(error, "exceptions", ()), strict=False
    ):
        _shorten(inner, member, ours)


def _wants_whole_traceback(shell: Any) -> bool:
    if shell is None:
        return False
    mode = str(getattr(shell.InteractiveTB, "mode", ""))
    return mode == "Verbose" or os.environ.get(VARIABLE, "").strip().lower() == _FULL


def _own_frames(trace: TracebackType | None) -> list[tuple[str, int]]:
    """Return file and line of the frames of the user's code, in the order of the calls."""
    libraries = _library_folders()
    frames: list[tuple[str, int]] = []
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(libraries) and not file.startswith("<frozen"):
            frames.append((file, trace.tb_lineno))
        trace = trace.tb_next
    if len(frames) > _MOST_LINES:
        frames = [frames[0], *frames[1 - _MOST_LINES :]]
    return frames


def _library_folders() -> tuple[str, ...]:
    """Return the folders of code that is not the user's: ours, Python's and installed packages."""
    from sysconfig import get_paths

    paths = get_paths()
    named = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    installed = {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    every = named | installed | {os.path.realpath(path) for path in named | installed}
    return (_PACKAGE, *(path.rstrip(os.sep) + os.sep for path in every))


def _source(shell: Any, file: str, line: int) -> Iterator[str]:
    """Yield the place of a frame and its line of code, in IPython's format."""
    name = getattr(getattr(shell, "compile", None), "format_code_name", lambda _: None)(file)
    place = " ".join(map(str, name)) if name else f"File {file}"
    yield f"{printable(place, _LONGEST_SOURCE)}, line {line}"
    text = linecache.getline(file, line).strip()
    if text:
        yield f"----> {line} {printable(text, _LONGEST_SOURCE)}"


def _coloured(shell: Any, text: str) -> str:
    plain = str(getattr(shell, "colors", "NoColor")).lower() == "nocolor"
    return text if plain else f"{_RED}{text}{_PLAIN}"
