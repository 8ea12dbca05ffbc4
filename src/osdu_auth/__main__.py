"""`python -m osdu_auth`."""

import sys

from osdu_auth.cli import main

sys.exit(main())
