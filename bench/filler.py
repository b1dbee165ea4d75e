"""filler - stores keys of one kind, as `memory` needs them: text or counters, with or without a time to live.

Cost    about 400,000 keys per second.
Errors  Trouble when the server refuses one.
"""
import socket

from servers import Trouble

CHUNK = 500
TTL = 1_000_000  # seconds: nothing ends while we look
FIRST_COUNT = 1_000_000  # no server keeps numbers as large ready-made


def resp_stencil(work):
    if work["value"] is None:
        return b"*3\r\n$6\r\nINCRBY\r\n$16\r\nkey:%012d\r\n$7\r\n%07d\r\n"
    words = b"*%d\r\n$3\r\nSET\r\n$16\r\nkey:%%012d\r\n$%d\r\nv%%0%dd\r\n" % (5 if work["ttl"] else 3, work["value"],
                                                                         work["value"] - 1)
    return words + (b"$2\r\nEX\r\n$%d\r\n%d\r\n" % (len(str(TTL)), TTL) if work["ttl"] else b"")


def memcached_stencil(work):
    if work["value"] is None:
        return b"set key:%012d 0 0 7\r\n%07d\r\n"
    return b"set key:%%012d 0 %d %d\r\nv%%0%dd\r\n" % (TTL if work["ttl"] else 0, work["value"], work["value"] - 1)


class Filler:
    def __init__(self, server, work):
        self.name, self.done = server.name, 0
        self.good, stencil = (b"STORED", memcached_stencil(work)) if server.protocol == "memcached" else \
                             (b":" if work["value"] is None else b"+OK", resp_stencil(work))
        self.stencil = stencil
        self.peer = socket.create_connection(("127.0.0.1", server.port), 30)

    def fill_to(self, keys):
        """Stores the next ones until there are so many."""
        while self.done < keys:
            last = min(keys, self.done + CHUNK)
            self.peer.sendall(b"".join([self.stencil % (key, FIRST_COUNT + key) for key in range(self.done, last)]))
            self.take(last - self.done)
            self.done = last

    def take(self, count):
        replies = b""
        while replies.count(b"\n") < count:
            more = self.peer.recv(65536)
            if not more:
                raise Trouble(f"{self.name} hung up while it was filled")
            replies += more
        bad = [line for line in replies.splitlines() if not line.startswith(self.good)]
        if bad:
            raise Trouble(f"{self.name} would not store a key: {bad[0][:200]!r}")

    def close(self):
        self.peer.close()
