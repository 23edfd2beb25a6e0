"""HTTP/2 that nobody sends by mistake, frame by frame: the server ends it or answers it, its memory stays small, and another
client's calls are as fast as before."""

import contextlib
import gzip
import resource
import socket
import statistics
import struct
import threading
import time

from grpc_client import Client, api
from harness import MIB, SMALL_PARTS, SystemTest, main, wait_for

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPLOADS = b"/longshore.v1.UploadService/"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def hpack_integer(value, prefix):
    most = (1 << prefix) - 1
    if value < most:
        return bytes([value])
    out, value = bytes([most]), value - most
    while value >= 128:
        out, value = out + bytes([value % 128 + 128]), value // 128
    return out + bytes([value])


def hpack(fields):
    """Each as a literal, never indexed."""
    def text(value):
        return hpack_integer(len(value), 7) + value
    return b"".join(b"\x10" + text(name) + text(value) for name, value in fields)


def call_fields(method, *more):
    return [(b":method", b"POST"), (b":scheme", b"http"), (b":path", UPLOADS + method), (b":authority", b"x"),
            (b"te", b"trailers"), (b"content-type", b"application/grpc"), *more]


def message(request, compressed=False):
    data = request if isinstance(request, bytes) else request.SerializeToString()
    return struct.pack(">BI", compressed, len(data)) + data


class Attacker:
    """A connection on which every frame is written by hand, and what the server says is read in the background."""

    def __init__(self, port, acknowledge=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.stream = 1
        self.frames = {}  # by kind: how many came
        self.ended = {}  # streams that the server has ended
        self.goaway_code = None
        self.closed = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        self.send(PREFACE + frame(SETTINGS) + (frame(SETTINGS, ACK) if acknowledge else b""))

    def send(self, data):
        """False: the server has closed."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def _read(self):
        with contextlib.suppress(OSError, EOFError):
            with self.socket.makefile("rb") as incoming:
                while True:
                    head = incoming.read(9)
                    if len(head) < 9:
                        break
                    kind, flags, stream = struct.unpack(">BBI", head[3:])
                    payload = incoming.read(int.from_bytes(head[:3], "big"))
                    self.frames[kind] = self.frames.get(kind, 0) + 1
                    if kind == GOAWAY:
                        self.goaway_code = int.from_bytes(payload[4:8], "big")
                    if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
                        self.ended.setdefault(stream, kind)
        self.closed.set()

    def open(self, method, *more, end=False):
        stream, self.stream = self.stream, self.stream + 2
        flags = END_HEADERS | (END_STREAM if end else 0)
        self.send(frame(HEADERS, flags, stream, hpack(call_fields(method, *more))))
        return stream

    def data(self, stream, data, end=False):
        for at in range(0, max(len(data), 1), 16384):
            last = end and at + 16384 >= len(data)
            if not self.send(frame(DATA, END_STREAM if last else 0, stream, data[at:at + 16384])):
                return False
        return True

    def close(self):
        self.socket.close()


class GrpcAttackTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS + "[limits]\nheader_timeout = \"2s\"\n")
        self.client = Client(self.longshored.grpc_port)
        self.addCleanup(self.client.close)
        self.upload = self.client.initiate().upload_id
        self.before = self.resident()

    def attacker(self, **options):
        attacker = Attacker(self.longshored.grpc_port, **options)
        self.addCleanup(attacker.close)
        return attacker

    def resident(self, name="VmRSS"):
        with open(f"/proc/{self.longshored.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))

    def cpu_s(self):
        with open(f"/proc/{self.longshored.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def check_others(self):
        """Memory is small, both fronts serve."""
        self.assertLess(self.resident("VmHWM") - self.before, 64 * MIB)
        self.assertEqual(self.longshored.get("/readyz").status, 200)
        begun = time.monotonic()
        self.assertEqual(self.client.status(self.upload).state, api.PENDING)
        self.assertLess(time.monotonic() - begun, 1)
        newcomer = Client(self.longshored.grpc_port)
        self.addCleanup(newcomer.close)
        self.assertEqual(newcomer.status(self.upload).chunks_received, 0)

    def answered(self, attacker, stream):
        wait_for(lambda: stream in attacker.ended, 10, "the stream is over")

    # ---- messages --------------------------------------------------------------------------------------------------

    def test_compressed_messages_are_not_opened(self):
        bomb = gzip.compress(bytes(200 * MIB), 1)
        attacker = self.attacker()
        for fields, data in [([(b"grpc-encoding", b"gzip")], message(bomb, compressed=True)), ([], message(bomb, compressed=True))]:
            stream = attacker.open(b"UploadChunk", *fields)
            attacker.data(stream, data[:1000])
            self.answered(attacker, stream)
            self.assertEqual(attacker.ended[stream], HEADERS, "it is told why")
        self.check_others()

    def test_a_prefix_of_four_gigabytes(self):
        attacker = self.attacker()
        stream = attacker.open(b"UploadChunk")
        attacker.data(stream, b"\0\xff\xff\xff\xff" + b"x" * 900)
        self.answered(attacker, stream)
        self.assertEqual(attacker.ended[stream], HEADERS, "it is told why")
        self.check_others()

    def send_300_megabytes(self, prefix):
        attacker = self.attacker()
        stream = attacker.open(b"UploadChunk")
        sent = 0
        attacker.data(stream, prefix)
        while sent < 300 * MIB and attacker.data(stream, bytes(MIB)):
            sent += MIB
        wait_for(lambda: stream in attacker.ended or attacker.closed.is_set(), 10, "the stream is over")
        self.check_others()
        return attacker.ended.get(stream)

    def test_300_megabytes_in_spite_of_the_window(self):
        self.assertEqual(self.send_300_megabytes(b"\0\x03\0\0\0"), RST_STREAM)

    def test_300_megabytes_behind_a_prefix_of_four_gigabytes(self):
        self.send_300_megabytes(b"\0\xff\xff\xff\xff")

    def test_a_message_cut_off_is_not_stored(self):
        request = api.UploadChunkRequest(upload_id=self.upload, data=bytes(900), is_last=True)
        attacker = self.attacker()
        for cut in (4, 100, 800):
            stream = attacker.open(b"UploadChunk")
            attacker.data(stream, message(request)[:cut], end=True)
            self.answered(attacker, stream)
            self.assertEqual(attacker.ended[stream], HEADERS, "it is told why")
        self.check_others()

    def test_held_messages_of_one_client_leave_room_for_others(self):
        attacker = self.attacker()
        for _ in range(100):
            attacker.data(attacker.open(b"UploadChunk"), b"\0\x02\0\0\0" + b"\x1a" + b"\xff" * 3 + b"\x01" + b"x" * 1000)
        self.check_others()
        answer = self.client.put_chunk(self.client.initiate().upload_id, 0, bytes(100_000), last=True, named=True)
        self.assertTrue(answer.is_file_complete)

    # ---- headers ---------------------------------------------------------------------------------------------------

    def test_metadata_beyond_8_kilobytes_is_answered(self):
        attacker = self.attacker()
        stream = attacker.stream
        attacker.open(b"ListUploads", (b"x-much", b"y" * 9000), end=True)
        self.answered(attacker, stream)
        self.assertEqual(attacker.ended[stream], HEADERS)
        self.check_others()

    def test_endless_headers_are_cut_off(self):
        for acknowledge in (True, False):
            attacker = self.attacker(acknowledge=acknowledge)
            block = hpack([(b"x-%d" % i, b"y" * 100) for i in range(150)])[:16384]
            attacker.send(frame(HEADERS, 0, 1, hpack(call_fields(b"ListUploads"))))
            for _ in range(1000):  # 16 MB
                if not attacker.send(frame(CONTINUATION, 0, 1, block)):
                    break
            attacker.closed.wait(10)
            self.assertTrue(attacker.closed.is_set())
        self.check_others()

    def test_padded_integers_cost_nothing(self):
        begun = self.cpu_s()
        for start in (b"\x10\x7f", b"\x10\x00\x7f", b"\x3f"):
            attacker = self.attacker(acknowledge=False)
            attacker.send(frame(HEADERS, 0, 1, start + b"\x80" * 16000))
            for _ in range(600):  # 9.6 MB
                if not attacker.send(frame(CONTINUATION, 0, 1, b"\x80" * 16000)):
                    break
            attacker.closed.wait(10)
            self.assertTrue(attacker.closed.is_set())
        self.assertLess(self.cpu_s() - begun, 1)
        self.check_others()

    def test_who_never_takes_our_settings_is_closed(self):
        attacker = self.attacker(acknowledge=False)
        self.assertTrue(attacker.closed.wait(10))

    # ---- floods ----------------------------------------------------------------------------------------------------

    def flood(self, data, times, prepare=lambda attacker: None):
        """Sends it until the server has enough; other clients notice nothing meanwhile."""
        waits = []
        stop = threading.Event()

        def probe():
            while not stop.is_set():
                begun = time.monotonic()
                self.client.status(self.upload)
                waits.append(time.monotonic() - begun)

        attacker = self.attacker()
        prepare(attacker)
        prober = threading.Thread(target=probe)
        prober.start()
        begun = self.cpu_s()
        for number in range(times):
            if not attacker.send(data(number) if callable(data) else data):
                break
        attacker.closed.wait(10)
        stop.set()
        prober.join()
        self.assertTrue(attacker.closed.is_set(), "it may go on for ever")
        self.assertLess(self.cpu_s() - begun, 5)
        self.assertLess(max(waits), 0.5)
        self.assertLess(statistics.median(waits), 0.05)
        self.check_others()
        return attacker

    def test_100_000_resets(self):
        fields = hpack(call_fields(b"GetUploadStatus"))

        def opened_and_reset(batch):
            streams = range(2 * 100 * batch + 1, 2 * 100 * (batch + 1) + 1, 2)
            return b"".join(frame(HEADERS, END_HEADERS, s, fields) + frame(RST_STREAM, 0, s, struct.pack(">I", 8)) for s in streams)

        self.flood(opened_and_reset, 1000)

    def test_pings(self):
        attacker = self.flood(frame(PING, 0, 0, b"12345678") * 100, 1000)
        self.assertEqual(attacker.goaway_code, 11)  # ENHANCE_YOUR_CALM

    def test_settings(self):
        self.flood(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)) * 100, 1000)

    def test_window_updates(self):
        self.flood(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)) * 100, 1000)

    def test_priorities(self):
        self.flood(frame(PRIORITY, 0, 1, struct.pack(">IB", 0, 1)) * 100, 1000)

    def test_empty_data(self):
        self.flood(frame(DATA, 0, 1) * 100, 1000, prepare=lambda attacker: attacker.open(b"UploadChunk"))

    def test_streams_beyond_the_limit(self):
        attacker = self.attacker()
        streams = [attacker.open(b"UploadChunk") for _ in range(150)]
        wait_for(lambda: attacker.closed.is_set() or len(attacker.ended) >= 50, 10, "those beyond it are refused")
        self.assertFalse(set(streams[:100]) & set(attacker.ended), "the others are not")
        self.check_others()

    # ---- connections -----------------------------------------------------------------------------------------------

    def test_a_thousand_idle_connections(self):
        idle = [self.attacker() for _ in range(1000)]
        self.check_others()
        self.assertEqual(sum(attacker.closed.is_set() for attacker in idle), 0)

    def test_when_file_descriptors_run_out_both_fronts_serve_again(self):
        resource.prlimit(self.longshored.process.pid, resource.RLIMIT_NOFILE, (256, 256))
        idle = [self.attacker() for _ in range(200)]
        sockets = []
        for port in (self.longshored.grpc_port, self.longshored.port):
            for _ in range(400):
                sockets.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        wait_for(lambda: "could not be accepted" in self.longshored.log_text(), 10, "it is out of descriptors")
        for one in [*idle, *sockets]:
            one.close()
        wait_for(lambda: self.longshored.get("/readyz").status == 200, 10, "HTTP serves")
        newcomer = Client(self.longshored.grpc_port)
        self.addCleanup(newcomer.close)
        self.assertEqual(newcomer.status(self.upload).state, api.PENDING)

    def test_what_is_no_http2(self):
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(500), b"\0" * 1000):
            with socket.create_connection(("127.0.0.1", self.longshored.grpc_port), timeout=10) as one:
                one.sendall(data)
                with contextlib.suppress(ConnectionResetError):
                    while one.recv(65536):
                        pass
        self.check_others()


if __name__ == "__main__":
    main()
