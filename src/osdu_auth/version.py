"""The version of this package, as `osdu-auth --version` and its requests say it."""

__version__ = "0.1.0"
