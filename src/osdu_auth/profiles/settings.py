"""Settings: the table of all settings of a profile, for every kind of sign-in.

It is the only list of settings. The file of profiles, the environment, the flags and questions of
`init`, a `Profile` made in Python and the site have their names, checks and rules from here. The
classes of the kinds say which settings a kind has (`osdu_auth.profiles.profile`).
"""

from __future__ import annotations

from osdu_auth.durations import seconds_of
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.input_text import odd_character_in
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.profiles.checks import (
    check_client_id,
    check_data_partition_id,
    check_endpoint_url,
    check_origin,
    check_profile_name,
    check_region,
    check_user_pool_id,
    check_username,
    region_of_user_pool,
)
from osdu_auth.profiles.openid_checks import (
    check_audience,
    check_authorize_parameters,
    check_client_assertion,
    check_endpoint_hosts,
    check_identity_provider,
    check_issuer,
    check_key_id,
    check_prompt,
    check_redirect_ports,
    check_scopes,
)
from osdu_auth.profiles.references import check_reference
from osdu_auth.profiles.setting_places import in_call
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.fixes import Fix
    from osdu_auth.profiles.setting_places import Place

TRANSPORTS = ("direct", "boto3")
SEALINGS = ("preferred", "required")
# RefreshTokenValidity in the service model: from an hour to ten years.
SHORTEST_SESSION, LONGEST_SESSION = 3600.0, 3650 * 86_400.0  # seconds
AUTH_FLOWS = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH")
CLIENT_AUTHS = ("basic", "post", "none")
# Client authentication of a service account: three send a secret, the others an assertion.
SECRET_AUTHS = ("basic", "post", "ready_basic")
KEY_AUTHS = ("private_key_jwt", "certificate")
SERVICE_AUTHS = (*SECRET_AUTHS, *KEY_AUTHS, "federated")
TOKEN_APIS = ("token_endpoint", "GetClientToken")
TOKEN_USES = ("access", "id")
# The first factors of USER_AUTH, then the second ones (ChallengeNameType in the service model).
FACTORS = (
    "PASSWORD_SRP",
    "PASSWORD",
    "EMAIL_OTP",
    "SMS_OTP",
    "WEB_AUTHN",
    "SOFTWARE_TOKEN_MFA",
    "SMS_MFA",
    "EMAIL_MFA",
)


def one_of(allowed: tuple[str, ...], noun: str, code: str) -> Callable[[str], str]:
    """Return the check of a setting that is one of a few words.

    Args:
        allowed: the words, the most likely first.
        noun: what each word is, for an error, such as `a transport`.
        code: of the `ConfigurationError` for any other text.
    """

    def check(text: str) -> str:
        if text in allowed:
            return text
        raise ConfigurationError(
            f'"{printable(text, 40)}" is not {noun}.',
            code=code,
            why=f"It is one of: {', '.join(allowed)}.",
            fix=ExampleValue(_nearest(text, allowed)),
        )

    return check


def _nearest(text: str, allowed: tuple[str, ...]) -> str:
    """Return the word that is most like `text`, or the first one."""
    import difflib

    spelled = {word.lower(): word for word in allowed}
    near = difflib.get_close_matches(text.strip().lower(), spelled, n=1)
    return spelled[near[0]] if near else allowed[0]


def check_mfa_command(text: str) -> str:
    """Return `text` if it is a command line.

    Raises:
        ConfigurationError: OA-C766; the error does not show the text, as it may have a secret.
    """
    from osdu_auth.profiles.commands import is_command_line

    if is_command_line(text):
        return text
    raise ConfigurationError(
        "That is not a command line.",
        code="OA-C766",
        why="A command line is a program and its arguments, with quotes that match. What was given "
        "is not shown, as it may have a secret.",
        fix=ExampleValue("pass otp acme"),
    )


def check_session_lifetime(text: str) -> str:
    """Return `text` if it is a possible life of a refresh token, such as `12h` or `30d`.

    Raises:
        ConfigurationError: OA-C767.
    """
    try:
        if SHORTEST_SESSION <= seconds_of(text) <= LONGEST_SESSION:
            return text
    except ValueError:
        pass
    raise ConfigurationError(
        f'"{printable(text, 40)}" is not a possible lifetime of a session.',
        code="OA-C767",
        why="It is the life of the app client's refresh tokens: from 1h to 3650d.",
        fix=ExampleValue("30d"),
    )


class Setting(NamedTuple):
    """A row of the table; the classes of the kinds have the types of the settings.

    Args:
        check: returns the text to use, or raises `ConfigurationError`.
        help: what the setting is, as a sentence: in the help of `init`, and in the site's list.
        choices: the words that are allowed; empty if other texts are.
        metavar: the name of its value in the help of `init`.
        question: what `init` asks a person; "" if it does not ask.
        enter: the meaning of Enter alone, if the setting may be left out.
        example: a value, for the error of a needed setting that is missing.
        key: its key in the file, if that is not its name; then no variable and no flag sets it.
        is_private: whether workers do not get it.
    """

    check: Callable[[str], str]
    help: str
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    question: str = ""
    enter: str = ""
    example: str = ""
    key: str = ""
    is_private: bool = False


# In the order of the workshop's page, of the questions of `init`, and of the file.
SETTINGS: Mapping[str, Setting] = {
    "region": Setting(
        check_region,
        "The AWS region of the user pool.",
        question="AWS region, or better the user pool id, such as us-east-1 or us-east-1_Ab12Cd34E",
        example="us-east-1",
    ),
    "client_id": Setting(
        check_client_id,
        "The app client's id.",
        question="App client id",
        example="1h57kf5cpq17m0eml12EXAMPLE",
    ),
    "client_secret": Setting(
        check_reference,
        "Where the app client's secret is; see below.",
        metavar="REF",
        question="App client secret, or a reference to it",
        enter="a public app client",
        is_private=True,
    ),
    "username": Setting(
        check_username,
        "The name of the user who signs in.",
        question="User name, often your e-mail address",
        enter="asked at each login",
        is_private=True,
    ),
    "platform_url": Setting(
        check_origin,
        "The OSDU platform.",
        metavar="URL",
        question="OSDU platform URL, such as https://osdu.acme.com",
        enter="later",
    ),
    "data_partition_id": Setting(
        check_data_partition_id,
        "The data partition of every OSDU call.",
        question="Data partition id, such as osdu or opendes",
        enter="later",
    ),
    "user_pool_id": Setting(
        check_user_pool_id,
        "The user pool's id, which has the region.",
        example="us-east-1_Ab12Cd34E",
    ),
    "endpoint_url": Setting(
        check_endpoint_url, "Another address of the pool, such as a sandbox's.", metavar="URL"
    ),
    "transport": Setting(
        one_of(TRANSPORTS, "a transport", "OA-C709"),
        "How to call the pool.",
        choices=TRANSPORTS,
    ),
    "auth_flow": Setting(
        one_of(AUTH_FLOWS, "a way to sign in", "OA-C764"),
        "How to sign in; default: by SRP.",
        choices=AUTH_FLOWS,
    ),
    "preferred_factor": Setting(
        one_of(FACTORS, "a factor", "OA-C765"),
        "Which factor to use if the pool offers several.",
        choices=FACTORS,
    ),
    "mfa_command": Setting(
        check_mfa_command,
        "A program that prints the code of the second factor.",
        metavar="COMMAND",
        is_private=True,
    ),
    "session_lifetime": Setting(
        check_session_lifetime,
        "How long the app client's refresh tokens live.",
        metavar="DURATION",
    ),
    "issuer": Setting(
        check_issuer,
        "The OpenID issuer, exactly as in its tokens; not for a user pool.",
        metavar="URL",
    ),
    "scopes": Setting(
        check_scopes,
        "The scopes to request; default: those that a sign-in needs, or all of a service account.",
        metavar='"A B"',
    ),
    "redirect_ports": Setting(
        check_redirect_ports,
        "The ports for the browser's redirect, in order; default: 8400,18400,28400.",
        metavar="PORTS",
    ),
    "client_auth": Setting(
        one_of(CLIENT_AUTHS, "a way to send the secret", "OA-B733"),
        "How the app client authenticates; default: by its secret, in a way the issuer accepts.",
        choices=(*CLIENT_AUTHS, *SERVICE_AUTHS[2:]),
    ),
    "token_endpoint": Setting(
        check_endpoint_url,
        "The token endpoint of a service account, if no issuer is named.",
        metavar="URL",
    ),
    "token_api": Setting(
        one_of(TOKEN_APIS, "a way to ask for tokens", "OA-A702"),
        "How a service account requests tokens of a user pool; GetClientToken needs no domain.",
        choices=TOKEN_APIS,
    ),
    "audience": Setting(check_audience, "The audience of a service account's token."),
    "resource": Setting(check_audience, "The audience as RFC 8707 names it.", metavar="URI"),
    "client_key": Setting(
        check_reference,
        "Where the service account's private key is, as PEM; see below.",
        metavar="REF",
        is_private=True,
    ),
    "client_certificate": Setting(
        check_reference,
        "Where the certificate of that key is; default: in the same place as the key.",
        metavar="REF",
        is_private=True,
    ),
    "client_key_id": Setting(check_key_id, "The id of that key at the issuer.", metavar="ID"),
    "assertion_audience": Setting(
        check_audience,
        "The audience of an assertion: issuer (the default), token_endpoint, or another text.",
    ),
    "client_assertion": Setting(
        check_client_assertion,
        "Where the assertion comes from: github-actions, azure-workload or file:PATH.",
        metavar="SOURCE",
        is_private=True,
    ),
    "token_use": Setting(
        one_of(TOKEN_USES, "a use of a token", "OA-B734"),
        "Which token goes to the platform.",
        choices=TOKEN_USES,
    ),
    "prompt": Setting(check_prompt, "What the issuer always asks the user, such as login."),
    "identity_provider": Setting(
        check_identity_provider,
        "The name of your company's sign-in at the user pool; its page is then opened directly.",
    ),
    "authorize_parameters": Setting(
        check_authorize_parameters,
        "More parameters of the sign-in page, as in a=b c=d.",
        metavar='"A=B"',
    ),
    "endpoint_hosts": Setting(
        check_endpoint_hosts,
        "More hosts that the issuer's endpoints may be on.",
        metavar='"HOST"',
    ),
    "sealing": Setting(
        one_of(SEALINGS, "a way to seal", "OA-C712"),
        "Whether a session may be kept without an OS key store.",
        choices=SEALINGS,
        key="store.sealed",
    ),
}


def check_settings(
    texts: Mapping[str, object],
    place_of: Callable[[str], Place] = in_call,
    settings: Mapping[str, Setting] = SETTINGS,
) -> dict[str, str]:
    """Return the settings to use, each checked, and region and user pool compared.

    Args:
        texts: what was given, by the names of `Profile`'s fields.
        place_of: returns the place of a setting, for error messages.
        settings: the table of settings.

    Raises:
        ConfigurationError: OA-C701 to OA-C713, OA-C715, OA-C764 to OA-C767, OA-C782: one of
            them cannot be used, or the region is not the user pool's.
    """
    checks = {"name": check_profile_name} | {name: each.check for name, each in settings.items()}
    good = {name: _checked(name, text, checks[name], place_of) for name, text in texts.items()}
    if "region" in good and "user_pool_id" in good:
        _require_region_of_pool(good["region"], good["user_pool_id"], place_of)
    return good


def _checked(
    setting: str, text: object, check: Callable[[str], str], place_of: Callable[[str], Place]
) -> str:
    is_text = isinstance(text, str)
    try:
        # A subclass of str may show another text than the checked one, so a plain str is kept. The
        # check of "" gives the example for a value that is not a text.
        return check(str.__str__(text) if isinstance(text, str) else "")
    except ConfigurationError as error:
        # The check knows the value; the place of the value is known only here.
        place = place_of(setting)
        kind = printable(type(text).__name__, 40)
        what = error.what if is_text else f"This is not a text, but of type {kind}."
        raise ConfigurationError(
            f"{place.words}: {what}",
            code=error.code if is_text else "OA-C782",
            why=f"{odd_character_in(text) if isinstance(text, str) else ''} {error.why}".strip(),
            fix=_fix_at(place, error.advice),
        ) from None


def _fix_at(place: Place, advice: str | Fix) -> str | Fix:
    """Return a check's fix as it is typed at the setting's place."""
    return place.fix_for(advice.value) + advice.also if isinstance(advice, ExampleValue) else advice


def _require_region_of_pool(region: str, pool: str, place_of: Callable[[str], Place]) -> None:
    region_of_pool = region_of_user_pool(pool)
    if region == region_of_pool:
        return
    place = place_of("region")
    raise ConfigurationError(
        f"{place.words}: {region} is not the region of the user pool {pool}.",
        code="OA-C713",
        why="A user pool's id begins with its region.",
        fix=place.fix_for(region_of_pool),
    )
