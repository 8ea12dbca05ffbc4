"""The package: its metadata and its distributions; each is installed in a new environment and used.

`make check` checks the rest of a distribution.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from email import message_from_string
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

import osdu_auth
from canaries import register
from cli.conftest import Shell
from cli.test_completion import TYPED, completions_in_fish, shell_of
from test_examples import instructions, said

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = ROOT / "build/distributions"
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_lower_bounds_are_the_versions_that_the_oldest_run_has() -> None:
    needed = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["aws"]]
    bounds = dict(re.findall(r"^([\w-]+)>=([\d.]+)", "\n".join(needed), re.MULTILINE))
    assert len(bounds) == len(needed)
    lines = (ROOT / "oldest.txt").read_text()
    oldest = dict(re.findall(r"^([\w-]+)==([\d.]+)$", lines, re.MULTILINE))

    def release(version: str) -> list[int]:
        numbers = [int(number) for number in version.split(".")]
        return numbers + [0] * (3 - len(numbers))

    told = {name: release(version) for name, version in oldest.items() if name in bounds}
    assert told == {name: release(version) for name, version in bounds.items()}


def test_the_program_and_the_package_s_metadata_have_the_same_version() -> None:
    program = [sys.executable, "-m", "osdu_auth", "--version"]
    printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert printed == f"osdu-auth {metadata.version('osdu-auth')}\n"
    assert osdu_auth.__version__ == metadata.version("osdu-auth")


def distribution(ending: str) -> Path:
    found = sorted(DISTRIBUTIONS.glob(f"*{ending}"))
    assert len(found) == 1, "run: make distributions"
    return found[0]


def new_environment(folder: Path, *requirements: str) -> Path:
    """Make a virtual environment with these packages, and return the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if requirements:
        install = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *requirements]
        subprocess.run(install, check=True, capture_output=True, cwd=ROOT)
    return folder / "bin"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with only the wheel and its dependencies."""
    return new_environment(tmp_path_factory.mktemp("wheel") / "venv", str(distribution(".whl")))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may list."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.package
def test_a_wheel_contains_only_the_package_and_its_licence() -> None:
    with zipfile.ZipFile(distribution(".whl")) as wheel:
        names = wheel.namelist()
        [described] = [name for name in names if name.endswith("/METADATA")]
        told = message_from_string(wheel.read(described).decode())
    information = f"osdu_auth-{osdu_auth.__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"osdu_auth", information}
    assert f"{information}/licenses/LICENSE" in names
    assert {Path(name).suffix for name in names if name.startswith("osdu_auth/")} == {
        ".json", ".py", ".toml", ".typed",
    }  # fmt: skip
    assert (told["Version"], told["License-Expression"]) == (osdu_auth.__version__, "Apache-2.0")


@contextmanager
def running_sandbox(programs: Path) -> Iterator[dict[str, str]]:
    """Run `osdu-auth sandbox` from an environment, and give its values."""
    with subprocess.Popen(
        [programs / "osdu-auth", "sandbox", "--json"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        values = json.loads(running.stdout.readline())
        register(values["password"], values["client_secret"], values["temporary_password"])
        try:
            yield values
        finally:
            running.terminate()


@pytest.mark.package
def test_a_wheel_without_extras_runs_a_sandbox_and_signs_in_to_it(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_PROFILE", "sandbox")

    def program(*arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [programs / "osdu-auth", *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert program("--version") == f"osdu-auth {osdu_auth.__version__}\n"
    with running_sandbox(programs) as values:
        program("login", "--password-stdin", given=values["password"])
        token = program("token")
        register(token)
        assert re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", token)
        assert "service.search.user" in program("groups")
        program("logout")


@pytest.mark.package
@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_shells_complete_the_program_of_a_wheel(name: str, tmp_path: Path, programs: Path) -> None:
    account = Shell(tmp_path)
    for profile in ("acme", "other.one"):
        made = account.run("init", "-p", profile, "--region", "us-east-1", "--client-id", "c")
        assert made.code == 0
    if name == "fish":
        completions_in_fish(account, programs)
        return
    shell = shell_of(name, account, programs)
    for typed in ("tok", "token --profile oth"):
        shell.send(f"osdu-auth {typed}\t")
        shell.expect_exact(f"osdu-auth {TYPED[typed].rstrip()}")
        shell.send("\x15\x03")
    shell.sendeof()


@pytest.mark.package
def test_the_tests_run_from_the_source_distribution(open_folder: Path) -> None:
    tmp_path = open_folder  # which is not watched: the texts of tests are not secret
    with tarfile.open(distribution(".tar.gz")) as packed:
        packed.extractall(tmp_path, filter="data")
    [source] = tmp_path.glob("osdu_auth-*")
    constraints = str(source / "constraints.txt")
    venv = new_environment(tmp_path / "venv", "-c", constraints, f"{source}[aws,test]")
    some = ("test_package.py", "test_known_answers.py", "profiles", "sandbox/test_boto3.py")
    done = subprocess.run(
        [str(venv / "python"), "-m", "pytest", "-q", *(f"tests/{name}" for name in some)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    where = "import osdu_auth; print(osdu_auth.__file__)"
    found = subprocess.run(
        [venv / "python", "-c", where], cwd=source, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(str(tmp_path / "venv"))


@pytest.mark.package
def test_the_commands_of_the_image_make_it_and_load_as_a_user_who_is_not_root(
    open_folder: Path, programs: Path
) -> None:
    """The Dockerfile's instructions, in their order, in a folder for the image's file system."""
    root = folder = open_folder
    user = int(said("USER")[-1]) if os.getuid() == 0 else os.getuid()
    python = python_of_an_image(root / "python", user)
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    for name, what in instructions():
        if name == "WORKDIR":
            folder = root / what.strip("/")
            folder.mkdir(exist_ok=True)
        elif name == "COPY":
            copy_in(what, root, folder)
        elif name == "RUN" and not what.startswith("useradd"):  # of the image, not of this machine
            command = what.replace("/wheels", str(root / "wheels"))
            subprocess.run(["sh", "-c", command], cwd=folder, env=environment, check=True)
        elif name == "ENV":
            variable, _, value = what.partition("=")
            environment[variable] = value
    state = root / "dev-shm"
    state.mkdir()
    state.chmod(0o1777)
    assert environment["OSDU_AUTH_STATE_DIR"] == "/dev/shm/osdu-auth"
    password = root / "password"
    with running_sandbox(programs) as values:
        password.touch(mode=0o400)
        password.write_text(values["password"])
        os.chown(password, user, -1)
        told = ("client_id", "client_secret", "username", "user_pool_id", "endpoint_url", "region")
        for name in (*told, "platform_url", "data_partition_id"):
            environment[f"OSDU_AUTH_{name.upper()}"] = values[name]
        done = subprocess.run(
            [*json.loads(said("ENTRYPOINT")[-1]), *json.loads(said("CMD")[-1])],
            cwd=folder,
            env={
                **environment,
                "HOME": "/nonexistent",
                "OSDU_AUTH_STATE_DIR": str(state / "osdu-auth"),
                "OSDU_PASSWORD_FILE": str(password),
            },
            user=user,
            group=user if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "batch 1: 10 of 10 stored\n"
    assert (state / "osdu-auth").stat().st_uid == user > 0


def copy_in(what: str, root: Path, folder: Path) -> None:
    """Do what `COPY` does."""
    *sources, to = (word for word in what.split() if not word.startswith("--"))
    target = root / to.strip("/") if to.startswith("/") else folder / to
    for source in sources:
        begin = root / source.strip("/") if "--from=" in what else ROOT / source
        if begin == target:  # the stages share one file system here
            continue
        if begin.is_dir():
            shutil.copytree(begin, target, dirs_exist_ok=True)
            continue
        if to.endswith("/"):
            target.mkdir(exist_ok=True)
        shutil.copy(begin, target)


def python_of_an_image(folder: Path, user: int) -> Path:
    """Make an environment with pip, of a Python that this user can run."""
    for base in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        if base is not None and may_run(base, user):
            subprocess.run([base, "-m", "venv", "--without-pip", str(folder)], check=True)
            made = folder / "bin/python"
            pip = [sys.executable, "-m", "pip", "--python", str(made), "install", "--quiet", "pip"]
            subprocess.run(pip, check=True, capture_output=True)
            return made
    pytest.skip(f"there is no Python from 3.10 on that user {user} can run")


def may_run(python: str, user: int) -> bool:
    is_new = "import sys, venv; sys.exit(sys.version_info < (3, 10))"
    try:
        return subprocess.run([python, "-c", is_new], user=user, check=False).returncode == 0
    except PermissionError:
        return False
