"""Proxies in front of a Longshore, configured as docs/proxies.md says, on a free port with a certificate made for the test."""

import os
import pathlib
import re
import subprocess

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "proxies.md"

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/errors info;
events {{}}
http {{
    log_format passed '$request_uri $upstream_status';
    access_log {folder}/passed passed;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
{block}
}}
"""

HAPROXY = """
global
    log stdout format raw local0
{block}
"""


def certificate(folder):
    """(certificate, key): for 127.0.0.1, signed by itself."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=longshore test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Proxy:
    """Runs from its making to close(). `changes` are regular expressions and what takes their place in the document's block."""

    def __init__(self, kind, folder, port, http_port, grpc_port, changes=()):
        self.kind = kind
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.port = port
        self.url = f"https://127.0.0.1:{port}"
        self.certificate, key = certificate(self.folder)
        both = self.folder / "both.pem"
        both.write_text(self.certificate.read_text() + key.read_text())
        block = re.search(rf"(?ms)^```{kind}\n(.*?)^```", DOCUMENT.read_text()).group(1)
        for pattern, put in [(r"127\.0\.0\.1:7070", f"127.0.0.1:{http_port}"), (r"127\.0\.0\.1:7071", f"127.0.0.1:{grpc_port}"),
                             (r"(listen|bind) :?443", rf"\1 127.0.0.1:{port}"), (r"/etc/ssl/private/\S+\.key", str(key)),
                             (r"/etc/ssl/\S+\.pem", str(self.certificate)), (r"/etc/haproxy/\S+\.pem", str(both))]:
            block = re.sub(pattern, put, block)
        for pattern, put in changes:
            block, found = re.subn(pattern, put, block)
            if not found:
                raise AssertionError(f"{DOCUMENT} has no {pattern}")
        self.log = self.folder / ("passed" if kind == "nginx" else "log")
        config = self.folder / "config"
        if kind == "nginx":
            config.write_text(NGINX.format(folder=self.folder, block=block))
            command = ["nginx", "-p", str(self.folder), "-e", str(self.folder / "errors"), "-c", str(config)]
        else:
            config.write_text(HAPROXY.format(block=block.replace("    mode http\n", "    mode http\n    log global\n    option httplog\n", 1)))
            command = ["haproxy", "-db", "-f", str(config)]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})

    def close(self):
        self.process.kill()
        self.process.wait()

    def said(self):
        return "".join((self.folder / name).read_text(errors="replace") for name in ("log", "errors") if (self.folder / name).exists())

    def passed_on(self, path):
        """How many requests of this path it has sent to Longshore."""
        if self.kind == "nginx":
            wanted = rf"^{re.escape(path)} \d+$"
        else:
            wanted = rf" longshore_\w+/longshore .* \"\S+ \S*{re.escape(path)} "
        return len(re.findall(wanted, self.log.read_text(errors="replace"), re.M))
