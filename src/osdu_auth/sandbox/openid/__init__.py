"""The pool's sign-in domain: an OpenID provider with sign-in pages, next to the pool's own API.

A module imports only modules before it in this list: `openid_settings` with the metadata;
`refusals`, then `parameters`; `authorization_request`; the state (`browsers`, `state`);
`client_authentication`, `issued_tokens`; `sign_in_steps` (the pool's challenges) and
`sign_in_pages` (HTML); a module for each endpoint; and `provider`, which holds the routes. The
package shares no code with the client.
"""
