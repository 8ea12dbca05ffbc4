"""What a token must be: its text, its header, its claims, its times, and why it is refused."""
