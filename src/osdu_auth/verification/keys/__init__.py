"""Keys: which keys are usable, an issuer's key set, how it is fetched and how long it is kept."""
