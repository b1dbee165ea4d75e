"""run - one set of cells: starts the servers, takes turns, keeps what came of it after every cell.

Errors  Trouble; what was measured before, also of an interrupted cell, is written first.
"""
import json
import os
import shlex
import subprocess
import sys
import time

import measures
import results
from servers import Server, Trouble, busy, machine, standard, stolen
from sets import SETS, scaled, scaling_cells, seconds_of_fill, seconds_of_turn


def progress(text):
    """What is going on, in place on a terminal; elsewhere a log would only drown in it."""
    if sys.stderr.isatty():
        print(f"\r{text:98}\r{text}", end="", file=sys.stderr, flush=True)


def say(text):
    progress("")
    print(text, file=sys.stderr, flush=True)


def turns(servers, round_number):
    """Everybody is first and last as often as others."""
    start = round_number % len(servers)
    order = servers[start:] + servers[:start]
    return order if round_number % 2 == 0 else order[::-1]


class Run:
    def __init__(self, options, name, folder):
        self.options, self.name, self.folder, self.set = options, name, folder, SETS[name]
        self.rounds = options.rounds or (min(2, self.set.rounds) if options.rehearse else self.set.rounds)
        self.reference = options.reference or self.set.reference
        self.groups = list(self._groups())
        command = shlex.join([os.path.relpath(sys.argv[0])] + sys.argv[1:])
        self.result = {"set": name, "title": self.set.title, "date": time.strftime("%Y-%m-%d"), "command": command,
                       "machine": machine(), "reference": self.reference, "rounds": self.rounds,
                       "scale": options.scale, "columns": self.set.columns, "complete": False, "servers": {},
                       "memory": [], "cells": []}

    def go(self):
        """True when some of the numbers are not to be trusted."""
        self.began, self.steal, self.busy = time.time(), stolen(), busy()
        self.ours = sum(os.times()[:4])
        say(f"\n{self.name}: {self.set.title}; {self.rounds} rounds of "
            f"{', '.join(server.name for server in self.groups[0][0])}: about {self.seconds():.0f} seconds")
        for servers, cells in self.groups:
            self._run_group(servers, cells)
        self.result["complete"] = True
        self._write()
        print(results.targets_text(self.result) + "\n", flush=True)
        return any(work["trouble"] for work in self.result["cells"])

    def seconds(self):
        """About how long all of it takes."""
        return sum(seconds_of_fill(work) * (index == 0 or work["kind"] in measures.FRESH) +
                   self.rounds * seconds_of_turn(work, server.protocol)
                   for servers, cells in self.groups for index, work in enumerate(cells) for server in servers)

    # Who and what

    def _server(self, name, command, protocol):
        return Server(name, command + (self.set.more if protocol == "resp" and name != "floor" else ""), protocol,
                      self.options.server_cpus)

    def _servers(self, threads=1):
        options = self.options
        known = standard(options.croft, options.bench, options.unstable, threads)
        names = options.servers.split(",") if options.servers else [name for name in self.set.servers if name in known]
        for name in names:
            if name not in known:
                raise Trouble(f"{name} is not here: there are {', '.join(known)}")
        servers = [self._server(name, *known[name]) for name in names]
        for text in options.server:
            name, command = text.split("=", 1)
            name, _, protocol = name.partition(":")
            command = command.replace("{croft}", shlex.quote(options.croft)).replace("{threads}", str(threads))
            servers.append(self._server(name, command, protocol or "resp"))
        return servers

    def _placements(self, threads):
        options = self.options
        return [self._server(f"croft {placement}", f"{shlex.quote(options.croft)} --port {{port}} --shards {threads} "
                             f"--io-threads {threads} --shard-placement {placement}", "resp")
                for placement in ("threads", "loops")]

    def _groups(self):
        """Pairs of servers and cells; within one, keys and values are the same."""
        if self.name == "scaling":
            for threads in (1 << power for power in range(self.options.most.bit_length())):
                yield (self._placements(threads) + self._servers(threads),
                       [scaled(work, self.options.scale) for work in scaling_cells(threads)])
            return
        alike = {}
        for work in self.set.cells():
            data = work["name"] if work["kind"] in measures.FRESH else (work["keys"], work["value_size"])
            alike.setdefault(data, []).append(scaled(work, self.options.scale))
        for cells in alike.values():
            yield self._servers(), cells

    # The load generator

    def _bench(self, server, work, words):
        """Runs the load generator against a server; gives what it measured."""
        options = self.options
        pin = (lambda: os.sched_setaffinity(0, options.bench_cpus)) if options.bench_cpus else None
        threads = min(options.bench_threads, work["connections"])
        command = [options.bench, "--port", str(server.port), "--protocol", server.protocol, "--quiet", "--json", "-",
                   "--connections", str(work["connections"]), "--threads", str(threads), "--keys", str(work["keys"]),
                   "--value-size", work["value_size"], "--pipeline", str(work["pipeline"]),
                   "--get-share", str(work["get_share"]), "--distribution", work["distribution"]] + words
        try:
            run = subprocess.run(command, capture_output=True, text=True, preexec_fn=pin)
        except OSError as error:
            raise Trouble(f"cannot run the load generator: {error}; build it with: cmake --build --preset release")
        if run.returncode != 0:
            raise Trouble(f"{server.name}: {run.stderr.strip()} ({shlex.join(command)})")
        return json.loads(run.stdout)

    def _fill(self, server, work):
        progress(f"filling {server.name}")
        empty = server.resident()
        self._bench(server, work, ["--only-fill"])
        time.sleep(0.2)
        name = f"{server.name}, {work['shards']} shards" if work["shards"] else server.name
        return {"server": name, "keys": work["keys"], "value_size": work["value_size"],
                "per_key": (server.resident() - empty) / work["keys"]}

    # The rounds

    def _start(self, server):
        server.start(self.folder)
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"
        self.result["servers"][server.name] = {"version": server.version, "command": server.command.replace(root, "")}

    def _run_group(self, servers, cells):
        try:
            if cells[0]["kind"] not in measures.FRESH:
                for server in servers:
                    self._start(server)
                found = [self._fill(server, cells[0]) for server in servers]
                self.result["memory"] += [each for each in found if each["server"] != "floor"]
            for work in cells:
                self._run_cell(servers, self._with_rate(work))
        finally:
            for server in servers:
                server.stop()

    def _with_rate(self, work):
        if work.get("rate") != "half":
            return work
        base = self.result["cells"][-1]["servers"]
        base = base.get(self.reference) or next(iter(base.values()))
        return {**work, "rate": round(base["median"]["per_second"] / 2)}

    def _run_cell(self, servers, work):
        taken = {server.name: {"rounds": []} for server in servers}
        try:
            for number in range(self.rounds):
                for server in turns(servers, number):
                    self._show(work, number, server)
                    taken[server.name]["rounds"].append(self._turn(server, work, number))
        except BaseException:
            self._keep_whole_rounds(work, taken)
            raise
        self._keep(work, taken)

    def _show(self, work, number, server):
        left = self.seconds() - (time.time() - self.began)
        progress(f"{self.name}, {work['name']}: round {number + 1} of {self.rounds}, {server.name}"
                 f"{f'; {left:.0f} seconds left' if left > 0 else ''}")

    def _turn(self, server, work, number):
        measure = measures.KINDS[work["kind"]]
        if work["kind"] not in measures.FRESH:
            return measure(self._bench, server, work, number)
        self._start(server)
        try:
            return measure(self._bench, server, work, number)
        finally:
            server.stop()

    def _keep_whole_rounds(self, work, taken):
        whole = min(len(server["rounds"]) for server in taken.values())
        for server in taken.values():
            del server["rounds"][whole:]
        if whole > 0:
            self._keep({**work, "whole_rounds": whole}, taken)
        elif self.result["cells"]:
            self._write()

    def _keep(self, work, taken):
        progress("")
        for server in taken.values():
            curves = [each.pop("curve_us", None) for each in server["rounds"]]
            server["curve_us"] = curves[len(curves) // 2]
        done = {**work, "servers": taken}
        results.summarize(done, self.reference)
        results.set_beside(done, self.result["cells"])
        self.result["cells"].append(done)
        print(results.cell_text(done, self.set.columns) + "\n", flush=True)
        self._write()

    def _busy_of_others(self):
        """Seconds; ours are this process, the load generators that ended, and the servers, ended or not."""
        up = [server for servers, _ in self.groups for server in servers if server.is_up()]
        ours = sum(os.times()[:4]) - self.ours + sum(sum(server.cpu().values()) for server in up) / 1e9
        return busy() - self.busy - ours

    def _write(self):
        self.result["seconds"] = time.time() - self.began
        whole = self.result["seconds"] * os.cpu_count()
        self.result["disturbed"] = (stolen() - self.steal) / whole
        self.result["others_busy"] = max(0, self._busy_of_others() / whole)
        path = f"{self.options.out}/{self.name}"
        with open(f"{path}.json.new", "w") as file:
            json.dump(self.result, file, indent=1)
        os.replace(f"{path}.json.new", f"{path}.json")
        with open(f"{path}.md", "w") as file:
            file.write(results.report(self.result))
