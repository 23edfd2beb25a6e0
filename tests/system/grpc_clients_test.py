"""Whole uploads by gRPC clients of other makers: the libraries of Go and C++ (tests/grpc_clients), and grpcurl, which knows of the
server's messages only what its reflection says. Each sends chunks at once, as messages and as streams, follows the progress, and is
refused once with its ErrorInfo."""

import base64
import concurrent.futures
import json
import pathlib
import subprocess
import sys

from harness import BIN, SMALL_PARTS, SystemTest, main, random_bytes

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "grpc_clients"))
import go_client  # noqa: E402
from go_tools import go_tool  # noqa: E402

CHUNK = 1_000_000
CHUNKS = 5
NOT_FOUND = 5


class GrpcClientsTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS)
        self.address = f"127.0.0.1:{self.longshored.grpc_port}"
        self.data = random_bytes((CHUNKS - 1) * CHUNK + 100, 1)

    def check_upload(self, node, states):
        self.assertEqual(self.longshored.content(node).body, self.data)
        self.assertEqual((states[0], states[-1]), ("PENDING", "COMPLETED"))

    def check_program(self, program):
        file = self.file("data", self.data)
        said = subprocess.run([program, self.address, file], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(said.returncode, 0, said.stderr)
        lines = dict(line.split(" ", 1) for line in said.stdout.splitlines())
        self.check_upload(lines["node"], lines["progress"].split())
        self.assertEqual(lines["refused"], f"{NOT_FOUND} NOT_FOUND longshore")

    def test_cpp(self):
        self.check_program(BIN / "grpc_cpp_client")

    def test_go(self):
        self.check_program(go_client.build((go_client.HERE / "go" / "main.go").read_text(), self.folder / "go"))

    def test_go_keeps_its_channel_alive(self):
        source = (go_client.HERE / "go" / "keepalive" / "main.go").read_text()
        program = go_client.build(source, self.folder / "keepalive")
        said = subprocess.run([program, self.address], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(said.stdout, "kept\n", said.stderr)

    # ---- grpcurl ---------------------------------------------------------------------------------------------------

    def grpcurl(self, method, *messages):
        """A call, and what it is to read."""
        call = subprocess.Popen([go_tool("grpcurl"), "-plaintext", "-format-error", "-d", "@", self.address,
                                 f"longshore.v1.UploadService/{method}"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.processes.append(call)
        return call, "".join(json.dumps(message) for message in messages)

    def answer(self, asked):
        call, text = asked
        output, errors = call.communicate(text, timeout=60)
        self.assertEqual(call.returncode, 0, errors)
        return json.loads(output)

    def chunk(self, upload, number):
        data = self.data[number * CHUNK:(number + 1) * CHUNK]
        header = {"upload_id": upload, "chunk_number": number, "is_last": number == CHUNKS - 1}
        if number % 2 == 0:
            return self.grpcurl("UploadChunk", {**header, "data": base64.b64encode(data).decode()})
        pieces = [data[at:at + 300_000] for at in range(0, len(data), 300_000)]
        return self.grpcurl("UploadChunkStream", {"header": {**header, "size": len(data)}},
                            *({"data": base64.b64encode(piece).decode()} for piece in pieces))

    def test_grpcurl(self):
        begun = self.answer(self.grpcurl("InitiateUpload", {"connector_id": "cli", "name": "curled", "chunk_size": CHUNK}))
        upload = begun["uploadId"]
        progress, text = self.grpcurl("StreamUploadProgress", {"upload_id": upload})
        progress.stdin.write(text)
        progress.stdin.close()
        progress.stdin = None
        said = ""
        while "PENDING" not in said:
            said += progress.stdout.readline()
        with concurrent.futures.ThreadPoolExecutor(CHUNKS) as pool:
            answers = list(pool.map(lambda number: self.answer(self.chunk(upload, number)), range(CHUNKS)))
        self.assertEqual([int(answer.get("chunkNumber", 0)) for answer in answers], list(range(CHUNKS)))
        done = self.answer(self.grpcurl("CompleteUpload", {"upload_id": upload, "total_chunks": CHUNKS}))
        self.assertEqual((done["state"], done["size"]), ("COMPLETED", str(len(self.data))))
        said += progress.communicate(timeout=60)[0]
        states = [line.split('"')[3] for line in said.splitlines() if '"state"' in line]
        self.check_upload(begun["nodeId"], states)

    def test_grpcurl_is_told_why(self):
        call, text = self.grpcurl("GetUploadStatus", {"upload_id": "nobody-1"})
        said = json.loads(call.communicate(text, timeout=60)[1])
        info = said["details"][0]
        self.assertEqual((said["code"], info["reason"], info["domain"]), (NOT_FOUND, "NOT_FOUND", "longshore"))
        self.assertIn("requestId", info["metadata"])


if __name__ == "__main__":
    main()
