"""Settings: the table of what a profile can be told, whatever its kind of sign-in.

The law of this module: it is the one list of settings. The file of profiles, the environment, the
flags and questions of `init`, a `Profile` made in Python and the site know the same names, the
same checks and the same rules between settings. Which kind has which is said by the kinds' classes
(`osdu_auth.profiles.profile`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.durations import seconds_of
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.input_text import oddity
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
# How a service account may say who it is; the first three show a secret, the others an assertion.
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
        allowed: the words, the likeliest first.
        noun: what each of them is, for the words of an error, such as `a transport`.
        code: of the `ConfigurationError` that the check raises for another text.
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
    """Return the word that was probably meant, else the first."""
    import difflib

    spelled = {word.lower(): word for word in allowed}
    near = difflib.get_close_matches(text.strip().lower(), spelled, n=1)
    return spelled[near[0]] if near else allowed[0]


def check_mfa_command(text: str) -> str:
    """Return `text` if it can be run as a command line.

    Raises:
        ConfigurationError: OA-C766; the text is not repeated, since it may hold a secret.
    """
    from osdu_auth.profiles.commands import is_command_line

    if is_command_line(text):
        return text
    raise ConfigurationError(
        "That is not a command line.",
        code="OA-C766",
        why="It is a program and its arguments, with quotes that match. It is not shown, as it may "
        "hold a secret.",
        fix=ExampleValue("pass otp acme"),
    )


def check_session_lifetime(text: str) -> str:
    """Return `text` if a refresh token can live that long, such as `12h` or `30d`.

    Raises:
        ConfigurationError: OA-C767.
    """
    try:
        if SHORTEST_SESSION <= seconds_of(text) <= LONGEST_SESSION:
            return text
    except ValueError:
        pass
    raise ConfigurationError(
        f'"{printable(text, 40)}" is not how long a session lives.',
        code="OA-C767",
        why="It is the life of the app client's refresh tokens: from 1h to 3650d.",
        fix=ExampleValue("30d"),
    )


class Setting(NamedTuple):
    """What there is to know about a setting, besides its type, which the kinds' classes say.

    Args:
        check: returns the text as it is to be used, or raises `ConfigurationError`.
        help: what it is, as a sentence: of the flag of `init`, and of the site's list.
        choices: the words of which it is one; empty where there are others.
        metavar: what the help of `init` has in the place of its value.
        question: what `init` asks a person; "" where that is not asked.
        enter: what Enter alone comes to, where the setting may be left out.
        example: a value, for the error of a setting that is needed and lacks.
        key: its key in the file, where that is not its name. Such a setting is one of the file: no
            variable and no flag sets it.
        is_private: whether it is kept from workers, to which a token is all that goes.
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


# In the order of the workshop's page, of the questions of `init`, and of what is written.
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
        "Who signs in.",
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
    "user_pool_id": Setting(check_user_pool_id, "The user pool; it also tells the region."),
    "endpoint_url": Setting(
        check_endpoint_url, "Another address of the pool, as a sandbox's.", metavar="URL"
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
        "Which factor to choose where there is a choice.",
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
        "The OpenID issuer, exactly as its tokens name it; not for a user pool.",
        metavar="URL",
    ),
    "scopes": Setting(
        check_scopes,
        "What to ask for; default: what a sign-in needs, or what a service account has.",
        metavar='"A B"',
    ),
    "redirect_ports": Setting(
        check_redirect_ports,
        "Where the browser comes back to, in order; default: 8400,18400,28400.",
        metavar="PORTS",
    ),
    "client_auth": Setting(
        one_of(CLIENT_AUTHS, "a way to show the secret", "OA-B733"),
        "How the app client says who it is; default: by its secret, as the issuer takes it.",
        choices=(*CLIENT_AUTHS, *SERVICE_AUTHS[2:]),
    ),
    "token_endpoint": Setting(
        check_endpoint_url,
        "Where a service account asks for tokens, where no issuer is named.",
        metavar="URL",
    ),
    "token_api": Setting(
        one_of(TOKEN_APIS, "a way to ask for tokens", "OA-A702"),
        "How a service account asks a user pool; GetClientToken needs no sign-in domain.",
        choices=TOKEN_APIS,
    ),
    "audience": Setting(check_audience, "Whom a service account's token is for."),
    "resource": Setting(check_audience, "The same, by the name of RFC 8707.", metavar="URI"),
    "client_key": Setting(
        check_reference,
        "Where the service account's private key is, as PEM; see below.",
        metavar="REF",
        is_private=True,
    ),
    "client_certificate": Setting(
        check_reference,
        "Where its certificate is; default: beside the key.",
        metavar="REF",
        is_private=True,
    ),
    "client_key_id": Setting(check_key_id, "The key's id at the issuer.", metavar="ID"),
    "assertion_audience": Setting(
        check_audience,
        "Whom an assertion is for: issuer (the default), token_endpoint, or another text.",
    ),
    "client_assertion": Setting(
        check_client_assertion,
        "Whose assertion is shown: github-actions, azure-workload or file:PATH.",
        metavar="SOURCE",
        is_private=True,
    ),
    "token_use": Setting(
        one_of(TOKEN_USES, "a use of a token", "OA-B734"),
        "Which token goes to the platform.",
        choices=TOKEN_USES,
    ),
    "prompt": Setting(check_prompt, "What the issuer is to ask in any case, such as login."),
    "identity_provider": Setting(
        check_identity_provider,
        "The company's own sign-in at a user pool, to go straight to its page.",
    ),
    "authorize_parameters": Setting(
        check_authorize_parameters,
        "Further parameters of the sign-in page, as in a=b c=d.",
        metavar='"A=B"',
    ),
    "endpoint_hosts": Setting(
        check_endpoint_hosts,
        "Hosts on which the issuer's endpoints are besides its own.",
        metavar='"HOST"',
    ),
    "sealing": Setting(
        one_of(SEALINGS, "a way to seal", "OA-C712"),
        "Whether a session may be kept where there is no OS key store.",
        choices=SEALINGS,
        key="store.sealed",
    ),
}


def check_settings(
    texts: Mapping[str, object],
    place_of: Callable[[str], Place] = in_call,
    settings: Mapping[str, Setting] = SETTINGS,
) -> dict[str, str]:
    """Return settings as they are to be used, each checked, and one with the other.

    Args:
        texts: what was given, by the names of `Profile`'s fields.
        place_of: says where a setting stands, for the words of an error.
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
        # A text of another class may look otherwise than what was checked: a plain one is kept.
        # No setting may be an empty text, so that what is no text is told with the right example.
        return check(str.__str__(text) if isinstance(text, str) else "")
    except ConfigurationError as error:
        # The check knows the value; only here it is known where the value stands.
        place = place_of(setting)
        kind = printable(type(text).__name__, 40)
        what = error.what if is_text else f"This is not a text, but of type {kind}."
        raise ConfigurationError(
            f"{place.words}: {what}",
            code=error.code if is_text else "OA-C782",
            why=f"{oddity(text) if isinstance(text, str) else ''} {error.why}".strip(),
            fix=_fix_at(place, error.advice),
        ) from None


def _fix_at(place: Place, advice: str | Fix) -> str | Fix:
    """Return a check's fix as it is to be typed where the setting stands."""
    return place.giving(advice.value) + advice.also if isinstance(advice, ExampleValue) else advice


def _require_region_of_pool(region: str, pool: str, place_of: Callable[[str], Place]) -> None:
    region_of_pool = region_of_user_pool(pool)
    if region == region_of_pool:
        return
    place = place_of("region")
    raise ConfigurationError(
        f"{place.words}: {region} is not the region of the user pool {pool}.",
        code="OA-C713",
        why="A user pool's id begins with its region.",
        fix=place.giving(region_of_pool),
    )
