"""The operations of a user on their own account at a user pool."""
