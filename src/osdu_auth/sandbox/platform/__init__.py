"""A small OSDU platform: five services behind a gateway, which answer as OSDU on AWS does.

A request passes the gateway (is the token valid?), the filter of its service (which data
partition?), the routes (does the path exist, is the body JSON?), the groups (may this user?) and
then reaches the service. The part that refuses a request gives the refusal its shape; see
`refusal_shapes`.
"""
