"""Checks of the settings of an OpenID issuer."""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.input_text import odd_character_in, value_in
from osdu_auth.profiles.checks import not_a_client_id, not_a_client_secret
from osdu_auth.text import printable
from osdu_auth.url import read_url_or_none

# Parameters of the authorization endpoint that the sign-in sends, and no profile may change.
OUR_PARAMETERS = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method", "request", "request_uri", "response_mode"),
    }
)
_CLIENT_ID, _SECRET = "[!-~]{1,255}", "[!-~]{1,1024}"
_SCOPE = r"[!#-\[\]-~]+"  # RFC 6749, section 3.3
_SCOPE_IS = "scope="  # as OSDU's own settings write it before the scopes
_PARAMETER = r"[A-Za-z][A-Za-z0-9_.-]{0,63}=[!-~]{0,1024}"
_AUDIENCE = "[!-~]{1,512}"
# Where a workload's assertion may come from: its GitHub job, or its pod at Azure.
GITHUB_ACTIONS, AZURE_WORKLOAD = "github-actions", "azure-workload"
_LOWEST_PORT, _HIGHEST_PORT = 1024, 65_535
_LONGEST_ISSUER = 512
# The characters of an address (RFC 3986, section 2) without those of a query, a fragment or a user.
_ISSUER = r"[\w.~!$&'()*+,;=:/%\[\]-]+"


def check_issuer(text: str) -> str:
    """Return `text` if it can be an issuer (OpenID Connect Discovery 1.0, section 4.1).

    Tokens have the issuer character by character, so the text is not changed.

    Raises:
        ConfigurationError: OA-B730.
    """
    read = read_url_or_none(text)
    if (
        read is not None
        and read.may_carry_secrets
        and len(text) <= _LONGEST_ISSUER
        and re.fullmatch(_ISSUER, text, re.ASCII)
    ):
        return text
    # The part before an @ may be a password, or the name of a false host: it is not shown.
    shown = "That" if "@" in text else f'"{printable(text, 80)}"'
    raise ConfigurationError(
        f"{shown} cannot be an OpenID issuer.",
        code="OA-B730",
        why="It is an https address without ? and #, exactly as in the issuer's tokens.",
        fix=ExampleValue("https://login.example.com/realms/osdu"),
    )


def check_client_id_of_issuer(text: str) -> str:
    """Return `text` if it can be a client's id at any issuer (RFC 6749, appendix A.1).

    Raises:
        ConfigurationError: OA-C703; the error does not show the text, as it may be the secret.
    """
    if re.fullmatch(_CLIENT_ID, text):
        return text
    raise not_a_client_id("An id is 1 to 255 visible ASCII characters, without blanks.")


def check_secret_of_issuer(text: str) -> str:
    """Return a client's secret in what was typed or pasted (RFC 6749, appendix A.2).

    Raises:
        ConfigurationError: OA-C749: it cannot be a secret; the error does not show the text.
    """
    secret = value_in(text)
    if re.fullmatch(_SECRET, secret):
        return secret
    why = (
        odd_character_in(secret)
        or "A secret is 1 to 1,024 visible ASCII characters, without blanks."
    )
    raise not_a_client_secret(why)


def check_scopes(text: str) -> str:
    """Return `text` as scopes with one blank between them; a `scope=` before them is removed.

    Raises:
        ConfigurationError: OA-B731.
    """
    rest = text[len(_SCOPE_IS) :] if text.lower().startswith(_SCOPE_IS) else text
    scopes = rest.split()
    if scopes and all(re.fullmatch(_SCOPE, scope) for scope in scopes):
        return " ".join(scopes)
    raise _refused(
        text,
        "a list of scopes",
        "OA-B731",
        "Scopes are words with blanks between them (RFC 6749, section 3.3).",
        "openid offline_access",
    )


def check_redirect_ports(text: str) -> str:
    """Return `text` if it is a list of ports, such as `8400,18400`; 0 is any free port.

    Raises:
        ConfigurationError: OA-B732.
    """
    ports = [port.strip() for port in text.split(",")]
    if ports and all(map(_is_port, ports)):
        return ",".join(ports)
    raise _refused(
        text,
        "a list of ports",
        "OA-B732",
        "Ports are numbers from 1024 to 65535 with commas between them; 0 is any free port.",
        "8400,18400",
    )


def check_prompt(text: str) -> str:
    """Return `text` if it can be a `prompt` of an authorization request, such as `login`.

    Raises:
        ConfigurationError: OA-B735.
    """
    if re.fullmatch(r"[a-z_]{1,40}(?: [a-z_]{1,40}){0,3}", text):
        return text
    raise _refused(
        text,
        "a prompt",
        "OA-B735",
        "It is login, consent, select_account or none (OpenID Connect Core 1.0, 3.1.2.1).",
        "login",
    )


def check_identity_provider(text: str) -> str:
    """Return `text` if it can name an identity provider of a user pool: 1 to 32 characters.

    Raises:
        ConfigurationError: OA-B736.
    """
    if re.fullmatch(r"[^\s\x00-\x1f\x7f]{1,64}", text) and text.isprintable():
        return text
    raise _refused(
        text,
        "an identity provider",
        "OA-B736",
        "It is the provider's name in the user pool.",
        "AcmeEntra",
    )


def check_authorize_parameters(text: str) -> str:
    """Return `text` if it is a list of parameters of the authorization endpoint, as `a=b c=d`.

    Raises:
        ConfigurationError: OA-B737.
    """
    pairs = text.split()
    names = {pair.partition("=")[0] for pair in pairs}
    if (
        pairs
        and all(re.fullmatch(_PARAMETER, pair) for pair in pairs)
        and not (names & OUR_PARAMETERS)
    ):
        return " ".join(pairs)
    ours = names & OUR_PARAMETERS
    why = f"The sign-in itself sends {min(ours)}." if ours else "It is as in: name=value."
    raise _refused(
        text,
        "a list of parameters",
        "OA-B737",
        why,
        "access_type=offline",
    )


def check_endpoint_hosts(text: str) -> str:
    """Return `text` if it is a list of host names, such as `login.example.com`.

    Raises:
        ConfigurationError: OA-B738.
    """
    hosts = text.replace(",", " ").split()
    if hosts and all(map(_is_host, hosts)):
        return " ".join(hosts)
    raise _refused(
        text,
        "a list of hosts",
        "OA-B738",
        "Hosts are names in lower case or IP addresses, without scheme and port.",
        "login.example.com",
    )


def check_audience(text: str) -> str:
    """Return `text` if it can be the audience of a token or an assertion (RFC 8707, RFC 7523).

    Raises:
        ConfigurationError: OA-A701.
    """
    if re.fullmatch(_AUDIENCE, text):
        return text
    raise _refused(
        text,
        "the name of an audience",
        "OA-A701",
        "It is one word of visible ASCII characters, usually an address or an id.",
        "https://osdu.example.com",
    )


def check_key_id(text: str) -> str:
    """Return `text` if it can be the id of a key (RFC 7515, section 4.1.4).

    Raises:
        ConfigurationError: OA-A701.
    """
    if re.fullmatch(_AUDIENCE, text):
        return text
    raise _refused(
        text, "a key's id", "OA-A701", "It is one word of visible ASCII characters.", "key-1"
    )


def check_client_assertion(text: str) -> str:
    """Return `text` if it is a source of a workload's assertion.

    Raises:
        ConfigurationError: OA-A703.
    """
    path = text.removeprefix("file:")
    if text in {GITHUB_ACTIONS, AZURE_WORKLOAD} or (path != text and path.isprintable() and path):
        return text
    raise _refused(
        text,
        "a source of an assertion",
        "OA-A703",
        f"It is {GITHUB_ACTIONS}, {AZURE_WORKLOAD} (the file that AZURE_FEDERATED_TOKEN_FILE "
        "names), or file:PATH.",
        GITHUB_ACTIONS,
    )


def _is_host(text: str) -> bool:
    """Return whether `text` can be the host of an endpoint's address, in this spelling."""
    read = read_url_or_none(f"https://[{text}]" if ":" in text else f"https://{text}")
    return read is not None and read.host == text


def _is_port(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{1,5}", text):
        return False
    return text == "0" or _LOWEST_PORT <= int(text) <= _HIGHEST_PORT


def _refused(text: str, noun: str, code: str, why: str, example: str) -> ConfigurationError:
    return ConfigurationError(
        f'"{printable(text, 80)}" is not {noun}.', code=code, why=why, fix=ExampleValue(example)
    )
