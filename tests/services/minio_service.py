"""A MinIO of a test's own (tests/services/minio), and boto3 as the other pair of eyes on it."""

import json
import os
import pathlib
import signal
import subprocess

import boto3
import botocore.config

SCRIPT = pathlib.Path(__file__).resolve().parent / "minio"


class Minio:
    """There from its making to close(). A test that cannot have it fails."""

    def __init__(self, tls=False):
        self.script = subprocess.Popen([str(SCRIPT), *(["--tls"] if tls else [])], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        line = self.script.stdout.readline()
        if not line:
            raise AssertionError(f"{SCRIPT} does not bring up a MinIO: exit code {self.script.wait()}")
        said = json.loads(line)
        self.endpoint = said["endpoint"]
        self.access_key = said["access_key"]
        self.secret_key = said["secret_key"]
        self.ca_file = said["ca_file"]
        self.pid = said["pid"]
        self.s3 = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            region_name="us-east-1", verify=self.ca_file or None,
            config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    def close(self):
        if self.script.poll() is None:
            self.script.stdin.close()
            self.script.wait()
        self.script.stdout.close()

    def pause(self):
        """As a store that hangs: it answers nothing more until resume()."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def config(self, bucket, more="", endpoint=None):
        """Of a longshored whose default drive is this bucket, reached at `endpoint`; the secret is for the environment."""
        return f"""
[store]
kind = "s3"
{more}
[store.s3]
endpoint = "{endpoint or self.endpoint}"
bucket = "{bucket}"
ca_file = "{self.ca_file}"
access_key = "{self.access_key}"
"""

    def environment(self):
        return {"LONGSHORE_STORE_S3_SECRET_KEY": self.secret_key}

    def objects(self, bucket):
        """{key: size}, without what a server tries at its start."""
        listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {entry["Key"]: entry["Size"] for entry in listed}

    def read(self, bucket, key):
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def unfinished(self, bucket, key):
        """Ids of this key's unfinished uploads: MinIO lists them of exactly one key."""
        return [upload["UploadId"] for upload in self.s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", [])]
