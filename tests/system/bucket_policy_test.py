"""The policy of docs/buckets.md on a MinIO: with these rights the server does all its work; without any one of them the doctor
names it."""

import copy
import json
import pathlib
import re

from harness import SystemTest, main
from on_minio import CHUNK, CONFIG, KEPT, OnMinio, lower_camel

from minio_users import add_user  # the folder of services is in the path by now

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "buckets.md"

# Of these, which AWS asks for, MinIO asks in no call of ours: who may list, tag or delete a thing may do so with its versions.
NOT_ASKED_FOR = {"s3:ListBucketVersions", "s3:PutObjectTagging", "s3:DeleteObjectVersion"}

# The right to read a version is one to read the newest.
ALIKE = {"s3:GetObject": {"s3:GetObject", "s3:GetObjectVersion"}}


def policy_of_the_page(bucket):
    text = re.search(r"```json\n(.*?)```", PAGE.read_text(), re.S).group(1)
    return json.loads(text.replace(":::documents", f":::{bucket}"))


def rights_of(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def without(policy, right):
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action not in ALIKE.get(right, {right})]
    return less


class BucketPolicyTest(OnMinio):
    bucket = "versioned"

    def setUp(self):
        SystemTest.setUp(self)

    def as_user(self, policy, **options):
        key, secret = add_user(self.minio, policy)
        config = self.minio.config(self.bucket, 'single_put_threshold = "1MiB"').replace(self.minio.access_key, key)
        return self.server(config + CONFIG, environment={"LONGSHORE_STORE_S3_SECRET_KEY": secret}, **options)

    def test_with_these_rights_the_server_does_its_work(self):
        self.longshored = self.as_user(policy_of_the_page(self.bucket))
        data = bytes(range(256)) * (CHUNK // 256) + b"the end"
        said = {lower_camel(name): value for name, value in KEPT.items()}
        upload = self.longshored.initiate(**said)["uploadId"]
        self.send_parts(upload, data, [1, 0])
        self.assertEqual(self.stored(upload), data)
        self.check_kept(upload)

    def test_without_any_of_them_the_doctor_names_it(self):
        policy = policy_of_the_page(self.bucket)
        self.assertEqual(self.as_user(policy, start=False).verb("doctor").returncode, 0)
        for right in sorted(rights_of(policy) - NOT_ASKED_FOR - {"s3:GetObjectVersion"}):
            with self.subTest(right):
                found = self.as_user(without(policy, right), start=False).verb("doctor")
                self.assertEqual(found.returncode, 1, found.stdout)
                self.assertIn(right, found.stdout)


if __name__ == "__main__":
    main()
