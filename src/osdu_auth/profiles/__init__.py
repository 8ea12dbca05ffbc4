"""Profiles: who signs in, at which user pool, for which OSDU platform."""
