"""Credentials: how tokens are got. The port, and one class for each kind of sign-in."""
