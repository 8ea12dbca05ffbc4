"""The checks of `osdu-auth doctor`, and a report of their results without secrets."""
