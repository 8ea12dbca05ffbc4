"""Files are in the folders of the platform's convention."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osdu_auth import places
from osdu_auth.errors import ConfigurationError
from osdu_auth.stores.fast_path import name_of_this_computer

CUSTOM = platformdirs.PlatformDirs("osdu-auth", appauthor=False)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("home", ["/home/alice", "/home/a b", ""])
@pytest.mark.parametrize("base", [None, "", " ", "/xdg", "relative"])
def test_the_folders_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, home: str, base: str | None
) -> None:
    if home:
        monkeypatch.setenv("HOME", home)
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        if base is not None:
            monkeypatch.setenv(variable, base)
    if base == "relative":
        # By the XDG specification relative paths are ignored; platformdirs uses them.
        monkeypatch.delenv("XDG_CONFIG_HOME")
        assert places.config_directory() == CUSTOM.user_config_dir
        assert places.state_directory().startswith("/")
        return
    assert places.config_directory() == CUSTOM.user_config_dir
    assert places.state_directory() == CUSTOM.user_state_dir


def test_two_variables_move_the_settings_and_the_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", "/settings")
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", "/sessions")
    assert places.config_file() == "/settings/config.toml"
    assert places.state_directory() == "/sessions"


@pytest.mark.parametrize("home", ["no/such", "../a b", "~/x", "$HOME", "a;b"])
def test_a_relative_home_is_an_error_whose_printed_fix_works(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    with pytest.raises(ConfigurationError) as error:
        places.state_directory()
    assert (error.value.code, error.value.what.startswith("HOME is ")) == ("OA-C711", True)
    line = f'{error.value.fix} && printf %s "$HOME"'
    typed = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    monkeypatch.setenv("HOME", typed.stdout)
    assert places.state_directory().startswith(typed.stdout)


NO_HOME = """
import os
import osdu_auth.errors, osdu_auth.fixes, osdu_auth.text, pwd, re, shlex
from osdu_auth import places
os.setuid(12345)  # by now, as the interpreter may lie where that user cannot go
del os.environ["HOME"]
try:
    print(places.state_directory())
except Exception as error:
    print(error.fix)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as a user without an entry")
def test_without_a_home_folder_the_error_names_the_variable_to_set() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_HOME], capture_output=True, text=True, check=True
    )
    assert done.stdout == "export OSDU_AUTH_STATE_DIR=/a/folder/of/yours\n"


VARIABLES = {
    "OSDU_AUTH_CONFIG_DIR": places.config_directory,
    "OSDU_AUTH_STATE_DIR": places.state_directory,
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_tilde_in_a_variable_is_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv(variable, "~/osdu")
    assert VARIABLES[variable]() == "/home/alice/osdu"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("named", ["osdu", "./osdu", ".."])
def test_a_relative_path_is_refused_with_the_absolute_one_to_set(
    monkeypatch: pytest.MonkeyPatch, variable: str, named: str
) -> None:
    monkeypatch.setenv(variable, named)
    with pytest.raises(ConfigurationError) as refused:
        VARIABLES[variable]()
    assert refused.value.code == "OA-C747"
    assert refused.value.fix == f'export {variable}="$PWD/{named}"'


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    ("named", "fix"),
    [
        ("~nobody-of-that-name/osdu", 'export {}="$HOME/osdu"'),
        ("~nobody-of-that-name", 'export {}="$HOME/osdu-auth"'),
        ("$HOME/osdu", 'export {}="$HOME/osdu"'),
        ("${HOME}/osdu", 'export {}="${{HOME}}/osdu"'),
        ("~/osdu", "Set {} to the full path of a folder of yours, beginning with /."),
    ],
)
def test_an_unexpanded_variable_is_refused_with_the_intended_folder(
    monkeypatch: pytest.MonkeyPatch, variable: str, named: str, fix: str
) -> None:
    monkeypatch.setenv("HOME", "no/such")
    monkeypatch.setenv(variable, named)
    with pytest.raises(ConfigurationError) as refused:
        VARIABLES[variable]()
    assert refused.value.code == "OA-C747"
    assert refused.value.fix == fix.format(variable)


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("named", [None, "~/osdu"])
def test_a_home_folder_that_ends_in_a_carriage_return_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, named: str | None
) -> None:
    monkeypatch.setenv("HOME", "/home/alice\r")
    if named is not None:
        monkeypatch.setenv(variable, named)
    with pytest.raises(ConfigurationError, match="It ends in a carriage return") as refused:
        VARIABLES[variable]()
    assert (refused.value.code, refused.value.fix) == ("OA-C748", "export HOME=/home/alice")


def test_an_empty_name_in_quotes_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, directory in VARIABLES.items():
        monkeypatch.setenv(variable, "\r")
        with pytest.raises(ConfigurationError) as refused:
            directory()
        assert refused.value.fix == f"unset {variable}"
        monkeypatch.delenv(variable)


HOST_NAMES = st.text("ab.-_%/ A0", max_size=6) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6
)


def folder_of(name: str) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "uname", lambda: SimpleNamespace(nodename=name))
        return name_of_this_computer()


@pytest.mark.skipif(not hasattr(os, "uname"), reason="nothing is kept for one host alone there")
@given(HOST_NAMES, HOST_NAMES)
def test_two_hosts_never_share_a_folder(one: str, other: str) -> None:
    assert (folder_of(one) == folder_of(other)) is (one == other)
    assert "/" not in folder_of(one)
    assert folder_of(one) not in {"", ".", ".."}
    assert folder_of("a.b") != folder_of("a-b")
