#!/bin/sh
# Signs in and loads a table of wells: where no person is, the password comes from a file.
set -eu
osdu-auth login --password-stdin < "${OSDU_PASSWORD_FILE:-/run/secrets/osdu/password}"
exec python bulk_load.py "$@"
