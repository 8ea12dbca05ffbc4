"""One SRP sign-in over HTTP, a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.far_end import PASSWORD, Reply, initiate, respond
from sandbox.srp_client_half import ClientHalf

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox


class Attempt:
    """One SRP sign-in, a step at a time."""

    def __init__(
        self, sandbox: Sandbox, app_client: AppClient, username: str, password: str = PASSWORD
    ) -> None:
        self.sandbox, self.app_client, self.username = sandbox, app_client, username
        self.half = ClientHalf(sandbox.user_pool_id.split("_")[1], password)

    def ask(self) -> Any:
        reply = initiate(
            self.sandbox,
            self.app_client,
            "USER_SRP_AUTH",
            USERNAME=self.username,
            SRP_A=self.half.srp_a,
        )
        assert reply.status == 200, reply.raw
        self.body = reply.body
        return self.body

    @property
    def parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = self.body["ChallengeParameters"]
        return parameters

    def answer(self, name: str | None = None, **changes: str) -> Reply:
        trio = self.half.answers(self.parameters, self.sandbox.clock.now())
        return respond(
            self.sandbox,
            self.app_client,
            "PASSWORD_VERIFIER",
            self.body.get("Session"),
            name or self.parameters["USER_ID_FOR_SRP"],
            **{**trio, **changes},
        )

    def run(self) -> Reply:
        self.ask()
        return self.answer()
