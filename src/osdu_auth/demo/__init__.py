"""`osdu-auth demo` on a sandbox: `story` is a whole session, `runner` the tour of challenges."""
