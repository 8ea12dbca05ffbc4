"""`python -m osdu_auth`."""

from osdu_auth.cli import program

program()
