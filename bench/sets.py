"""sets - what compare can do: the work, who does it, and which of it matters most.

A cell is one line of work, a plain dictionary; a set is the cells that one table shows. measures.py knows how each kind
of cell is measured; targets.txt says what the figures should be.
"""
from dataclasses import dataclass
from typing import Callable, Optional

WORK = {1: 150_000, 10: 700_000, 50: 1_500_000}  # requests of a turn, by pipeline: some seconds each
SPEED = {1: 65_000, 10: 450_000, 50: 800_000}  # about what a server does in a second here, to foretell how long it takes
MEMCACHED_SPEED = 170_000  # whatever the pipeline


@dataclass
class Set:
    title: str
    cells: Optional[Callable]
    servers: tuple  # those of them that are there
    rounds: int
    reference: str = "redis"  # or several: the better one of each cell
    columns: str = "load"  # which of the tables in results.py
    more: str = ""  # options for all servers that speak RESP


def cell(pipeline, **other):
    """One line of work. `rate` is requests per second, or 'half' of what the reference did in the cell before."""
    usual = {"kind": "load", "pipeline": pipeline, "connections": 50, "get_share": 0.5, "keys": 1_000_000,
             "value_size": "64", "distribution": "uniform", "requests": WORK[pipeline], "rate": None, "shards": None}
    return {**usual, "name": f"P={pipeline}", **other}


def depths(**other):
    return [cell(pipeline, **other) for pipeline in WORK]


def large_cells():
    sizes = (("64kb", 4096, 25_000), ("256kb", 1024, 6_000), ("1mb", 256, 1_500))
    return [cell(1, name=f"{verb} {size}", value_size=size, keys=keys, requests=requests, get_share=share,
                 connections=8)
            for size, keys, requests in sizes for verb, share in (("GET", 1), ("SET", 0))]


def latency_cells():
    return [cell(1, name="closed loop", requests=80_000), cell(1, name="open loop at half load", rate="half",
                                                              requests=70_000),
            cell(1, name="one client", connections=1, requests=25_000)]


def call_cells():
    return [cell(pipeline, kind="calls", requests=requests) for pipeline, requests in
            ((1, 100_000), (10, 500_000), (50, 1_000_000))] + \
           [cell(1, kind="calls", name="P=1, 256 connections", requests=100_000, connections=256)]


def idle_cells():
    return [{"kind": "idle", "name": "10,000 idle connections", "connections": 10_000}]


def memory_cells():
    """Keys of 16 bytes. `value`: bytes, or None for a counter. `beside`: the case that it is to be compared with."""
    cases = (("64 B", 64, 0, 2_000_000), ("64 B with TTL", 64, 1, 2_000_000), ("1 KB", 1024, 0, 300_000),
             ("11 B", 11, 0, 2_000_000), ("counter", None, 0, 2_000_000))
    return [{"kind": "memory", "name": name, "value": value, "ttl": ttl, "keys": keys, "beside": "64 B" if ttl else None}
            for name, value, ttl, keys in cases]


CROFTS = ("croft", "croft-uring")
DEBIAN = CROFTS + ("redis",)
ALL = DEBIAN + ("memcached",)

# What matters most comes first: `everything` takes them in this order.
SETS = {
    "table": Set("50 connections, a million keys of 16 B with values of 64 B, half GET", depths, ALL, 9),
    "rivals": Set("The same beside Valkey and Redis 8", depths, CROFTS + ("valkey", "redis8"), 5, "valkey,redis8"),
    "latency": Set("Latency", latency_cells, CROFTS + ("croft-threads", "croft-loops", "redis"), 5, columns="latency"),
    "memory": Set("Memory per key, the mean while they grow fourfold", memory_cells,
                  ("croft", "redis", "memcached", "valkey", "redis8"), 1, columns="memory"),
    "idle": Set("Idle", idle_cells, ALL + ("valkey", "redis8"), 1, columns="idle", more=" --maxclients 12000"),
    "large": Set("Large values", large_cells, ALL, 3, columns="large"),
    "placements": Set("Placements of shards", depths, ("croft-loops", "croft-threads", "croft-auto"), 3, "croft-loops"),
    "syscalls": Set("System calls and sleeps per request", call_cells, CROFTS + ("croft-threads", "redis", "memcached",
                                                                                "floor"), 1, columns="calls"),
    "sizes": Set("Values of 1 to 1,024 B", lambda: [cell(50, value_size="1-1024", requests=1_000_000)], DEBIAN, 5),
    "get": Set("GET only", lambda: depths(get_share=1), DEBIAN, 3),
    "set": Set("SET only", lambda: depths(get_share=0), DEBIAN, 3),
    "conns256": Set("256 connections", lambda: depths(connections=256), DEBIAN, 3),
    "floor": Set("Beside a server that does nothing", depths, CROFTS + ("redis", "floor"), 3, "floor"),
    "keys10m": Set("Ten million keys", lambda: depths(keys=10_000_000), DEBIAN, 3),
    "zipf": Set("Popular keys: Zipf 0.99, 90 % GET", lambda: depths(distribution="zipf:0.99", get_share=0.9), DEBIAN, 3),
    "scaling": Set("From one core to many", None, ("redis", "memcached"), 9),
}


def scaled(work, factor):
    """The same work, smaller or larger. Where calls are counted, those for opening connections must not matter."""
    least = {"keys": 64, "requests": 20_000 if work["kind"] == "calls" else 1000}
    if work["kind"] == "idle":
        least["connections"] = 100
    return {**work, **{name: max(low, int(work[name] * factor)) for name, low in least.items() if name in work}}


def scaling_cells(threads):
    return [cell(pipeline, name=f"{threads} shards, P={pipeline}", shards=threads, connections=max(50, 32 * threads),
                 requests=WORK[pipeline] * threads) for pipeline in WORK]


def seconds_of_turn(work, protocol):
    """About how long one server takes for one turn."""
    if work["kind"] == "idle":
        return 12 + work["connections"] / 3000
    if work["kind"] == "memory":
        return 1 + work["keys"] / 350_000
    if work["rate"]:
        return work["requests"] / (SPEED[1] / 2)
    if work["connections"] == 1:
        return work["requests"] / 20_000
    if work["value_size"] in ("64kb", "256kb", "1mb"):
        return 1.2
    speed = SPEED[work["pipeline"]]
    return 0.1 + work["requests"] / (min(speed, MEMCACHED_SPEED) if protocol == "memcached" else speed)


def seconds_of_fill(work):
    """About how long starting a server and loading its keys takes."""
    return 0.5 if work["kind"] in ("idle", "memory") else 0.5 + work["keys"] / 400_000
