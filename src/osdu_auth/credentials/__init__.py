"""How tokens are got: the port, and one class for each kind of sign-in."""
