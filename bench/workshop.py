"""The workshop page's way to a token, with its blanks filled in from standard input.

It is what people run today, and so what a sign-in is measured against: the AWS SDK for Python, the
secret hash by hand, USER_PASSWORD_AUTH.
"""

import base64
import hashlib
import hmac
import json
import sys

import boto3

values = json.load(sys.stdin)
message = values["username"] + values["client_id"]
digest = hmac.new(values["client_secret"].encode(), message.encode(), hashlib.sha256).digest()
client = boto3.client("cognito-idp", region_name=values["region"])
answer = client.initiate_auth(
    AuthFlow="USER_PASSWORD_AUTH",
    AuthParameters={
        "USERNAME": values["username"],
        "PASSWORD": values["password"],
        "SECRET_HASH": base64.b64encode(digest).decode(),
    },
    ClientId=values["client_id"],
)
print(answer["AuthenticationResult"]["AccessToken"])
