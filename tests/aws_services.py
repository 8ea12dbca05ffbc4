"""AWS Secrets Manager and Parameter Store on loopback: moto's server, in its own process.

As a program it prints its port, and serves until its standard input ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import boto3

from osdu_auth.sdk_log import without_payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "made-up"}


class AwsServices:
    """The two services, and the values that a test keeps there.

    Attributes:
        environment: the environment variables with which a program calls them as AWS.
    """

    def __init__(self, port: int) -> None:
        address = f"http://127.0.0.1:{port}"
        self.environment = {
            **_CREDENTIALS,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": address,
            "AWS_ENDPOINT_URL_SSM": address,
        }
        made: Any = boto3.Session(*_CREDENTIALS.values(), region_name="us-east-1")
        self._secrets = made.client("secretsmanager", endpoint_url=address)
        self._parameters = made.client("ssm", endpoint_url=address)

    def keep_secret(self, name: str, value: object) -> str:
        """Keep a secret, a text or a JSON value, in place of an earlier one; return its ARN."""
        text = value if isinstance(value, str) else json.dumps(value)
        with without_payloads():  # Else the log of a test shows the secret.
            try:
                reply = self._secrets.create_secret(Name=name, SecretString=text)
            except self._secrets.exceptions.ResourceExistsException:
                reply = self._secrets.put_secret_value(SecretId=name, SecretString=text)
        arn: str = reply["ARN"]
        return arn

    def keep_bytes(self, name: str, value: bytes) -> None:
        """Keep a secret of bytes."""
        with without_payloads():
            self._secrets.create_secret(Name=name, SecretBinary=value)

    def keep_parameter(self, name: str, value: str) -> None:
        """Keep a parameter, encrypted."""
        with without_payloads():
            self._parameters.put_parameter(
                Name=name, Value=value, Type="SecureString", Overwrite=True
            )


@contextmanager
def aws_services() -> Iterator[AwsServices]:
    """Run the two services until the block ends; skip the test where moto is not installed."""
    if find_spec("moto") is None:
        import pytest

        pytest.skip("moto is not installed: it needs newer libraries than the oldest allowed")
    environment = {**os.environ, **_CREDENTIALS, "AWS_DEFAULT_REGION": "us-east-1"}
    with subprocess.Popen(
        [sys.executable, __file__],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield AwsServices(int(process.stdout.readline()))
        finally:
            process.stdin.close()


if __name__ == "__main__":
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()
    server.stop()
