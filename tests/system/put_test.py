"""The client and the server together, where an upload does not go straight to its end."""

import json
import os

from harness import MIB, SMALL_PARTS, SystemTest, main, random_bytes, wait_for

PARTS = 200


class PutTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS)
        self.data = random_bytes(PARTS * MIB // 4, 1)
        self.source = self.file("film", self.data)

    def put(self):
        return ("--json", "put", str(self.source), "--part-size", "256KiB", "--parallel", "1")

    def break_off(self):
        """Kills a client when some parts of the film are there; its upload."""
        client = self.client(self.longshored, *self.put())
        upload = wait_for(self.begun, 30, "some parts are there")
        client.kill()
        client.communicate()
        self.assertIsNone(self.active_node(), "the client was too fast for this test")
        return upload

    def begun(self):
        uploads = self.longshored.all_of("/v1/uploads?state=UPLOADING", "uploads")
        return uploads[0]["uploadId"] if uploads and int(uploads[0]["chunksReceived"]) >= 3 else None

    def active_node(self):
        nodes = self.longshored.all_of("/v1/nodes?state=ACTIVE", "nodes")
        return nodes[0]["nodeId"] if nodes else None

    def change_secretly(self):
        """Other bytes in place, of the same size, with the old time: nothing but the content shows it."""
        before = os.stat(self.source)
        self.data = b"another beginning" + self.data[17:]
        with open(self.source, "r+b") as file:
            file.write(self.data[:17])
        os.utime(self.source, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = os.stat(self.source)
        self.assertEqual((after.st_size, after.st_mtime_ns, after.st_ino), (before.st_size, before.st_mtime_ns, before.st_ino))

    def test_the_same_command_goes_on(self):
        self.break_off()
        code, output, errors = self.run_client(self.longshored, *self.put())
        self.assertEqual(code, 0, errors)
        self.assertIn("parts are there", errors)
        self.assertEqual(self.longshored.content(json.loads(output)["nodeId"]).body, self.data)

    def test_two_states_of_a_file_never_become_an_object(self):
        upload = self.break_off()
        self.change_secretly()

        code, output, errors = self.run_client(self.longshored, *self.put())
        self.assertEqual(code, 1, errors)
        self.assertIsNone(self.active_node(), "a mixture is published")
        self.assertFalse(self.longshored.stored_objects())
        self.assertEqual(self.longshored.get(f"/v1/uploads/{upload}").json()["state"], "CANCELLED")
        error = json.loads(output)["error"]
        self.assertEqual(error["reason"], "FILE_CHANGED")
        self.assertIn("has changed since an earlier run", error["detail"])
        self.assertIn(f"upload {upload} is cancelled", error["detail"])
        self.assertIn("the same command begins a new one", error["detail"])

        code, output, errors = self.run_client(self.longshored, *self.put())
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.longshored.content(json.loads(output)["nodeId"]).body, self.data)


if __name__ == "__main__":
    main()
