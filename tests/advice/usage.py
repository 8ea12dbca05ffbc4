"""Provokers of command lines that cannot be carried out, and of calls of OSDU that are refused."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene, by_turns

if TYPE_CHECKING:
    from collections.abc import Callable


def given_otherwise(scene: Scene, first: tuple[str, ...], then: tuple[str, ...]) -> Fault:
    """A command that is given again as the advice says, which names no whole command."""
    words = [first, then]

    def attempt() -> Outcome:
        return scene.run(*words.pop(0), stdin=scene.password["login"])

    return Fault(attempt, line="")


@provokes("OA-U200")
def option_that_there_is_not(scene: Scene) -> Fault:
    words = [("token", "--fresh"), ("token", "--help")]
    return Fault(lambda: scene.run(*words.pop(0)), line="osdu-auth token --help")


@provokes("OA-U201")
def more_than_a_token_lives(scene: Scene) -> Fault:
    scene.sign_in()
    return given_otherwise(scene, ("token", "--min-ttl", "2h"), ("token", "--min-ttl", "5m"))


@provokes("OA-U202")
def question_without_a_terminal(scene: Scene) -> Fault:
    return given_otherwise(scene, ("login",), ("login", "--password-stdin"))


def password_in_a_file(scene: Scene) -> dict[str, str]:
    """What is filled in for `< FILE`."""
    file = scene.folder / "password.txt"
    file.touch(mode=0o600)
    file.write_text(scene.sandbox.password + "\n")
    return {"FILE": shlex.quote(str(file))}


@provokes("OA-U203")
def nothing_on_standard_input(scene: Scene) -> Fault:
    acts = [partial(scene.run, "login", "--password-stdin"), partial(scene.run, "token")]
    return Fault(by_turns(*acts), fill=password_in_a_file(scene))


@provokes("OA-U222")
def no_password(scene: Scene) -> Fault:
    acts = [partial(scene.run, "login", "--no-input"), partial(scene.run, "token")]
    return Fault(by_turns(*acts), fill=password_in_a_file(scene))


@provokes("OA-U220")
def no_user_name(scene: Scene) -> Fault:
    username = scene.settings["username"]
    scene.write("username")
    acts = [partial(scene.run, "login", "--no-input"), partial(scene.run, "token")]
    return Fault(by_turns(*acts), fill={"NAME": username, **password_in_a_file(scene)})


@provokes("OA-U204")
def no_token(scene: Scene) -> Fault:
    scene.sign_in()
    done: list[Outcome] = []

    def follow(advice: str) -> None:
        done.append(scene.process(advice))

    return Fault(lambda: done.pop() if done else scene.run("verify"), in_python=follow)


@provokes("OA-U205")
def file_of_data_that_there_is_not(scene: Scene) -> Fault:
    scene.sign_in()
    file = scene.folder / "query.json"
    file.write_text('{"kind": "*:*:*:*", "limit": 3}')
    words = ("request", "POST", "/api/search/v2/query", "--data")
    return given_otherwise(scene, (*words, "@/no/such"), (*words, f"@{file}"))


@provokes("OA-U206")
def standard_input_that_is_a_folder(scene: Scene) -> Fault:
    scene.sign_in()
    ways = ["osdu-auth verify 0> /dev/null", "osdu-auth token | osdu-auth verify"]
    return Fault(lambda: scene.process(ways.pop(0)), line="")


GROUPS = "/api/entitlements/v2/groups"


@provokes("OA-U210")
def method_that_there_is_not(scene: Scene) -> Fault:
    scene.sign_in()
    return given_otherwise(scene, ("request", GROUPS, "GET"), ("request", "GET", GROUPS))


@provokes("OA-U211")
def path_that_is_none(scene: Scene) -> Fault:
    scene.sign_in()
    words = ["api/entitlements/v2/groups"]
    return Fault(
        lambda: scene.run("request", "GET", words[-1]),
        in_python=lambda advice: words.append(advice.partition("Such as ")[2]),
    )


@provokes("OA-U223")
def everywhere_and_here_alone(scene: Scene) -> Fault:
    scene.sign_in()
    acts = [
        partial(scene.run, "logout", "--everywhere", "--local"),
        partial(scene.run, "logout", "--local"),
    ]
    return Fault(by_turns(*acts))


@provokes("OA-U231")
def no_command_to_run(scene: Scene) -> Fault:
    scene.sign_in()
    return processes(scene, "osdu-auth exec --", {"COMMAND": "sh -c", "ARGUMENTS": "true"})


@provokes("OA-X126")
def file_that_cannot_be_run(scene: Scene) -> Fault:
    scene.sign_in()
    file = scene.folder / "load.sh"
    file.write_text("exit 0\n")
    return processes(scene, "osdu-auth exec -- ./load.sh", {"FILE": "./load.sh"})


@provokes("OA-X127")
def word_of_a_shell(scene: Scene) -> Fault:
    scene.sign_in()
    return processes(scene, "osdu-auth exec -- 'true && true'", {"'…'": "'true && true'"})


def processes(scene: Scene, first: str, fill: dict[str, str]) -> Fault:
    """A command that only a process of its own can carry out, given again as it is told."""
    lines = [first]

    def follow(advice: str) -> None:
        line = advice[advice.index("osdu-auth ") :]
        for blank, text in fill.items():
            assert blank in line, line
            line = line.replace(blank, text)
        lines.append(line)

    return Fault(lambda: scene.process(lines[-1]), in_python=follow)


@provokes("OA-U240")
def option_without_a_value(scene: Scene) -> Fault:
    return verified(scene, ("--client-id", ""), ())


@provokes("OA-U241")
def option_of_another_kind_of_issuer(scene: Scene) -> Fault:
    client_id = scene.settings["client_id"]
    return verified(scene, ("--audience", client_id), ("--client-id", client_id))


def verified(scene: Scene, first: tuple[str, ...], then: tuple[str, ...]) -> Fault:
    scene.sign_in()
    token = scene.run("token").stdout
    options = [first, then]
    return Fault(lambda: scene.run("verify", *options.pop(0), stdin=token), line="")


@provokes("OA-F870")
def output_that_cannot_be_written(scene: Scene) -> Fault:
    scene.sign_in()
    ways = ["osdu-auth status > /dev/full", "osdu-auth status"]
    return Fault(lambda: scene.process(ways.pop(0)), line="")


@provokes("OA-N650")
def answer_of_another_service(scene: Scene) -> Fault:
    scene.sign_in()
    good = scene.settings["platform_url"]
    scene.sandbox.faults.reply("/api/entitlements", body="{}", content_type="application/json")
    return Fault(scene.attempt("groups"), fill={"URL": good})


def refused_by_osdu(status: int) -> Callable[[Scene], Fault]:
    def provoker(scene: Scene) -> Fault:
        scene.sign_in()
        scene.sandbox.faults.reply("/api", status=status, body="no")
        return Fault(
            scene.attempt("groups"), line="" if status > 500 else None, stdin=scene.password
        )

    return provoker


provokes("OA-O501")(refused_by_osdu(401))
provokes("OA-O502")(refused_by_osdu(403))
provokes("OA-O902")(refused_by_osdu(503))
