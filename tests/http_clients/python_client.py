#!/usr/bin/env python3
"""A whole upload by Python's http.client, four parts at a time, each repeated until it is taken.   python_client.py URL FILE
Prints the node's id."""

import concurrent.futures
import http.client
import json
import os
import sys
import time
import urllib.parse

CHUNK = 1_000_000


def call(server, method, path, body, content_type):
    """A broken connection, "busy" and "come back later" are no answers: every call may be repeated."""
    kind = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection
    for attempt in range(1, 31):
        wait_s = attempt / 10
        connection = kind(server.hostname, server.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status < 300:
                return json.loads(text)
            if answer.status < 500 and answer.status not in (409, 429):
                raise SystemExit(f"refused: {text}")
            wait_s = float(answer.headers.get("Retry-After", wait_s))
        except (OSError, http.client.HTTPException) as error:
            text = error
        finally:
            connection.close()
        time.sleep(wait_s)
    raise SystemExit(f"given up: {text}")


def main(url, file):
    server = urllib.parse.urlsplit(url)
    size = os.path.getsize(file)
    count = -(-size // CHUNK)

    def post(path, **fields):
        return call(server, "POST", path, json.dumps(fields), "application/json")

    begun = post("/v1/uploads", connectorId="python", name="file.bin", idempotencyKey=f"python-{os.getpid()}-{time.time_ns()}",
                 expectedSize=size, chunkSize=CHUNK)
    upload = begun["uploadId"]

    def put(number):
        with open(file, "rb") as source:
            source.seek(number * CHUNK)
            call(server, "PUT", f"/v1/uploads/{upload}/parts/{number}", source.read(CHUNK), "application/octet-stream")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(count)))
    while post(f"/v1/uploads/{upload}/complete", totalChunks=count)["state"] != "COMPLETED":
        time.sleep(0.2)
    print(begun["nodeId"])


if __name__ == "__main__":
    main(*sys.argv[1:])
