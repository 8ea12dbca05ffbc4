"""The version of this package, which `osdu-auth --version` and its requests show."""

__version__ = "0.1.0"
