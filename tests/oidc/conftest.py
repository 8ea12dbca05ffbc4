"""An issuer's metadata, and an attempt to sign in there."""

from __future__ import annotations

import pytest

from osdu_auth.oidc.authorization import AuthorizationRequest, authorization_request
from osdu_auth.oidc.client import OidcClient
from osdu_auth.oidc.metadata import IssuerMetadata

ISSUER = "https://login.example.com/realms/osdu"


@pytest.fixture
def metadata() -> IssuerMetadata:
    return IssuerMetadata(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/jwks")


@pytest.fixture
def attempt(metadata: IssuerMetadata) -> AuthorizationRequest:
    return authorization_request(
        metadata, OidcClient("client"), "http://localhost:8400/callback", ("openid",), {}
    )
