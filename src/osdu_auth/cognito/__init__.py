"""A user pool's own API (AWS JSON 1.1), as far as signing in, renewing and signing out need it."""
