"""OpenID Connect: signing in at any OpenID issuer, and renewing the tokens that it issued.

`metadata` says where an issuer's endpoints are, `client` how an app client authenticates,
`token_endpoint` requests tokens, `authorization` makes the request for the browser and reads the
response, `id_token` checks which user signed in, and `refusals` is the table of what an
issuer's errors mean.
"""
