"""The site has each page, and its lists match the code."""

from __future__ import annotations

import re

import pytest

import osdu_auth
from documents.blocks import ROOT, pages
from generated_pages import (
    MODULES,
    NAMES,
    OF_EXEC,
    VARIABLES,
    commands_page,
    names_of,
    settings_page,
)
from make_site import laid_out
from osdu_auth.cli.application import COMMANDS
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.setting_places import flag_of, variable_of

SOURCE = "\n".join(path.read_text() for path in (ROOT / "src/osdu_auth").rglob("*.py"))


def test_the_settings_are_those_of_the_table_each_with_its_flag_and_its_variable() -> None:
    sections = re.split(r"(?m)^## `(.+)`$", settings_page())
    listed = dict(zip(sections[1::2], sections[2::2], strict=True))
    for name, setting in KINDS.settings.items():
        said = listed.pop(setting.key or name)
        assert setting.help in said
        both = f"Variable: `{variable_of(name)}`. Flag: `{flag_of(name)}`." in said
        assert both is not bool(setting.key)
        assert all(f"`{word}`" in said for word in setting.choices)
    assert listed == {}


def test_every_variable_of_ours_that_the_source_names_is_listed() -> None:
    of_settings = {variable_of(name) for name in KINDS.settings}
    listed = {name for names in (*VARIABLES, *OF_EXEC) for name in names.split(", ")}
    named = set(re.findall(r'"(OSDU_[A-Z_]+[A-Z])"', SOURCE))
    assert named
    assert named - of_settings - listed == set()
    assert {name for name in listed if name.lower() not in SOURCE.lower()} == set()


def test_every_command_is_listed_with_its_help() -> None:
    page = commands_page()
    assert [name for name in COMMANDS if f"## osdu-auth {name}\n" not in page] == []
    assert (
        "## osdu-auth account reset-password\n\n```text\nUsage: osdu-auth account reset-password"
        in page
    )


def test_every_public_name_is_described_on_one_page() -> None:
    described = [name for page in NAMES for name in names_of(page)]
    assert sorted(described) == sorted(
        f"osdu_auth.{name}" for name in osdu_auth.__all__ if name != "__version__"
    )


def test_every_adapter_that_the_pages_name_is_described() -> None:
    text = "\n".join(page.read_text() for page in pages())
    imported = re.findall(
        r"from (osdu_auth\.(?:adapters|verification\.services)\S+) import (.+)", text
    )
    named = {(module, name) for module, names in imported for name in names.split(", ")}
    described = {
        (module, name)
        for _, modules in MODULES.values()
        for module, names in modules.items()
        for name in names
    }
    assert {each for each in named if each[1].upper() != each[1]} - described == set()


def test_every_page_is_in_the_contents() -> None:
    pytest.importorskip("fastapi")  # whose adapter has a page
    pages = laid_out()
    contents = "".join(re.findall(r"```\{toctree\}(.*?)```", "\n".join(pages.values()), re.DOTALL))
    in_folders = {path.rpartition("/")[2] for path in pages if "/" in path}
    listed = set(re.findall(r"[\w./-]+\.md", contents))
    names = {path.rpartition("/")[2] for path in listed}
    lost = {path for path in pages if path not in listed and path.rpartition("/")[2] not in names}
    assert lost - {"index.md"} == set()
    assert in_folders


def test_a_link_on_the_site_has_the_same_target_as_on_a_code_host() -> None:
    pytest.importorskip("fastapi")
    pages = laid_out()
    assert "](docs/" not in pages["index.md"]
    assert "(tutorial.md)" in pages["index.md"]
    assert "(contents.md)" in pages["index.md"]
    assert "(security.md)" in pages["threat-model.md"]
    assert "(decisions/0012-one-way-to-a-token.md)" in pages["how-renewal-works.md"]
    assert "(abuse-and-faults.md)" in pages["contributing.md"]
