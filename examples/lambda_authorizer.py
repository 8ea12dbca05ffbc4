"""An AWS Lambda authorizer for Amazon API Gateway, REST and HTTP APIs alike.

Handler: `lambda_authorizer.handler`. The variables of the function:
    OSDU_AUTH_USER_POOL_ID  such as us-east-1_Ab12Cd34E
    OSDU_AUTH_CLIENT_ID     the app client's id; several with commas between
"""

import logging
import os

from osdu_auth import UserPoolVerifier
from osdu_auth.verification.services.aws_lambda import authorizer

# Which check failed is for your log, and not for the client.
logging.getLogger("osdu_auth").setLevel(logging.INFO)

# Made once for each instance of the function, so that the pool's keys are fetched once.
handler = authorizer(
    UserPoolVerifier(
        user_pool_id=os.environ["OSDU_AUTH_USER_POOL_ID"],
        client_id=os.environ["OSDU_AUTH_CLIENT_ID"].split(","),
        token_use="access",
        endpoint_url=os.environ.get("OSDU_AUTH_ENDPOINT_URL"),  # None: AWS
    )
)
