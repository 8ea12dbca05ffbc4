"""Each example does what its page says, unchanged, with the sandbox as user pool and platform."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from canaries import register, shows_a_secret
from osdu_auth import Sandbox, Secret, Session
from session_test_parts import RENEWAL
from test_seed import page

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
# What only tells of the others.
PAGES = {"README.md", "Dockerfile.dockerignore"}
NOT_RUN = re.compile(r"^# Not run: (.*(?:\n#.*)*)", re.MULTILINE)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for each test, which may move its clock."""
    with Sandbox() as running:
        register(running.password, running.client_secret, running.temporary_password)
        yield running


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that a user sets, which this process has, too."""
    names = ("region", "user_pool_id", "client_id", "client_secret", "username", "endpoint_url")
    values = sandbox.values()
    told = {name: values[name] for name in (*names, "platform_url", "data_partition_id")}
    told |= {"state_dir": str(tmp_path / "state"), "config_dir": str(tmp_path / "config")}
    variables = {f"OSDU_AUTH_{name.upper()}": value for name, value in told.items()}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for name, value in {**variables, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def signed_in(settings: dict[str, str], sandbox: Sandbox) -> None:
    """A user who has signed in on this machine."""
    Session().sign_in(sandbox.username, Secret(sandbox.password))


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, cwd=EXAMPLES, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What an example printed, and said beside that; it has succeeded, and shown no secret."""
    printed, said = running.communicate(timeout=100)
    assert not shows_a_secret(printed + said), "a secret was shown"
    assert running.returncode == 0, said
    return printed, said


def run(*command: str) -> str:
    return end(start(*command))[0]


@pytest.mark.parametrize("is_first", [False, True], ids=["as ever", "the first time"])
def test_the_workshop_s_page_signs_in_and_leaves_no_file(
    settings: dict[str, str],
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_first: bool,
) -> None:
    for name in ("ENDPOINT_URL", "USERNAME", "USER_POOL_ID"):
        monkeypatch.delenv(f"OSDU_AUTH_{name}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", sandbox.endpoint_url)
    if not is_first:
        monkeypatch.setenv("OSDU_AUTH_USER_POOL_ID", sandbox.user_pool_id)
    terminal = pexpect.spawn(
        sys.executable, ["authentication.py"], cwd=str(EXAMPLES), encoding="utf-8", timeout=60
    )
    user = sandbox.new_username if is_first else sandbox.username
    terminal.expect("User name.*: ")
    terminal.sendline(user)
    terminal.expect("Password: ")
    terminal.sendline(sandbox.temporary_password if is_first else sandbox.password)
    if is_first:
        chosen = "A-fine-new-1-password-of-the-workshop"
        register(chosen)
        for _ in range(2):
            terminal.expect("(?i)new password.*: ")
            terminal.sendline(chosen)
        for attribute in ("Grace", "Hopper"):
            if terminal.expect([r"name.*: ", "Signed in as"]) == 1:
                break
            terminal.sendline(attribute)
    terminal.expect(f"signed_in_as='{user}'")
    terminal.expect(r"Access Token: \*\*\*\*\r\n\r\nRefresh Token: \*\*\*\*")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert not list(tmp_path.glob("state/**/*.session"))
    assert not (tmp_path / "config").exists()


# What is the page's in the page, and in the example: its headings and its names, in its order.
HEADINGS = (
    "Import required libraries",
    "Key Parameters",
    "Insert EDI region here",
    "Email that you used to sign up for this Workshop",
    "Insert password for the above username",
    "Insert client Id",
    "Insert client secret",
    "Authenticate against AWS Cognito",
    "Print responses",
)
NAMES = ("region", "username", "clientId", "clientSecret", "access_token", "refresh_token")


def test_the_workshop_s_page_has_its_own_order_and_names() -> None:
    for text in (page(), (EXAMPLES / "authentication.py").read_text()):
        lines = [line.strip(" #") for line in text.splitlines()]
        places = [
            next(number for number, line in enumerate(lines) if line.startswith(heading))
            for heading in HEADINGS
        ]
        assert places == sorted(places)
        set_at = [
            next(number for number, line in enumerate(lines) if re.match(rf"{name}\s*=", line))
            for name in NAMES
        ]
        assert set_at == sorted(set_at)


def test_the_first_query_is_a_notebook_that_holds_no_output_and_no_secret(
    settings: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    nbformat = pytest.importorskip("nbformat")
    from front_end import FrontEnd, require_no_secret

    notebook = nbformat.read(EXAMPLES / "first_query.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    front_end = FrontEnd(tmp_path / "first_query.ipynb", sandbox.password)
    saved = front_end.run(*(cell.source for cell in cells))
    outputs = [output for cell in json.loads(saved)["cells"] for output in cell["outputs"]]
    assert "error" not in {output["output_type"] for output in outputs}
    assert front_end.asked == [("Password: ", True)]
    assert "service.search.user" in saved
    assert "(8, ['Kestrel Moor 1', 'Kestrel Moor 2', 'Osprey Deep 1'])" in saved
    require_no_secret(saved)


def test_a_bulk_load_outlives_its_token_and_can_be_begun_again(
    signed_in: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCH", "4")
    with sandbox.faults.hold("/api/storage") as held:
        running = start(sys.executable, "bulk_load.py", "wells.csv")
        held.wait_for_request()
        sandbox.clock.advance(2 * 3600)  # an access token of the sandbox lives for one hour
        held.release()
        printed, said = end(running)
    assert printed.splitlines() == [
        "batch 1: 4 of 4 stored", "batch 2: 4 of 4 stored", "batch 3: 2 of 2 stored",
    ]  # fmt: skip
    assert "kind='renewed'" in said
    assert sandbox.requests.count(RENEWAL) == 1
    again = run(sys.executable, "bulk_load.py", "wells.csv").splitlines()
    assert again[0] == "batch 1: 0 of 4 stored"


def test_a_bulk_load_that_the_session_cannot_outlive_is_not_begun(
    signed_in: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOAD_TAKES", "31d")
    running = start(sys.executable, "bulk_load.py", "wells.csv")
    _, said = running.communicate(timeout=60)
    assert (running.returncode, "OA-S430" in said) == (1, True)
    assert sandbox.requests.count("/api/storage") == 0


def test_a_load_by_dask_gives_its_workers_a_token_and_nothing_to_renew_it_by(
    signed_in: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("BATCH", "2")
    assert run(sys.executable, "dask_load.py", "wells.csv") == "10 records stored\n"
    assert sandbox.requests.count("/api/storage") == 5
    assert sandbox.requests.count(RENEWAL) == 0


def test_a_fastapi_service_knows_its_caller_and_asks_osdu_as_they(
    signed_in: None, sandbox: Sandbox
) -> None:
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    import httpx

    with socket.create_server(("127.0.0.1", 0)) as listener:
        os.set_inheritable(listener.fileno(), True)
        command = [sys.executable, "-m", "uvicorn", "fastapi_service:app", "--fd"]
        with subprocess.Popen(
            [*command, str(listener.fileno()), "--log-level", "warning"],
            cwd=EXAMPLES,
            pass_fds=[listener.fileno()],
        ) as service:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            bearer = {"Authorization": f"Bearer {Session().token().reveal()}"}
            # Who is not in the groups is refused by OSDU, and told so.
            stranger = sandbox.pool.add_user(email="stranger@example.com")
            their = {"Authorization": f"Bearer {token_of(sandbox, stranger.email)}"}
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                me = client.get("/me", headers=bearer).json()
                wells = client.get("/wells", headers=bearer)
                refused = [client.get("/wells"), client.get("/wells", headers=their)]
            service.terminate()
    assert me["subject"] == Session().load().subject
    assert (wells.status_code, wells.json()[0]) == (200, "Kestrel Moor 1")
    assert [answer.status_code for answer in refused] == [401, 403]


def token_of(sandbox: Sandbox, username: str) -> str:
    token: str = sandbox.issue_tokens(username)["AccessToken"]
    register(token)
    return token


ASK_THE_AUTHORIZER = """
import json, sys
from lambda_authorizer import handler
for event in json.load(sys.stdin):
    try:
        print(json.dumps(handler(event, None)))
    except Exception as error:
        print(json.dumps(str(error)))
"""


def test_a_lambda_authorizer_lets_those_in_who_are_signed_in(
    settings: dict[str, str], sandbox: Sandbox
) -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/GET/wells"
    good, bad = (f"Bearer {token_of(sandbox, sandbox.username)}{more}" for more in ("", "x"))
    events: list[dict[str, Any]] = [
        {"version": "2.0", "routeArn": arn, "headers": {"authorization": good}},
        {"version": "2.0", "routeArn": arn, "headers": {"authorization": bad}},
        {"type": "TOKEN", "authorizationToken": good, "methodArn": arn},
        {"type": "TOKEN", "authorizationToken": bad, "methodArn": arn},
    ]
    done = subprocess.run(
        [sys.executable, "-c", ASK_THE_AUTHORIZER],
        input=json.dumps(events),
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        check=True,
    )
    simple, refused, policy, unauthorized = map(json.loads, done.stdout.splitlines())
    assert (simple["isAuthorized"], refused) == (True, {"isAuthorized": False})
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert simple["context"]["client_id"] == policy["context"]["client_id"] == sandbox.client_id
    assert unauthorized == "Unauthorized"
    assert sandbox.requests.count("/.well-known/jwks.json") <= 1


def test_the_kubernetes_job_s_container_signs_in_from_its_secret_and_loads(
    settings: dict[str, str], sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cluster would do, in its place: variables, mounted files, the image's entry point."""
    yaml = pytest.importorskip("yaml")
    values, job = yaml.safe_load_all((EXAMPLES / "kubernetes-job.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(said("USER")[-1])
    assert container["securityContext"]["allowPrivilegeEscalation"] is False

    # As Kubernetes lays secrets out: NAME is a link to ..data/NAME, and ..data one to a folder.
    [secrets] = [each["mountPath"] for each in container["volumeMounts"]]
    mounted = tmp_path / "secrets"
    (mounted / "..2026").mkdir(parents=True)
    (mounted / "..data").symlink_to("..2026")
    given = {"password": sandbox.password, "client-secret": sandbox.client_secret}
    for name, text in given.items():
        (mounted / "..2026" / name).touch(mode=0o600)
        (mounted / "..2026" / name).write_text(text)
        (mounted / name).symlink_to(f"..data/{name}")

    told = {**values["data"], **{each["name"]: each["value"] for each in container["env"]}}
    told["OSDU_AUTH_STATE_DIR"] = str(tmp_path / "shm")
    for name, text in told.items():
        # The example's values are of no user pool that there is.
        is_own = "/run/secrets" in text or "/shm" in text or name not in settings
        monkeypatch.setenv(name, text.replace(secrets, str(mounted)) if is_own else settings[name])
    entry_point = json.loads(said("ENTRYPOINT")[-1])
    assert run(*entry_point, *container["args"]) == "batch 1: 10 of 10 stored\n"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, in their order, each with what follows its name."""
    text = (EXAMPLES / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(r"^([A-Z]+) +(.*)$", text, re.MULTILINE)


def said(name: str) -> list[str]:
    """What each instruction of that name says in the Dockerfile."""
    return [what for each, what in instructions() if each == name]


def test_the_image_runs_as_a_user_who_is_not_root_and_copies_files_that_exist() -> None:
    assert said("USER")[-1].isdigit()
    assert int(said("USER")[-1]) > 0
    sent = (EXAMPLES / "Dockerfile.dockerignore").read_text().splitlines()
    for copied in said("COPY"):
        if "--from" not in copied:
            *sources, _ = copied.split()
            assert all((ROOT / source).exists() for source in sources)
            assert all(f"!{source.removeprefix('./')}" in sent for source in sources)
    [script] = json.loads(said("ENTRYPOINT")[-1])[1:]
    table = json.loads(said("CMD")[-1])
    copied = " ".join(said("COPY"))
    assert all(f"examples/{name}" in copied for name in (script, *table, "bulk_load.py"))
    # No secret may be in an image.
    assert not re.search("(?i)secret|password", " ".join(said("ENV") + said("ARG")))


def test_the_commands_of_the_page_load_into_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [lines] = re.findall(r"```sh\n(.*?)```", (EXAMPLES / "README.md").read_text(), re.DOTALL)
    beside, rest = lines.split("\n", 1)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    for kind in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"OSDU_AUTH_{kind}_DIR", str(tmp_path / kind.lower()))
    with start(*beside.partition("#")[0].split(), "--json") as running:
        assert running.stdout
        values = json.loads(running.stdout.readline())
        register(values["password"], values["client_secret"], values["temporary_password"])
        terminal = pexpect.spawn(
            "sh", ["-ec", rest], cwd=str(EXAMPLES), encoding="utf-8", timeout=60
        )
        terminal.expect("Password: ")
        terminal.sendline(values["password"])
        terminal.expect("batch 1: 10 of 10 stored")
        terminal.expect(pexpect.EOF)
        running.terminate()


# Which test runs each file.
RUN_BY = {
    "authentication.py": test_the_workshop_s_page_signs_in_and_leaves_no_file,
    "first_query.ipynb": test_the_first_query_is_a_notebook_that_holds_no_output_and_no_secret,
    "bulk_load.py": test_a_bulk_load_outlives_its_token_and_can_be_begun_again,
    "wells.csv": test_a_bulk_load_outlives_its_token_and_can_be_begun_again,
    "dask_load.py": test_a_load_by_dask_gives_its_workers_a_token_and_nothing_to_renew_it_by,
    "fastapi_service.py": test_a_fastapi_service_knows_its_caller_and_asks_osdu_as_they,
    "lambda_authorizer.py": test_a_lambda_authorizer_lets_those_in_who_are_signed_in,
    "load.sh": test_the_kubernetes_job_s_container_signs_in_from_its_secret_and_loads,
}


def test_each_example_is_run_here_or_says_why_it_is_not_and_the_page_counts_them() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - PAGES
    untried = {name for name in files if NOT_RUN.search((EXAMPLES / name).read_text())}
    assert files - untried == set(RUN_BY)
    told = (EXAMPLES / "README.md").read_text()
    assert all(f"({name})" in told for name in files)
    examples = files - {"load.sh", "wells.csv"}  # which others use
    counted = f"{len(examples)} examples: {len(examples - untried)} are run by tests as they stand"
    assert f"{counted}, {len(untried)} are not" in told
