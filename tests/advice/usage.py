"""Faults of the command line, and calls of OSDU that are refused."""

from __future__ import annotations

import shlex
from functools import partial

from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene, by_turns


def given_otherwise(scene: Scene, first: tuple[str, ...], then: tuple[str, ...]) -> Fault:
    """A command that is repeated as the fix says, which has no whole command."""
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
    """Return the text for `< FILE`."""
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
        in_python=lambda advice: words.append(advice.partition("Type a path such as ")[2]),
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
    """A command that needs its own process, repeated as the fix says."""
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


@provokes("OA-U207")
def password_in_another_encoding(scene: Scene) -> Fault:
    line = "osdu-auth login --password-stdin < "
    latin, right = scene.folder / "latin-1", password_in_a_file(scene)["FILE"]
    latin.write_bytes("Pässwörd\n".encode("latin-1"))
    ways = [line + shlex.quote(str(latin)), line + right]
    return Fault(lambda: scene.process(ways.pop(0)), line="")


@provokes("OA-U208")
def body_with_a_space_of_another_kind(scene: Scene) -> Fault:
    scene.sign_in()
    words = ("request", "POST", "/api/search/v2/query", "--data")
    body = '{"kind": "*:*:*:*", "limit": 3}'
    return given_otherwise(scene, (*words, body.replace(" ", "\u00a0")), (*words, body))


@provokes("OA-U214")
def all_profiles_and_one(scene: Scene) -> Fault:
    scene.sign_in()
    acts = [partial(scene.run, "logout", "--all", "-p", "acme"), partial(scene.run, "status")]
    return Fault(by_turns(*acts))


@provokes("OA-U215")
def header_without_a_colon(scene: Scene) -> Fault:
    scene.sign_in()
    words = ["request", "GET", GROUPS, "-H", "data-partition-id"]

    def follow(advice: str) -> None:
        words[-2:] = shlex.split(advice.partition("as in: ")[2])

    return Fault(lambda: scene.run(*words), in_python=follow)


@provokes("OA-U216")
def header_that_is_put_in(scene: Scene) -> Fault:
    scene.sign_in()
    words = ("request", "GET", GROUPS)
    acts = [partial(scene.run, *words, "-H", "Authorization: x"), partial(scene.run, *words)]
    return Fault(by_turns(*acts), line="osdu-auth token --format header")


@provokes("OA-U250")
def nothing_to_explain(scene: Scene) -> Fault:
    scene.sign_in()
    acts = [partial(scene.run, "why"), partial(scene.run, "groups")]
    return Fault(by_turns(*acts))


@provokes("OA-U251")
def part_of_a_request(scene: Scene) -> Fault:
    scene.sign_in()
    acts = [partial(scene.run, "why", "GET"), partial(scene.run, "groups")]
    return Fault(by_turns(*acts), fill={"METHOD": "GET", "PATH": GROUPS, "STATUS": "401"})


@provokes("OA-U252")
def report_in_the_place_of_a_file(scene: Scene) -> Fault:
    scene.sign_in()
    there, new = scene.folder / "there", scene.folder / "new"
    there.touch()
    return given_otherwise(
        scene, ("doctor", "--bundle", str(there)), ("doctor", "--bundle", str(new))
    )
