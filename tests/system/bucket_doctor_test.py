"""longshored doctor on buckets of a MinIO: what it tries one by one, what it advises, and that it leaves nothing behind."""

from harness import SystemTest, main
from on_minio import OnMinio


class BucketDoctorTest(OnMinio):
    def setUp(self):
        SystemTest.setUp(self)

    def doctor(self, config, environment=None):
        server = self.server(config, environment=environment or self.minio.environment(), start=False)
        return server.verb("doctor")

    def test_a_good_bucket(self):
        for bucket in ("plain", "versioned"):
            found = self.doctor(self.minio.config(bucket))
            self.assertEqual(found.returncode, 0, found.stdout + found.stderr)
            self.assertIn(f"ok    bucket {bucket}: profile minio, checksums", found.stdout)
            for what in ("begun", "stored", "listed", "aborted", "looked at", "read", "deleted"):
                self.assertRegex(found.stdout, rf"ok    bucket {bucket}: .*{what}")
            left = self.minio.s3.list_object_versions(Bucket=bucket, Prefix="longshore-probe/")
            self.assertEqual(left.get("Versions", []) + left.get("DeleteMarkers", []), [])

    def test_a_wrong_key_a_missing_bucket_and_nobody_there(self):
        wrong = self.doctor(self.minio.config("plain"), {"LONGSHORE_STORE_S3_SECRET_KEY": "wrong-secret"})
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("-> the key or its secret", wrong.stdout)
        self.assertNotIn("wrong-secret", wrong.stdout + wrong.stderr)
        missing = self.doctor(self.minio.config("not-there"))
        self.assertIn("-> make the bucket", missing.stdout)
        nobody = self.doctor(self.minio.config("plain").replace(self.minio.endpoint, "http://127.0.0.1:1"))
        self.assertIn("-> see s3.endpoint", nobody.stdout)


if __name__ == "__main__":
    main()
