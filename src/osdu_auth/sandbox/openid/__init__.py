"""The pool's sign-in domain: an OpenID provider with sign-in pages, next to the pool's own API.

From the lowest floor up: `openid_settings` with the metadata; `refusals`, then `parameters`;
`authorization_request`; the state (`browsers`, `state`); `client_authentication`, `issued_tokens`;
a module for each endpoint, with `sign_in_pages` (HTML) and `sign_in_steps` (the pool's challenges)
under `authorize`; and `provider`, which routes. It shares no code with the client.
"""
