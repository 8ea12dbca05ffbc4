"""The program on a machine with other credentials and with patches of other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_surroundings import ANSWER, NOISE
from wire.scripted_server import ScriptedServer, sends

if TYPE_CHECKING:
    from cli.conftest import Shell


def test_a_request_has_our_token_despite_other_credentials_on_the_machine(signed_in: Shell) -> None:
    netrc = signed_in.folder / "netrc"
    netrc.write_text("default login netrc-user password netrc-password\n")
    netrc.chmod(0o600)
    noise = signed_in.folder / "noise"
    noise.mkdir()
    (noise / "sitecustomize.py").write_text(NOISE)
    token = signed_in.run("token").stdout.strip().encode()
    with ScriptedServer(sends(ANSWER)) as platform, ScriptedServer(sends(ANSWER)) as proxy:
        signed_in.run("init", "-p", "acme", "--platform-url", platform.url().rstrip("/"))
        littered = {
            "NETRC": str(netrc),
            "PYTHONPATH": str(noise),
            "HTTP_PROXY": f"http://proxy-user:proxy-password@127.0.0.1:{proxy.port}",
        }
        for command in (("request", "GET", "/api/x"), ("groups",), ("whoami",)):
            outcome = signed_in.run(*command, env=littered)
            assert (outcome.code, "noise of sitecustomize" in outcome.stderr) == (0, True)
    assert proxy.requests == []
    assert len(platform.requests) == 3
    for request in platform.requests:
        lines = request.split(b"\r\n")
        sent = [line for line in lines if line.lower().startswith((b"authorization", b"proxy-"))]
        assert len(sent) == 1
        assert (sent[0] == b"Authorization: Bearer " + token) is True
