"""A small OSDU platform: five services behind a gateway, as OSDU on AWS shows itself to a client.

A request goes through the gateway (is the token good?), the filter of its service (which data
partition?), the routes (is there such a thing, is the body JSON?), the groups (may this user?)
and only then to the service. Where it is stopped decides the shape of the refusal; see `replies`.
"""
