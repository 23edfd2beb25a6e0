"""A MinIO of a test's own (tests/services/minio), and boto3 as the other pair of eyes on it."""

import boto3
import botocore.config

from service import Service


class Minio(Service):
    def __init__(self, tls=False):
        super().__init__("minio", *(["--tls"] if tls else []))
        self.endpoint = self.said["endpoint"]
        self.access_key = self.said["access_key"]
        self.secret_key = self.said["secret_key"]
        self.ca_file = self.said["ca_file"]
        self.s3 = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            region_name="us-east-1", verify=self.ca_file or None,
            config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

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
