"""Measures what each process of a tree's environment executes, while its tests are being mapped."""

import os
import sys

_MAPPED = os.path.join(sys.prefix, "mapped")

if os.path.isdir(_MAPPED):  # only while tests are mapped, not while a mutant is tried
    import atexit

    import coverage

    _context = None
    if os.path.exists(os.path.join(_MAPPED, "test")):
        with open(os.path.join(_MAPPED, "test"), encoding="utf-8") as _file:
            _context = _file.read()
    _measured = coverage.Coverage(
        data_file=os.path.join(_MAPPED, "lines"),
        data_suffix=True,
        config_file=False,
        include=[os.path.join(os.path.dirname(sys.prefix), "src", "*")],
        context=_context,
        messages=False,
    )
    # A child that was forked ends by os._exit().
    _measured.set_option("run:patch", ["_exit"])
    _measured.set_option(
        "run:disable_warnings",
        ["no-data-collected", "module-not-measured", "couldnt-parse", "trace-changed"],
    )
    _measured.start()

    def _keep() -> None:
        _measured.stop()
        _measured.save()

    atexit.register(_keep)
