"""The recipes in docs/ do what they say, each as a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from canaries import register
from documents.blocks import text_of
from osdu_auth import Sandbox, Secret, Session
from osdu_auth.cognito.challenges import unattended
from osdu_auth.profiles.edits import write_profile
from osdu_auth.stores.file import FileStore
from session_test_parts import RENEWAL
from stored import store_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth import Profile


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for each test, which counts what its own programs ask."""
    with Sandbox() as running:
        register(running.password, running.client_secret)
        yield running


GROUP = "users@opendes.example.com"
ENTITLEMENTS = {
    "openapi": "3.0.3",
    "info": {"title": "Entitlements", "version": "2"},
    "paths": {
        "/api/entitlements/v2/groups": {
            "get": {
                "operationId": "listGroups",
                "responses": {
                    "200": {
                        "description": "the caller's groups",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Groups"}}
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Groups": {
                "type": "object",
                "properties": {
                    "groups": {"type": "array", "items": {"$ref": "#/components/schemas/Group"}}
                },
            },
            "Group": {"type": "object", "properties": {"email": {"type": "string"}}},
        }
    },
}


def recipe(page: str, name: str) -> str:
    """The program that stands in a page under a name."""
    return text_of(f"docs/{page}", name)


def test_a_credential_of_one_s_own_needs_only_the_public_names_of_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's class gets a token of a program, and a second process reads it from the store."""
    monkeypatch.setenv("TOKEN_OF_PROGRAM", "canary-token-of-a-program")
    register("canary-token-of-a-program")
    company = tmp_path / "company.py"
    company.write_text(
        "import os; print('asked', file=open('asked', 'a')); print(os.environ['TOKEN_OF_PROGRAM'])"
    )
    command = repr([sys.executable, str(company)])
    program = recipe("your-own-credential.md", "credential")
    assert "from osdu_auth." not in program
    program = program.replace('["company-token", "--for", "osdu"]', command)
    script = tmp_path / "recipe.py"
    script.write_text(program.replace("print(session", "headers = (session") + HEADERS_OF_PROGRAM)
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    for _ in range(2):
        shown = subprocess.run(
            [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert shown.stdout == "Bearer for opendes: True\n", shown.stderr
    assert (tmp_path / "asked").read_text() == "asked\n"


HEADERS_OF_PROGRAM = """
import os
kind, value = headers["Authorization"].split()
print(kind, "for", headers["data-partition-id"] + ":", value == os.environ["TOKEN_OF_PROGRAM"])
"""


def test_a_store_of_one_s_own_is_signed_in_to_and_used(
    profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    program = recipe("your-own-store.md", "store")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input=f"{sandbox.username}\n{sandbox.password}\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'Authorization': 'Bearer ****'" in done.stdout
    assert not (tmp_path / "state").exists()
    # The page's last part is another process, which does not run the part that signs in.
    store_class, _, using = program.partition("from getpass import getpass")
    using = using[using.rindex("from osdu_auth import Session") :]
    assert "sign_in" not in using
    assert "'Authorization': 'Bearer ****'" in run(store_class + using, tmp_path)


@pytest.fixture
def signed_in(
    profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who has signed in to the profile acme on this machine."""
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password), unattended)


def run(program: str, folder: Path, *arguments: str) -> str:
    """What a program prints."""
    script = folder / "recipe.py"
    script.write_text(program)
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_client(folder: Path) -> None:
    """Have a client made of a description of one service."""
    description = folder / "entitlements.json"
    description.write_text(json.dumps(ENTITLEMENTS))
    settings = folder / "settings.json"
    settings.write_text(
        json.dumps({"package_name_override": "entitlements_client", "post_hooks": []})
    )
    made = folder / "entitlements_client"
    subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(description), "--config", str(settings), "--output-path", str(made)),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )


@pytest.mark.parametrize(
    ("name", "module", "arguments"),
    [
        ("osdu_api", "osdu_api", ()),
        ("osdu-client", "osdu_client", ()),
        ("osducli", "osducli", ("entitlements", "mygroups")),
        ("openapi-python-client", "openapi_python_client", ()),
    ],
)
def test_the_recipe_of_a_client_lists_the_user_s_groups(
    signed_in: None, tmp_path: Path, name: str, module: str, arguments: tuple[str, ...]
) -> None:
    program = recipe("clients.md", name)
    if find_spec(module) is None:
        pytest.skip(f"{name} is not for this Python")
    if name == "openapi-python-client":
        make_client(tmp_path)
    assert GROUP in run(program, tmp_path, *arguments)


@pytest.mark.parametrize("name", ["multiprocessing", "dask"])
def test_the_recipe_of_workers_asks_the_platform_in_both_ways(
    signed_in: None, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    asked = sandbox.requests.count("/api/search")
    one_way, the_other = run(recipe("workers.md", name), tmp_path).splitlines()
    assert one_way == the_other
    assert "('*:*:master-data--Well:*', 8)" in one_way
    assert sandbox.requests.count("/api/search") == asked + 4


def test_the_recipe_of_a_board_on_dask_asks_the_platform(
    signed_in: None, sandbox: Sandbox, tmp_path: Path
) -> None:
    asked = sandbox.requests.count("/api/search")
    [line] = run(recipe("workers.md", "dask board"), tmp_path).splitlines()
    assert "('*:*:master-data--Well:*', 8)" in line
    assert sandbox.requests.count("/api/search") == asked + 2


def test_workers_that_renew_a_session_at_their_end_do_not_lose_it(
    signed_in: None, profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    once_only = sandbox.pool.add_app_client(
        "workers", rotation=True, grace_period=0, generate_secret=False
    )
    write_profile(replace(profile, client_id=once_only.client_id, client_secret=None))
    session = Session("acme")
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    saved = session.saved()
    now = time.time()
    old = replace(saved.tokens, issued_at=now - 3480, expires_at=now + 120)
    store_session(FileStore(), "acme", replace(saved, tokens=old))
    before = sandbox.requests.count(RENEWAL)
    sandbox.faults.latency(RENEWAL, 1.5)
    sandbox.faults.latency("/api/search", 0.7, times=2)  # until the renewal is under way
    both_ways = recipe("workers.md", "multiprocessing").splitlines()
    # `for_workers` would wait for the renewal.
    run("\n".join(line for line in both_ways if "for_an_hour" not in line), tmp_path)
    end = time.monotonic() + 60
    while sandbox.requests.count(RENEWAL) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert sandbox.requests.count(RENEWAL) == before + 1
    Session("acme").renew()
