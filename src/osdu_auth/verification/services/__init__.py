"""Adapters for services: each lets requests with a good token through, and answers the others."""
