"""Sign in to the OSDU Data Platform once, and every tool you run has a fresh bearer token."""

__version__ = "0.1.0"
