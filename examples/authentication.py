"""Authentication: the workshop's page, in its own order and with its own names.

    python authentication.py

It needs no file: the profile is made here, and the session is kept in memory, until the program
ends. The values come from the environment, or are written between the quotes below.
"""

# Import required libraries
import os

import osdu_auth
from osdu_auth import MemoryStore, Profile, Session

# Key Parameters

# Insert EDI region here
region = os.environ.get("OSDU_AUTH_REGION", "")

# Email that you used to sign up for this Workshop
username = os.environ.get("OSDU_AUTH_USERNAME", "")

# Insert password for the above username: nowhere. `login` asks for it, and hides what is typed.

# Insert client Id
clientId = os.environ.get("OSDU_AUTH_CLIENT_ID", "")

# Insert client secret: the place where it is, and never the secret itself
clientSecret = "env:OSDU_AUTH_CLIENT_SECRET"

# Not on the page: with the user pool's id, the password itself never leaves this computer
userPoolId = os.environ.get("OSDU_AUTH_USER_POOL_ID") or None

# Authenticate against AWS Cognito: the secret hash is computed on the way, and what the user pool
# asks besides, such as a new password at the first sign-in, is asked in this terminal
profile = Profile(
    name="workshop",
    region=region,
    client_id=clientId,
    client_secret=clientSecret,
    username=username or None,
    user_pool_id=userPoolId,
)
session = osdu_auth.login(Session(profile, store=MemoryStore()))

# Print responses: a token shows itself as ****, and its text is `access_token.reveal()`
print(osdu_auth.whoami(session))
access_token = session.token()
refresh_token = session.saved().tokens.refresh_token
print(f"Access Token: {access_token}\n")
print(f"Refresh Token: {refresh_token}")

# The page ends here. The access token does in an hour: ask for `session.token()` each time, or give
# an HTTP library `auth=session`, and it is renewed when it is due.
