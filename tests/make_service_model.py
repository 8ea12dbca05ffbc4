"""Make the sandbox's model of the user pool's operations from the AWS SDK's own service model.

    python tests/make_service_model.py

writes `src/osdu_auth/sandbox/pool/service_model.json`. The sandbox itself needs no AWS SDK: what it
takes from the model (names, types, lengths, patterns, errors; no prose) is data in the repository,
and `tests/sandbox/test_service_model.py` compares it with the SDK that is installed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MODEL = Path(__file__).parent.parent / "src/osdu_auth/sandbox/pool/service_model.json"

# They take an app client's secret rather than AWS credentials, though the model says sigv4.
_ALSO_WITHOUT_CREDENTIALS = frozenset({"GetClientToken", "GetDerivedToken"})
_CONSTRAINTS = ("pattern", "min", "max", "enum", "sensitive")


def service_model() -> dict[str, Any]:
    """Return what the installed AWS SDK's model says, by the names it has in the file."""
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
        "api_version": str(model["metadata"]["apiVersion"]),
        "operations": {
            name: {
                "input": str(operation["input"]["shape"]),
                "replies": "output" in operation,
                "errors": sorted({str(error["shape"]) for error in operation["errors"]}),
            }
            for name, operation in ours.items()
        },
        "signed_operations": sorted(set(map(str, model["operations"])) - set(ours)),
        "shapes": dict(sorted(shapes.items())),
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


def text_of(model: dict[str, Any]) -> str:
    """Return the text of the file: a line for each operation and for each shape."""
    parts = []
    for name, value in model.items():
        text = _json(value)
        if isinstance(value, dict):
            lines = ",\n".join(f"{_json(key)}:{_json(inner)}" for key, inner in value.items())
            text = f"{{\n{lines}\n}}"
        parts.append(f"{_json(name)}:{text}")
    return "{" + ",\n".join(parts) + "}\n"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    MODEL.write_text(text_of(service_model()), encoding="utf-8")
