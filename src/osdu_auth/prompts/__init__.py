"""Asking a person, at a terminal or in a notebook cell: for a sign-in, a challenge, a profile."""
