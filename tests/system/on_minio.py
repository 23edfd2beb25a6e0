"""What the system tests over a bucket share: a MinIO a class, and a longshored over it."""

import pathlib
import sys
import threading

from harness import MIB, SystemTest, with_python_packages

with_python_packages()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
from minio_service import Minio  # noqa: E402

CHUNK = 5 * MIB  # the least that S3 takes
CONFIG = """
[sweep]
interval = "200ms"
orphan_age = "1s"
"""

# What an initiate says of an object, by the names of the .proto; check_kept() looks for all of it.
KEPT = {
    "name": "Größe 5.txt",
    "mime_type": "text/x-sample; charset=utf-8",
    "content_disposition": 'attachment; filename="five.txt"',
    "cache_control": "private, max-age=60",
    "storage_class": "REDUCED_REDUNDANCY",  # the one besides STANDARD that MinIO has
    "tags": {"kind": "a b+c=d/e", "größe": "fünf"},
}


def lower_camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class OnMinio(SystemTest):
    """Each test against both of them: without TLS and versions, and with both."""
    tls = False
    bucket = "plain"

    @classmethod
    def setUpClass(cls):
        cls.minio = Minio(cls.tls)
        cls.addClassCleanup(cls.minio.close)

    def setUp(self):
        super().setUp()
        self.longshored = self.server(self.minio.config(self.bucket, 'single_put_threshold = "1MiB"') + CONFIG,
                                      environment=self.minio.environment())

    def key_of(self, upload):
        return f"connectors/cli/{upload}.pb"

    def stored(self, upload):
        return self.minio.read(self.bucket, self.key_of(upload))

    def check_kept(self, upload):
        """The object has what KEPT says, and names its upload."""
        place = {"Bucket": self.bucket, "Key": self.key_of(upload)}
        head = self.minio.s3.head_object(**place)
        self.assertEqual((head["ContentType"], head["ContentDisposition"], head["CacheControl"], head["StorageClass"]),
                         (KEPT["mime_type"], KEPT["content_disposition"], KEPT["cache_control"], KEPT["storage_class"]))
        tags = self.minio.s3.get_object_tagging(**place)["TagSet"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, KEPT["tags"])
        said = head["Metadata"]
        self.assertEqual((said["upload-id"], said["node-id"], said["connector-id"], said["original-name"]),
                         (upload, upload, "cli", "Gr%C3%B6%C3%9Fe 5.txt"))

    def send_parts(self, upload, data, numbers, last=True):
        pieces = [data[at:at + CHUNK] for at in range(0, len(data), CHUNK)]
        answers = {}

        def send(number):
            is_last = last and number == len(pieces) - 1
            answers[number] = self.longshored.put_part(upload, number, pieces[number], last=is_last)

        threads = [threading.Thread(target=send, args=[number]) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers
