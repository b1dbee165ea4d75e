"""measures - one server's turn in a round, for each kind of cell: figures by name, all of them numbers.

`load` is what croft-bench does to a filled server. `calls` is the same, with its system calls counted; its times are
of no use. `idle` and `memory` each have a fresh server.
"""
import resource
import socket
import time

from calls import Calls
from filler import Filler

SETTLED = 3  # seconds after which servers gave back what they will
WATCHED = 4  # seconds
CHECKPOINTS = 9


def rise(before, after):
    return {task: now - before.get(task, 0) for task, now in after.items()}


def words_of(work, round_number):
    words = ["--seed", str(round_number + 1), "--requests", str(work["requests"])]
    return words + (["--rate", str(work["rate"])] if work["rate"] else [])


def load(bench, server, work, round_number):
    """What the kernel counted for the server's threads is exact once they sleep again."""
    before = server.cpu()
    done = bench(server, work, words_of(work, round_number))["load"]
    time.sleep(0.05)
    spent = rise(before, server.cpu())
    cpu_us = sum(spent.values()) / 1000
    return {"cpu_us": cpu_us / done["requests"], "server_busy": min(1, max(spent.values()) / 1e9 / done["seconds"]),
            "per_second": done["per_second"], "p50_us": done["both"]["p50_us"], "p99_us": done["both"]["p99_us"],
            "p999_us": done["both"]["p99.9_us"], "max_us": done["both"]["max_us"],
            "late_p99_us": done["late"]["p99_us"],
            "mb_per_cpu_second": (done["bytes_sent"] + done["bytes_received"]) / cpu_us,
            "generator_us": done["generator_cpu_us"], "generator_busy": done["generator_busy"],
            "unsent": done["unsent"], "curve_us": done["both"]["curve_us"]}


def calls(bench, server, work, round_number):
    wakeups, sleeps = server.wakeups(), server.sleeps()
    with Calls(server.pid) as counted:
        done = bench(server, work, words_of(work, round_number))["load"]
    requests = done["requests"]
    return {"calls": counted.all / requests, "polls": counted.polls / requests,
            "calls_but_polls": (counted.all - counted.polls) / requests,
            "sleeps": sum(rise(sleeps, server.sleeps()).values()) / requests,
            "wakeups": (server.wakeups() - wakeups) / requests, "per_second": done["per_second"]}


def greet(server):
    """A connection that was used once."""
    peer = socket.create_connection(("127.0.0.1", server.port), 10)
    peer.sendall(b"version\r\n" if server.protocol == "memcached" else b"*1\r\n$4\r\nPING\r\n")
    peer.recv(64)
    return peer


def watch_idle(server):
    """Calls and microseconds of CPU time in a second without a request."""
    before = server.cpu()
    with Calls(server.pid) as counted:
        began = time.time()
        time.sleep(WATCHED)
        seconds = time.time() - began
    return counted.all / seconds, sum(rise(before, server.cpu()).values()) / 1000 / seconds


def idle(_, server, work, __):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    greet(server).close()
    calls_alone, us_alone = watch_idle(server)
    private, resident = server.private(), server.resident()
    peers = []
    try:
        for _ in range(work["connections"]):
            peers.append(greet(server))
        time.sleep(SETTLED)
        grown, grown_resident = server.private() - private, server.resident() - resident
        calls_connected, us_connected = watch_idle(server)
    finally:
        for peer in peers:
            peer.close()
    return {"bytes_per_connection": grown / work["connections"],
            "resident_per_connection": grown_resident / work["connections"], "calls_alone": calls_alone,
            "us_alone": us_alone, "calls_connected": calls_connected, "us_connected": us_connected}


def memory(_, server, work, __):
    """The resident set's growth, at checkpoints between a quarter of the keys and all of them: tables that double are
    seen full and nearly empty."""
    empty = server.resident()
    filler = Filler(server, work)
    found = []
    for step in range(CHECKPOINTS):
        keys = round(work["keys"] * 4 ** (step / (CHECKPOINTS - 1) - 1))
        filler.fill_to(keys)
        time.sleep(0.05)
        found.append((server.resident() - empty) / keys)
    filler.close()
    mean = sum(found) / len(found)
    needed = 16 + (work["value"] or 8)
    return {"bytes_per_key": mean, "smallest": min(found), "largest": max(found), "overhead": mean - needed,
            "overhead_share": mean / needed - 1}


KINDS = {"load": load, "calls": calls, "idle": idle, "memory": memory}
FRESH = ("idle", "memory")  # kinds that start a server for every turn
