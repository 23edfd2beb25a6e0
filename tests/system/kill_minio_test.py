"""Servers and clients that are killed, over a MinIO (kill_rounds.py says what is to hold)."""

from harness import LONG, SystemTest, main
from kill_rounds import CONFIG, Rounds
from on_minio import CHUNK, OnMinio


class KillMinioTest(Rounds, OnMinio):
    class sizes(Rounds.sizes):
        file_max = 3 * CHUNK
        put = (CHUNK, 3 * CHUNK)
        put_part = "5MiB"
        chunks = (CHUNK, CHUNK + 100_000)
        fails_for_ever_s = 15  # a completion that was cut off can leave this MinIO with an upload that takes no part

    def setUp(self):
        SystemTest.setUp(self)
        # This MinIO ends what its client has left.
        store = self.minio.config(self.bucket, 'single_put_threshold = "1MiB"\ncompletion_deadline = "10s"')
        self.begin_rounds(self.server(store + CONFIG, environment=self.minio.environment()))

    def unfinished(self):
        """MinIO lists the unfinished uploads of exactly one key."""
        return [left for upload in self.longshored.all_of("/v1/uploads", "uploads")
                for left in self.minio.unfinished(self.bucket, self.key_of(upload))]

    def key_of(self, upload):
        return f"connectors/{upload['connectorId']}/{upload['uploadId']}.pb"

    def objects(self):
        return self.minio.objects(self.bucket)

    def test_rounds(self):
        self.run_rounds(60 if LONG else 20)


if __name__ == "__main__":
    main()
