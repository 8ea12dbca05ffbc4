"""Keys: which can verify anything, an issuer's key set, how it is fetched and for how long kept."""
