"""What `osdu-auth exec` is made of: its child, the child's variables, and the token file."""
