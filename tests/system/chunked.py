"""Uploads of small chunks, for the tests of what a server keeps elsewhere."""

from harness import SystemTest, random_bytes

CHUNK = 64 * 1024


class ChunkTest(SystemTest):
    """Of self.longshored."""

    def begin(self, parts, seed):
        """An upload of as many chunks, and its bytes."""
        upload = self.longshored.initiate(chunkSize=str(CHUNK))["uploadId"]
        return upload, random_bytes(parts * CHUNK, seed)

    def send(self, upload, data, number):
        last = (number + 1) * CHUNK >= len(data)
        return self.longshored.put_part(upload, number, data[number * CHUNK:(number + 1) * CHUNK], last=last)

    def check_completed(self, upload, data):
        answer = self.longshored.get(f"/v1/uploads/{upload}").json()
        self.assertEqual(answer["state"], "COMPLETED")
        self.assertEqual(self.longshored.content(upload).body, data)
