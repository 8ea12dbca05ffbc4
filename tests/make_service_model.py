"""Make the sandbox's table of the user pool's operations from the AWS SDK's own service model.

    python tests/make_service_model.py

writes `src/osdu_auth/sandbox/pool/service_model.py`. The sandbox itself needs no AWS SDK: what it
takes from the model (names, types, lengths, patterns, errors; no prose) is data in the repository,
and `tests/sandbox/test_service_model.py` compares it with the SDK that is installed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "src/osdu_auth/sandbox/pool/service_model.py"

# They take an app client's secret rather than AWS credentials, though the model says sigv4.
_ALSO_WITHOUT_CREDENTIALS = frozenset({"GetClientToken", "GetDerivedToken"})
_CONSTRAINTS = ("pattern", "min", "max", "enum", "sensitive")

_HEAD = '''"""What AWS's service model says of the operations that need no AWS credentials.

Made by `tests/make_service_model.py` from the model that the AWS SDK ships; not edited by hand.
"""

from __future__ import annotations

from typing import Any

'''


def service_model() -> dict[str, Any]:
    """Return the tables of the installed AWS SDK's model, by the names they have in the module."""
    from botocore.loaders import Loader

    model = Loader().load_service_model("cognito-idp", "service-2")
    ours = {
        name: operation
        for name, operation in sorted(model["operations"].items())
        if operation.get("authtype") == "none" or name in _ALSO_WITHOUT_CREDENTIALS
    }
    shapes: dict[str, dict[str, Any]] = {}
    for operation in ours.values():
        _collect(model["shapes"], operation["input"]["shape"], shapes)
    return {
        "API_VERSION": str(model["metadata"]["apiVersion"]),
        "OPERATIONS": {
            name: {
                "input": str(operation["input"]["shape"]),
                "replies": "output" in operation,
                "errors": sorted({str(error["shape"]) for error in operation["errors"]}),
            }
            for name, operation in ours.items()
        },
        "SIGNED_OPERATIONS": sorted(set(map(str, model["operations"])) - set(ours)),
        "SHAPES": dict(sorted(shapes.items())),
    }


def _collect(known: Any, name: str, shapes: dict[str, dict[str, Any]]) -> None:
    if name in shapes:
        return
    shape = known[name]
    kept: dict[str, Any] = {"type": "document" if shape.get("document") else str(shape["type"])}
    shapes[name] = kept
    for key in _CONSTRAINTS:
        if key in shape:
            value = shape[key]
            kept[key] = list(map(str, value)) if isinstance(value, list) else value
    if kept["type"] == "structure":
        kept["members"] = {str(k): str(v["shape"]) for k, v in shape["members"].items()}
        kept["required"] = sorted(map(str, shape.get("required", [])))
    elif kept["type"] in {"list", "map"}:
        kept["of"] = str(shape["member" if kept["type"] == "list" else "value"]["shape"])
    for inner in [*kept.get("members", {}).values(), *filter(None, [kept.get("of")])]:
        _collect(known, inner, shapes)


def text_of(tables: dict[str, Any]) -> str:
    """Return the module's text, as the formatter leaves it."""
    kinds = {"API_VERSION": "str", "SIGNED_OPERATIONS": "list[str]"}
    lines = [
        f"{name}: {kinds.get(name, 'dict[str, dict[str, Any]]')} = {value!r}\n"
        for name, value in tables.items()
    ]
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TABLE), "-"],
        input=_HEAD + "\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return formatted.stdout


if __name__ == "__main__":
    TABLE.write_text(text_of(service_model()), encoding="utf-8")
