"""Parameters of a query or a form, read strictly (RFC 6749, section 3.1; appendix B)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from osdu_auth.sandbox.openid.refusals import invalid_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.sandbox.http_messages import Request

_FORM = "application/x-www-form-urlencoded"


class Parameters:
    """The parameters of one request; a parameter without a value counts as missing.

    Args:
        pairs: names and values, in their order.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = [(name, value) for name, value in pairs if value]
        counts = Counter(name for name, _ in self._pairs)
        self.repeated = frozenset(name for name, count in counts.items() if count > 1)

    def get(self, name: str) -> str | None:
        """Return the value of a parameter; `None` where it is missing or comes more than once."""
        if name in self.repeated:
            return None
        return dict(self._pairs).get(name)

    def named(self, prefix: str) -> dict[str, str]:
        """Return the parameters whose names begin with `prefix`."""
        return {name: value for name, value in self._pairs if name.startswith(prefix)}

    def pairs(self) -> list[tuple[str, str]]:
        """Return names and values, in their order."""
        return list(self._pairs)


def query_parameters(request: Request) -> Parameters:
    """Return the parameters of a query."""
    return Parameters(parse_qsl(request.query_string, keep_blank_values=True))


def form_parameters(request: Request) -> Parameters:
    """Return the parameters of a form.

    Raises:
        OAuthRefusal: `invalid_request`: the body is not a form, or is not text.
    """
    if request.media_type != _FORM:
        raise invalid_request(f"The body has to be {_FORM}.")
    try:
        text = request.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise invalid_request("The body is not a form.") from error
    return Parameters(pairs)


def unique_form_parameters(request: Request) -> Parameters:
    """Return the parameters of a form in which each comes once (RFC 6749, section 3.2).

    Raises:
        OAuthRefusal: `invalid_request`: the body is not a form, or a parameter comes twice.
    """
    parameters = form_parameters(request)
    if parameters.repeated:
        raise invalid_request("A parameter comes twice.")
    return parameters
