"""OpenID Connect: signing in at any OpenID issuer, and renewing what it gave.

`metadata` says where an issuer's endpoints are, `client` how an app client says who it is,
`token_endpoint` asks for tokens, `authorization` is the browser's part, `id_token` checks who
signed in, `refusals` is the table of what an issuer's errors mean.
"""
