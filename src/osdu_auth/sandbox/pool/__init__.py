"""A user pool: its users and app clients, and the API that signs them in.

Floors, lowest first: errors and values; `user_pool` (the state); `tokens` (what it gives
out); flows and challenges; operations; `pool_api` (the wire). A new flow is a module and a row
in `initiate_auth.FLOWS`; a new challenge is a module and a row in
`respond_to_auth_challenge.CHALLENGES`; a new operation is a module and a row in
`operations.OPERATIONS`.
"""
