"""What `osdu-auth doctor` looks at: checks as data, and a report that one can send."""
