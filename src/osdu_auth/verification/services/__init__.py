"""Adapters for services: each passes requests with a valid token on, and refuses other requests."""
