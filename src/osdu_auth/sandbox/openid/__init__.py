"""The pool's sign-in domain: an OpenID provider with sign-in pages beside the pool's own API.

Floors: `openid_settings` and `parameters`; `refusals`; what is remembered (`codes`, `browsers`,
`state`); `redirect_uris`, `authorization_request`, `client_authentication`, `issued_tokens`; a
module for each endpoint, with `sign_in_pages` (HTML) and `sign_in_steps` (the pool's questions)
under `authorize`; `provider`, which routes. It shares no code with the client.
"""
