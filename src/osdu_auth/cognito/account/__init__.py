"""What a user does about their account at a user pool, one module for each idea."""
