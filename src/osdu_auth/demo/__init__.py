"""`osdu-auth demo`: `story` shows a whole session on a sandbox, `runner` a tour of challenges."""
