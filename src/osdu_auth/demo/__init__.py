"""What `osdu-auth demo` shows, on a sandbox: the whole job, or every way in which a pool asks."""
