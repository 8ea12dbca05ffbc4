"""Profile: a named set of settings, as a value; a class for each kind of sign-in."""

from __future__ import annotations

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.frozen import NEEDED, dataclass, defaults_of, field, replace
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.profiles.checks import check_client_secret
from osdu_auth.profiles.openid_checks import check_client_id_of_issuer, check_secret_of_issuer
from osdu_auth.profiles.setting_places import flag_of, in_call
from osdu_auth.profiles.settings import (
    KEY_AUTHS,
    SECRET_AUTHS,
    SERVICE_AUTHS,
    SETTINGS,
    check_settings,
    one_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ClassVar, Literal

    from osdu_auth.profiles.setting_places import Place
    from osdu_auth.profiles.settings import Setting

    Transport = Literal["direct", "boto3"]
    Sealing = Literal["preferred", "required"]
    ClientAuth = Literal["basic", "post", "none"]
    ServiceAuth = Literal[
        "basic", "post", "ready_basic", "private_key_jwt", "certificate", "federated"
    ]
    TokenApi = Literal["token_endpoint", "GetClientToken"]
    TokenUse = Literal["access", "id"]
    AuthFlow = Literal["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"]


class Condition(NamedTuple):
    """The values of one setting with which another setting has an effect.

    Args:
        setting: the name of the first one.
        values: its values; None stands for "not set", and no values for "any value that is set".
    """

    setting: str
    values: tuple[str | None, ...] = ()

    def is_met(self, texts: Mapping[str, object]) -> bool:
        """Return whether these settings, with defaults, have such a value."""
        value = texts.get(self.setting)
        return value in self.values if self.values else value is not None

    @property
    def words(self) -> str:
        """The condition, as the end of a sentence."""
        if self.values == (None,):
            return f"without {self.setting}"
        values = " or ".join(f'"{value}"' for value in self.values if value is not None)
        return f"with {self.setting} = {values}" if values else f"with {self.setting}"


_OF_A_USER_POOL = Condition("user_pool_id")
_IF_PUBLIC = ", or if the app client has no secret: "
_AT_TOKEN_ENDPOINT = Condition("token_api", ("token_endpoint",))


class AnyProfile:
    """A named set of settings, of any kind of sign-in.

    A kind is a frozen dataclass, a subclass of this class. Its fields are its settings: a field
    without a default is needed, and a field whose default is None may be unset. The table of
    settings has the check of each setting, by the field's name. `KINDS` (in
    `osdu_auth.profiles.kinds`) lists the kinds.

    Every new object is checked, also if `dataclasses.replace`, a copy or `pickle` makes it: a value
    that the file of profiles may not have is refused here too. An address is kept in lower case and
    without the usual port.

    Attributes:
        sign_in: the name of the kind, as in the file.
        settings: the table of the kind's settings.
        check_secret: returns the app client's secret in a typed text, or raises OA-C749.
        bound_by: the settings that change the token, in groups; of each group the first setting
            with a value is a part of the binding.
        needs_person: whether a person has to sign in.
        issuers: the settings of which exactly one is set, as each names an issuer; empty for none.
        only_with: of each setting that has an effect only together with another one, the condition.
        name: the profile's name; also the name of its session's file.
        client_id: the id of the app client.
        platform_url: the OSDU platform's origin, such as `https://osdu.example.com`.
        data_partition_id: sent as the `data-partition-id` header of every OSDU call.
        sealing: whether the month-long part of a session may be kept without an OS key store.
    """

    sign_in: ClassVar[str]
    settings: ClassVar[Mapping[str, Setting]] = SETTINGS
    check_secret: ClassVar[Callable[[str], str]] = staticmethod(check_client_secret)
    bound_by: ClassVar[tuple[tuple[str, ...], ...]]
    needs_person: ClassVar[bool] = True
    issuers: ClassVar[tuple[str, ...]] = ()
    only_with: ClassVar[Mapping[str, Condition]] = {}

    name: str
    client_id: str
    platform_url: str | None
    data_partition_id: str | None
    sealing: Sealing

    def __post_init__(self) -> None:
        defaults = self.defaults()
        given = {name: getattr(self, name) for name in ("name", *defaults)}
        set_ = {
            name: value
            for name, value in given.items()
            if value is not None or defaults.get(name, NEEDED) is not None
        }
        for name, text in check_settings(set_, in_call, self.settings).items():
            object.__setattr__(self, name, text)
        self.check_together(given, in_call)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickle or a copy through `__init__`, which checks the settings."""
        type(self).__init__(self, **state)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return the settings of this kind, each with its default; `NEEDED` where it has none."""
        of_kind = defaults_of(cls)
        return {name: of_kind[name] for name in cls.settings if name in of_kind}

    def require_complete(self, place_of: Callable[[str], Place] | None = None) -> None:
        """Refuse a profile that lacks a setting which its other settings need.

        Not every new object is checked for it, as a worker's profile has fewer settings.

        Args:
            place_of: returns the place of a setting, for the fix; None for the file of profiles.

        Raises:
            ConfigurationError: OA-A704: a service account has no secret, key or assertion; OA-B703:
                an app client that sends its secret has none.
        """

    @classmethod
    def without_effect(cls, texts: Mapping[str, object]) -> list[str]:
        """Return the names of those of these settings that have no effect with the others."""
        defaults = cls.defaults()
        full = {**{name: text for name, text in defaults.items() if text is not NEEDED}, **texts}
        return [
            name
            for name, condition in cls.only_with.items()
            if full.get(name) not in {None, defaults[name]} and not condition.is_met(full)
        ]

    @classmethod
    def check_together(cls, texts: Mapping[str, object], place_of: Callable[[str], Place]) -> None:
        """Refuse settings that do not belong together.

        Args:
            texts: the settings, by their names.
            place_of: returns the place of a setting, for the error.

        Raises:
            ConfigurationError: OA-B739: they name no issuer, or two; OA-C718: one of them has no
                effect with the others.
        """
        named = [setting for setting in cls.issuers if texts.get(setting) is not None]
        if cls.issuers and len(named) != 1:
            raise cls._not_one_issuer(named, place_of)
        name = next(iter(cls.without_effect(texts)), None)
        if name is None:
            return
        place, condition = place_of(name), cls.only_with[name]
        first = next(iter(condition.values), None)
        if first is not None and texts.get(condition.setting) is None:
            fix = place_of(condition.setting).fix_for(first) + (", or " + place.leave_out)
        else:
            fix = "Set only one of the two: " + place.leave_out
        raise ConfigurationError(
            f"{place.words}: this setting has no effect here.",
            code="OA-C718",
            why=f"It has an effect only {condition.words}.",
            fix=fix,
        )

    @classmethod
    def _not_one_issuer(
        cls, named: Sequence[str], place_of: Callable[[str], Place]
    ) -> ConfigurationError:
        possible = " or ".join(place_of(setting).words for setting in cls.issuers)
        pool = cls.issuers[0]
        fix = place_of(pool).fix_for(cls.settings[pool].example)
        if named:
            fix = "Set only one of them: " + place_of(named[-1]).leave_out
        return ConfigurationError(
            "Two issuers are named." if named else "No issuer is named.",
            code="OA-B739",
            why=f"Exactly one of these is set, as each names an issuer: {possible}.",
            fix=fix,
        )

    def get(self, setting: str) -> str | None:
        """Return a setting; None if it is not set, or this kind does not have it."""
        return vars(self).get(setting)

    @property
    def secret_shown(self) -> str | None:
        """The reference to the secret that the app client sends; None if it sends no secret."""
        return None if self.get("client_auth") == "none" else self.get("client_secret")

    def without_private(self) -> AnyProfile:
        """Return the profile for workers, without secrets and names of users."""
        self_: Any = self
        private = (name for name in self.defaults() if self.settings[name].is_private)
        public: AnyProfile = replace(self_, **dict.fromkeys(private))
        return public

    @property
    def binding(self) -> str:
        """All settings that change the token, as one text; a session belongs to one binding."""
        set_ = vars(self)
        values = (next(filter(None, map(set_.get, names)), "") for names in self.bound_by)
        return " ".join(value.replace("%", "%25").replace(" ", "%20") for value in values)


@dataclass(frozen=True)
class Profile(AnyProfile):
    """A profile of a user pool, for a person with a password: `sign_in = "password"`.

    The values of the workshop page have the same names here. Two things differ from the file:
    `region` is needed even if `user_pool_id` is given, and the name may be `environment`, which in
    the file is reserved for the profile of the variables.

    Args:
        name: what the user calls it; also the name of its session's file.
        region: the AWS region of the user pool, such as `us-east-1`.
        client_id: the id of the app client.
        client_secret: a reference to the app client's secret (`osdu_auth.profiles.references`);
            None for a public app client.
        username: who signs in, as typed at sign-in; None to ask.
        platform_url: the OSDU platform's origin, such as `https://osdu.example.com`.
        data_partition_id: sent as the `data-partition-id` header of every OSDU call.
        user_pool_id: the user pool, such as `us-east-1_Ab12Cd34E`; SRP needs it.
        endpoint_url: another address of the pool's API than AWS's, such as a sandbox's.
        transport: how to call the pool: `direct` HTTPS or `boto3`.
        sealing: whether the month-long part of a session may be kept without an OS key store.
        auth_flow: the Cognito flow of the sign-in; None for `USER_SRP_AUTH` if that is possible.
        preferred_factor: which factor to use if the pool offers several, such as
            `SOFTWARE_TOKEN_MFA` or `EMAIL_OTP`; None to ask.
        mfa_command: a command line that prints a code; None to ask.
        session_lifetime: how long the app client's refresh tokens live, such as `12h` or `30d`;
            None if that is not known.

    Raises:
        ConfigurationError: OA-C701 to OA-C713, OA-C764 to OA-C767: a setting cannot be used;
            OA-C782: it is not a text.
    """

    sign_in: ClassVar[str] = "password"
    bound_by: ClassVar[tuple[tuple[str, ...], ...]] = (("endpoint_url", "region"), ("client_id",))

    name: str
    region: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)  # `clear:` holds the secret itself
    username: str | None = None
    platform_url: str | None = None
    data_partition_id: str | None = None
    user_pool_id: str | None = None
    endpoint_url: str | None = None
    transport: Transport = "direct"
    sealing: Sealing = "preferred"
    auth_flow: AuthFlow | None = None
    preferred_factor: str | None = None
    mfa_command: str | None = field(default=None, repr=False)  # it may have a secret
    session_lifetime: str | None = None


@dataclass(frozen=True)
class BrowserProfile(AnyProfile):
    """A profile of an OpenID issuer, for a person with a browser: `sign_in = "browser"`.

    A user pool is named by `user_pool_id`, any other issuer by `issuer`.

    Args:
        name: what the user calls it; also the name of its session's file.
        client_id: the id of the app client.
        user_pool_id: the user pool, such as `us-east-1_Ab12Cd34E`; None for another issuer.
        issuer: the issuer, exactly as its tokens name it; None for a user pool.
        client_secret: a reference to the app client's secret; None for a public app client.
        username: the user name for the issuer's page (`login_hint`); None to send no name.
        platform_url: the OSDU platform's origin, such as `https://osdu.example.com`.
        data_partition_id: sent as the `data-partition-id` header of every OSDU call.
        endpoint_url: another address of the user pool's API than AWS's, such as a sandbox's.
        scopes: the scopes to request, with blanks between; None for what a sign-in needs.
        redirect_ports: the ports for the browser's redirect, in order, with commas between.
        client_auth: how the app client sends its secret; None as the issuer accepts it.
        token_use: which token goes to the platform: `access` or `id`.
        prompt: what the issuer always asks the user, such as `login`.
        identity_provider: the user pool's name of the company's own sign-in.
        authorize_parameters: more parameters of the sign-in page, as in `a=b c=d`.
        endpoint_hosts: more hosts that the issuer's endpoints may be on.
        session_lifetime: how long refresh tokens live, such as `12h`; None if that is not known.
        sealing: whether the month-long part of a session may be kept without an OS key store.

    Raises:
        ConfigurationError: a setting cannot be used; OA-B739: it names no issuer, or two.
    """

    sign_in: ClassVar[str] = "browser"
    settings: ClassVar[Mapping[str, Setting]] = {
        **SETTINGS,
        "client_id": SETTINGS["client_id"]._replace(check=check_client_id_of_issuer),
    }
    check_secret: ClassVar[Callable[[str], str]] = staticmethod(check_secret_of_issuer)
    bound_by: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("issuer", "user_pool_id"),
        ("endpoint_url",),
        ("client_id",),
        ("scopes",),
        ("token_use",),
        ("authorize_parameters",),
    )
    issuers: ClassVar[tuple[str, ...]] = ("user_pool_id", "issuer")
    only_with: ClassVar[Mapping[str, Condition]] = {"endpoint_url": _OF_A_USER_POOL}

    name: str
    client_id: str
    user_pool_id: str | None = None
    issuer: str | None = None
    client_secret: str | None = field(default=None, repr=False)  # `clear:` holds the secret itself
    username: str | None = None
    platform_url: str | None = None
    data_partition_id: str | None = None
    endpoint_url: str | None = None
    scopes: str | None = None
    redirect_ports: str | None = None
    client_auth: ClientAuth | None = None
    token_use: TokenUse = "access"  # noqa: S105 - which token, and none
    prompt: str | None = None
    identity_provider: str | None = None
    authorize_parameters: str | None = None
    endpoint_hosts: str | None = None
    session_lifetime: str | None = None
    sealing: Sealing = "preferred"

    def require_complete(self, place_of: Callable[[str], Place] | None = None) -> None:
        """Refuse an app client that sends a secret and has none, as `AnyProfile`."""
        if self.client_auth in {"basic", "post"} and self.client_secret is None:
            raise no_secret_to_send(self.client_auth, place_of)


@dataclass(frozen=True)
class ServiceProfile(AnyProfile):
    """A profile of a service account: `sign_in = "client-credentials"`; no person signs in.

    A user pool is named by `user_pool_id`; another issuer by `issuer` or `token_endpoint`.

    Args:
        name: what the user calls it; also the name of its session's file.
        client_id: the id of the app client.
        user_pool_id: the user pool, such as `us-east-1_Ab12Cd34E`; None for another issuer.
        issuer: the issuer, exactly as its tokens name it; None for a user pool.
        token_endpoint: where tokens are requested; None for the endpoint that the issuer names.
        client_secret: a reference to the app client's secret, or to a ready value for Basic; None
            if it sends an assertion.
        platform_url: the OSDU platform's origin, such as `https://osdu.example.com`.
        data_partition_id: sent as the `data-partition-id` header of every OSDU call.
        endpoint_url: another address of the user pool's API than AWS's, such as a sandbox's.
        scopes: the scopes to request, with blanks between; None for all that the app client has.
        client_auth: the client authentication; None for its secret, as the issuer accepts it.
        token_use: which token goes to the platform: `access` or `id`.
        token_api: how a user pool is called: at its `token_endpoint` or by `GetClientToken`.
        audience: the audience of the token; None for the issuer's default.
        resource: the audience as RFC 8707 names it.
        client_key: a reference to the private key that signs assertions, as PEM.
        client_certificate: a reference to its certificate; None if that is in the place of the key.
        client_key_id: the key's id at the issuer; None to send none.
        assertion_audience: the audience of assertions: `issuer`, `token_endpoint` or another text;
            None for the usual one of `client_auth`.
        client_assertion: where the assertion comes from: `github-actions`, `azure-workload` or
            `file:PATH`.
        endpoint_hosts: more hosts that the issuer's endpoints may be on.
        sealing: whether a token may be kept without an OS key store.

    Raises:
        ConfigurationError: a setting cannot be used; OA-B739: it names no issuer, or two.
    """

    sign_in: ClassVar[str] = "client-credentials"
    settings: ClassVar[Mapping[str, Setting]] = {
        **BrowserProfile.settings,
        "client_secret": SETTINGS["client_secret"]._replace(enter=""),  # it has to authenticate
        "client_auth": SETTINGS["client_auth"]._replace(
            check=one_of(SERVICE_AUTHS, "a kind of client authentication", "OA-B733")
        ),
    }
    check_secret: ClassVar[Callable[[str], str]] = staticmethod(check_secret_of_issuer)
    bound_by: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("issuer", "user_pool_id", "token_endpoint"),
        ("endpoint_url",),
        ("client_id",),
        ("scopes",),
        ("token_use",),
        ("audience",),
        ("resource",),
    )
    needs_person: ClassVar[bool] = False
    issuers: ClassVar[tuple[str, ...]] = ("user_pool_id", "issuer", "token_endpoint")
    only_with: ClassVar[Mapping[str, Condition]] = {
        "endpoint_url": _OF_A_USER_POOL,
        "audience": _AT_TOKEN_ENDPOINT,
        "resource": _AT_TOKEN_ENDPOINT,
        "token_use": _AT_TOKEN_ENDPOINT,
        "client_secret": Condition("client_auth", (None, *SECRET_AUTHS)),
        "client_key": Condition("client_auth", KEY_AUTHS),
        "client_certificate": Condition("client_auth", ("certificate",)),
        "client_key_id": Condition("client_auth", ("private_key_jwt",)),
        "client_assertion": Condition("client_auth", ("federated",)),
        "assertion_audience": Condition("client_auth", (*KEY_AUTHS, "federated")),
        "endpoint_hosts": Condition("token_endpoint", (None,)),
    }

    name: str
    client_id: str
    user_pool_id: str | None = None
    issuer: str | None = None
    token_endpoint: str | None = None
    client_secret: str | None = field(default=None, repr=False)  # `clear:` holds the secret itself
    platform_url: str | None = None
    data_partition_id: str | None = None
    endpoint_url: str | None = None
    scopes: str | None = None
    client_auth: ServiceAuth | None = None
    token_use: TokenUse = "access"  # noqa: S105 - which token, and none
    token_api: TokenApi = "token_endpoint"  # noqa: S105 - a way, and no token
    audience: str | None = None
    resource: str | None = None
    client_key: str | None = field(default=None, repr=False)
    client_certificate: str | None = field(default=None, repr=False)
    client_key_id: str | None = None
    assertion_audience: str | None = None
    client_assertion: str | None = None
    endpoint_hosts: str | None = None
    sealing: Sealing = "preferred"

    def require_complete(self, place_of: Callable[[str], Place] | None = None) -> None:
        """Refuse a profile without the secret, key or assertion that `client_auth` needs.

        Args:
            place_of: as for `AnyProfile`.

        Raises:
            ConfigurationError: OA-A704.
        """
        needed, blank = "client_secret", "REF"
        if self.client_auth in KEY_AUTHS:
            needed = "client_key"
        elif self.client_auth == "federated":
            needed, blank = "client_assertion", "SOURCE"
        if self.get(needed) is None:
            way = "" if self.client_auth is None else f' by client_auth = "{self.client_auth}"'
            raise ConfigurationError(
                f'The profile "{self.name}" has no {needed}.',
                code="OA-A704",
                why=f"Its service account cannot sign in{way} without it.",
                fix=place_of(needed).fix_for(Blank(blank))
                if place_of
                else Run("init", flag_of(needed), Blank(blank), profile=self.name),
            )
        if self.token_api == "GetClientToken":  # noqa: S105 - a way, and no token
            self._require_pool_for_api()

    def _require_pool_for_api(self) -> None:
        if self.user_pool_id is not None and self.client_auth in {None, "post"}:
            return
        why = "GetClientToken sends the secret itself."
        if self.user_pool_id is None:
            why = (
                "GetClientToken is an operation of a user pool, and the profile names no user pool."
            )
        raise ConfigurationError(
            f'The profile "{self.name}" cannot get its tokens by GetClientToken.',
            code="OA-A704",
            why=why,
            fix=Run("init", "--token-api", "token_endpoint", profile=self.name),
        )


def no_secret_to_send(
    way: str, place_of: Callable[[str], Place] | None = None
) -> ConfigurationError:
    """Return the error of an app client that has to send a secret, and has none.

    Args:
        way: how it sends its secret.
        place_of: returns the place of a setting, for the fix; None for the file of profiles.
    """
    say: str | Fix = "Say where the secret is: " + Run("init", "--client-secret", Blank("REF"))
    send_none: str | Fix = Run("init", "--client-auth", "none", for_browser=True)
    if place_of is not None:
        say = place_of("client_secret").fix_for(Blank("REF"))
        send_none = place_of("client_auth").fix_for("none")
    return ConfigurationError(
        "The app client has to send a secret, and the profile names no secret.",
        code="OA-B703",
        why=f'The profile says client_auth = "{way}".',
        fix=say + (_IF_PUBLIC + send_none),
    )
