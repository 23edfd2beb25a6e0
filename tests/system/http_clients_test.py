"""Whole uploads by HTTP clients of other makers (tests/http_clients): curl, Python's http.client, Node's fetch, Go's net/http. Each
sends four parts at a time and repeats what fails, while the server is killed and started again; straight, and through nginx."""

import os
import pathlib
import shutil
import subprocess
import sys

from harness import SMALL_PARTS, SystemTest, free_port, main, random_bytes, wait_for

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "http_clients"
sys.path.insert(0, str(CLIENTS.parent / "services"))
from proxies import Proxy  # noqa: E402

# Slow enough that a kill hits an upload in the middle.
CONFIG = SMALL_PARTS + """
[limits]
parts_in_flight_per_upload = 2
"""
SIZE = 40_000_017


class HttpClientsTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(CONFIG)
        self.data = random_bytes(SIZE, 1)
        self.sent = self.file("file.bin", self.data)

    def upload(self, program, url, environment=None):
        """By one client; the server is killed as soon as it has the first part."""
        client = subprocess.Popen([*map(str, program), url, str(self.sent)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, **(environment or {})})
        self.processes.append(client)
        wait_for(lambda: client.poll() is not None or self.parts_there(), 60, "the first part")
        self.longshored.kill()
        self.assertIsNone(client.poll(), "the upload was over before the server was killed")
        self.longshored.start()
        output, errors = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 0, errors[-2000:])
        self.assertEqual(self.longshored.content(output.split()[-1]).body, self.data)

    def parts_there(self):
        return any(upload["state"] == "UPLOADING" for upload in self.longshored.get("/v1/uploads").json()["uploads"])

    def straight_and_proxied(self, program, certificate_variable):
        with self.subTest("straight"):
            self.upload(program, self.longshored.url)
        with self.subTest("nginx"):
            proxy = Proxy("nginx", self.folder / "proxy", free_port(), self.longshored.port, self.longshored.grpc_port)
            self.addCleanup(proxy.close)
            self.upload(program, proxy.url, {certificate_variable: str(proxy.certificate)})

    def test_curl(self):
        self.straight_and_proxied([CLIENTS / "curl_client.sh"], "CURL_CA_BUNDLE")

    def test_python(self):
        self.straight_and_proxied([sys.executable, CLIENTS / "python_client.py"], "SSL_CERT_FILE")

    def test_node(self):
        node = shutil.which("node") or shutil.which("nodejs")
        self.assertTrue(node, "there is no Node: scripts/install-deps test")
        self.straight_and_proxied([node, CLIENTS / "node_client.mjs"], "NODE_EXTRA_CA_CERTS")

    def test_go(self):
        program = self.folder / "go_client"
        subprocess.run(["go", "build", "-o", program, CLIENTS / "go_client.go"], check=True, env={**os.environ, "CGO_ENABLED": "0"})
        self.straight_and_proxied([program], "SSL_CERT_FILE")


if __name__ == "__main__":
    main()
