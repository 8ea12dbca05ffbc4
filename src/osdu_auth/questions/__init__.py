"""What a user pool asks a person, put into words once, for a terminal and for a notebook cell."""
