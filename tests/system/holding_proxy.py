"""TCP between a server and its store: passes bytes on, and holds back the requests and answers that a test names."""

import collections
import contextlib
import socket
import threading
import urllib.parse


class Held:
    """A request or its answer: `reached` when there is something to hold, passed on when the test sets `go`."""

    def __init__(self, words, answer):
        self.words = words
        self.answer = answer
        self.reached = threading.Event()
        self.go = threading.Event()
        self.server = None

    def drop(self):
        """The server sees its connection end. What is held of a request still goes to the store, when it is let go."""
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)


def count_of(counter, *words):
    """Of all lines with these words."""
    return sum(count for line, count in list(counter.items()) if all(word in line for word in words))


class HoldingProxy:
    def __init__(self, target):
        parts = urllib.parse.urlsplit(target)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.passed = collections.Counter()    # first line of a request: bytes of it that went to the store
        self.answered = collections.Counter()  # likewise: pieces of its answer
        self.holds = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for held in self.holds:
            held.go.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def hold(self, *words, answer=False):
        """Holds the first request from now on whose first line has all the words, or what answers it."""
        held = Held(words, answer)
        self.holds.append(held)
        return held

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                server, _ = self.listener.accept()
                threading.Thread(target=self._connection, args=[server], daemon=True).start()

    def _connection(self, server):
        with server, socket.create_connection(self.target) as store:
            state = {"line": "", "answer": None}
            answers = threading.Thread(target=self._pump, args=(store, server, state, self._answer), daemon=True)
            answers.start()
            self._pump(server, store, state, self._request)
            answers.join()

    @staticmethod
    def _pump(source, sink, state, look):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                look(data, state, (source, sink))
                sink.sendall(data)
        for side, way in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                side.shutdown(way)

    def _request(self, data, state, sides):
        if data.startswith((b"GET /", b"HEAD /", b"PUT /", b"POST /", b"DELETE /")):
            state["line"] = data.partition(b"\r\n")[0].decode()
            for held in self.holds:
                if not held.reached.is_set() and all(word in state["line"] for word in held.words):
                    held.server = sides[0]
                    if held.answer:
                        state["answer"] = held
                    else:
                        held.reached.set()
                        held.go.wait()
        self.passed[state["line"]] += len(data)

    def _answer(self, _data, state, _sides):
        self.answered[state["line"]] += 1
        held, state["answer"] = state["answer"], None
        if held:
            held.reached.set()
            held.go.wait()
