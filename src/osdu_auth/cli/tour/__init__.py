"""The tour: every way in which a user pool asks, on a sandbox, answered by itself."""
