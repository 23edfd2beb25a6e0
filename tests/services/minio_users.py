"""Users of a test's own MinIO, each with a policy: its administrators' calls, whose secrets travel encrypted (MinIO's madmin)."""

import hashlib
import http.client
import json
import os
import secrets
import ssl
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

FRAGMENT_BYTES = 1 << 14
READY_DEADLINE_S = 60


def encrypted(password, data):
    """Salt, 0 for AES-256-GCM, nonce, and data of one fragment: its associated data is the seal of nothing."""
    assert len(data) <= FRAGMENT_BYTES
    salt, nonce = os.urandom(32), os.urandom(8)
    cipher = AESGCM(Argon2id(salt=salt, length=32, iterations=1, lanes=4, memory_cost=64 * 1024).derive(password.encode()))

    def nth(n):
        return nonce + n.to_bytes(4, "little")

    last = b"\x80" + cipher.encrypt(nth(0), b"", b"")
    return salt + b"\0" + nonce + cipher.encrypt(nth(1), data, last)


def ask(minio, method, call, query, body):
    url = f"{minio.endpoint}/minio/admin/v3/{call}?{urllib.parse.urlencode(query)}"
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=body,
                                             headers={"x-amz-content-sha256": hashlib.sha256(body).hexdigest()})
    credentials = botocore.credentials.Credentials(minio.access_key, minio.secret_key)
    botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    place = urllib.parse.urlsplit(url)
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(place.netloc, context=ssl.create_default_context(cafile=minio.ca_file))
    else:
        connection = http.client.HTTPConnection(place.netloc)
    try:
        connection.request(method, f"{place.path}?{place.query}", body, dict(request.headers))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{call}: {answer.status} {text[:300]}")
    finally:
        connection.close()


def ask_when_ready(*call):
    """It serves objects some seconds before it knows users."""
    end = time.monotonic() + READY_DEADLINE_S
    while True:
        try:
            return ask(*call)
        except AssertionError as refused:
            if "not initialized" not in str(refused) or time.monotonic() > end:
                raise
        time.sleep(0.2)


def add_user(minio, policy):
    """A user who may do what the policy (a dict) says: key and secret."""
    key, secret = f"user-{secrets.token_hex(4)}", secrets.token_hex(16)
    ask_when_ready(minio, "PUT", "add-canned-policy", {"name": key}, json.dumps(policy).encode())
    ask(minio, "PUT", "add-user", {"accessKey": key},
        encrypted(minio.secret_key, json.dumps({"secretKey": secret, "status": "enabled"}).encode()))
    ask(minio, "PUT", "set-user-or-group-policy", {"policyName": key, "userOrGroup": key, "isGroup": "false"}, b"")
    return key, secret
