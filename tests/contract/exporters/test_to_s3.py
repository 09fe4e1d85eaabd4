"""The s3 destination against a server that checks signatures as S3 does."""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sightline.destinations.base import (
    Extras,
    HttpRequest,
    HttpResponse,
    decode_config,
    find_destination,
    judge,
    judge_test,
    signed,
)
from sightline.exporters import ExportError, LLMCall, S3Exporter
from sightline.exporters._http import TransportError, send
from tests.live import client_python, free_port
from tests.unit.golden.destinations.cases import rich_generation

DESTINATION = find_destination("s3")
BUCKET = "traces"
# Checks who signed from the first calls on; those that make the user and the bucket come before.
SERVE = """
import sys
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""
SET_UP = """
import json, sys
import boto3
common = {"endpoint_url": sys.argv[1], "region_name": "us-east-1",
          "aws_access_key_id": "root", "aws_secret_access_key": "root"}
boto3.client("s3", **common).create_bucket(Bucket="traces")
iam = boto3.client("iam", **common)
iam.create_user(UserName="writer")
policy = {"Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="writer", PolicyName="p", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="writer")["AccessKey"]
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"""
READ = """
import json, sys
import boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1",
                  aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3])
found = {}
for item in s3.list_objects_v2(Bucket="traces").get("Contents", []):
    got = s3.get_object(Bucket="traces", Key=item["Key"])
    found[item["Key"]] = [got["ContentType"], json.loads(got["Body"].read())]
print(json.dumps(found))
"""


class Bucket:
    """A bucket, and a user who may write to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key_id, self.secret = self._run(SET_UP)
        headers = {"Content-Type": "text/plain"}
        reset = HttpRequest(url=f"{url}/moto-api/reset-auth", headers=headers, body=b"0")
        answer = send(reset, timeout_s=10)
        assert answer.status == 200

    def _run(self, program: str, *args: str) -> Any:
        python = str(client_python("moto"))
        done = subprocess.run(
            [python, "-c", program, self.url, *args],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def objects(self) -> dict[str, Any]:
        found: dict[str, Any] = self._run(READ, self.key_id, self.secret)
        return found

    def values(self, **more: str) -> dict[str, Any]:
        keys = {"accessKeyId": self.key_id, "secretAccessKey": self.secret}
        return {"bucketName": BUCKET, "endpoint": self.url, **keys, **more}

    def send(self, request: HttpRequest, **more: str) -> HttpResponse:
        config = decode_config(DESTINATION, self.values(**more))
        now_us = time.time_ns() // 1000
        return send(signed(DESTINATION, config, request, now_us), timeout_s=10)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [str(client_python("moto")), "-c", SERVE, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None
            assert time.monotonic() < end, "moto does not start"
            try:
                send(HttpRequest(method="GET", url=f"{url}/moto-api/data.json"), timeout_s=5)
                break
            except TransportError:
                time.sleep(0.05)
        yield Bucket(url)
    finally:
        process.kill()
        process.wait(10)


def test_a_call_is_an_object(bucket: Bucket) -> None:
    config = decode_config(DESTINATION, bucket.values(prefix="mine/deep"))
    (delivery,) = DESTINATION.deliveries(config, [rich_generation()], Extras())
    for _ in range(2):
        answer = bucket.send(delivery.requests[0])
        assert judge(DESTINATION, answer) == "delivered", answer
    found = {key: it for key, it in bucket.objects().items() if key.startswith("mine/")}
    ((key, (content_type, trace)),) = found.items()
    assert key.startswith("mine/deep/2026-09-21/wf_1-gen-1790000000-")
    assert content_type == "application/json"
    assert (trace["id"], trace["name"], trace["sessionId"]) == ("wf_1", "Doc run", "sess_9")
    generation = trace["observations"][-1]
    assert generation["name"] == "Summarise"
    assert generation["totalCost"] == 0.00239
    assert generation["promptTokensDetails"]["cachedTokens"] == 1024


def test_the_test_stores_nothing_and_knows_wrong_secrets(bucket: Bucket) -> None:
    config = decode_config(DESTINATION, bucket.values())
    before = bucket.objects()
    good = bucket.send(DESTINATION.test(config))
    assert judge_test(DESTINATION, good) == "delivered", good
    wrong = bucket.send(DESTINATION.test(config), secretAccessKey="wrong")
    assert judge_test(DESTINATION, wrong) == "refused", wrong
    unknown = bucket.send(DESTINATION.test(config), accessKeyId="nobody")
    assert judge_test(DESTINATION, unknown) == "refused", unknown
    assert bucket.objects() == before


def test_exporter(bucket: Bucket) -> None:
    exporter = S3Exporter(
        bucket_name=BUCKET,
        access_key_id=bucket.key_id,
        secret_access_key=bucket.secret,
        endpoint=bucket.url,
        prefix="exported",
    )
    exporter.export_llm_call(LLMCall(model="gpt-4o", response="yes"))
    assert any(key.startswith("exported/") for key in bucket.objects())
    wrong = S3Exporter(
        bucket_name=BUCKET,
        access_key_id=bucket.key_id,
        secret_access_key="wrong",
        endpoint=bucket.url,
    )
    with pytest.raises(ExportError, match=r"(?s)^s3: export: api error \(status 403\).*Signature"):
        wrong.export_llm_call(LLMCall(model="gpt-4o"))
