"""A user pool: its users and app clients, and the API that signs them in.

A module imports only modules before it in this list: errors and values; `user_pool` (the state);
`tokens` (the tokens of a sign-in); flows and challenges; operations; `pool_api` (HTTP).

A new flow is a module and a row in `initiate_auth.FLOWS`; a new challenge is a module and a row in
`respond_to_auth_challenge.CHALLENGES`; a new operation is a function and a row in
`pool_api.OPERATIONS`.
"""
