"""The workshop page's own script signs in at the sandbox, with the real AWS SDK."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

SEED = Path(__file__).parents[2] / "shared" / "seed"


def page() -> str:
    pages = sorted(SEED.glob("*.txt"))
    if not pages:
        pytest.skip("the workshop page is not next to this checkout")
    return pages[0].read_text()


def code_of(text: str) -> str:
    """The indented lines of the page, which are its code, in order."""
    lines = [line for line in text.splitlines() if line.startswith("    ") or not line.strip()]
    return textwrap.dedent("\n".join(lines))


def filled_in(code: str, values: dict[str, str]) -> str:
    """The code with each blank filled, and with both spellings of the names that it mixes up."""
    for name, value in values.items():
        code, count = re.subn(rf'^{name}\s*=\s*""', f"{name} = {value!r}", code, flags=re.MULTILINE)
        assert count == 1, f"the page has no blank for {name}"
    both = "user_name, client_id = username, clientId\n"
    before, mark, after = code.partition("# Compute secret hash")
    assert mark
    return before + both + mark + after


def test_the_seed_s_own_script_prints_both_tokens(sandbox: Sandbox, tmp_path: Path) -> None:
    pytest.importorskip("boto3")
    blanks = {
        "region": sandbox.region,
        "username": sandbox.username,
        "password": sandbox.password,
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
    }
    script = tmp_path / "Authentication.py"
    script.touch(mode=0o600)  # it holds a password
    script.write_text(filled_in(code_of(page()), blanks))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": sandbox.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-300:]
    assert re.search(r"^Access Token: eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$", done.stdout, re.MULTILINE)
    assert re.search(r"^Refresh Token: \S{50,}$", done.stdout, re.MULTILINE)
