"""results - from rounds to medians, ratios, tables and a report.

The ratios are of one round each, where every server did the same work within the same minute: what the machine did
otherwise at that time cancels out. What is shown is their median, smallest and largest.
"""
from statistics import median

import targets

BUSY = 0.95

# By kind of table: heading, figure, how it is written; "of" is the figure's ratio to the reference.
COLUMNS = {
    "load": (("CPU us", "cpu_us", "{:.3f}"), ("of", "cpu_us", "ratio"), ("req/s", "per_second", "{:,.0f}"),
             ("of", "per_second", "ratio"), ("p50 us", "p50_us", "{:,.0f}"), ("p99 us", "p99_us", "{:,.0f}"),
             ("p99.9 us", "p999_us", "{:,.0f}"), ("busy", "server_busy", "{:.0%}"), ("gen us", "generator_us", "{:.3f}"),
             ("gen busy", "generator_busy", "{:.0%}")),
    "latency": (("p50 us", "p50_us", "{:,.1f}"), ("of", "p50_us", "ratio"), ("p99 us", "p99_us", "{:,.1f}"),
                ("of", "p99_us", "ratio"), ("p99.9 us", "p999_us", "{:,.0f}"), ("req/s", "per_second", "{:,.0f}"),
                ("CPU us", "cpu_us", "{:.3f}"), ("of", "cpu_us", "ratio"), ("late p99 us", "late_p99_us", "{:,.1f}")),
    "large": (("MB/CPU s", "mb_per_cpu_second", "{:,.0f}"), ("of", "mb_per_cpu_second", "ratio"),
              ("req/s", "per_second", "{:,.0f}"), ("CPU us", "cpu_us", "{:,.1f}"), ("p50 us", "p50_us", "{:,.0f}"),
              ("p99 us", "p99_us", "{:,.0f}"), ("gen us", "generator_us", "{:,.1f}"), ("gen busy", "generator_busy", "{:.0%}")),
    "calls": (("calls", "calls", "{:.3f}"), ("of", "calls", "ratio"), ("of them polls", "polls", "{:.3f}"),
              ("others", "calls_but_polls", "{:.3f}"), ("sleeps", "sleeps", "{:.4f}"), ("wake-ups", "wakeups", "{:.4f}")),
    "idle": (("private B/conn", "bytes_per_connection", "{:,.0f}"), ("resident B/conn", "resident_per_connection", "{:,.0f}"),
             ("alone: calls/s", "calls_alone", "{:,.1f}"), ("CPU us/s", "us_alone", "{:,.0f}"),
             ("connected: calls/s", "calls_connected", "{:,.1f}"), ("CPU us/s", "us_connected", "{:,.0f}")),
    "memory": (("B per key", "bytes_per_key", "{:,.1f}"), ("of", "bytes_per_key", "ratio"), ("smallest", "smallest", "{:,.1f}"),
               ("largest", "largest", "{:,.1f}"), ("over key and value", "overhead", "{:,.1f}"),
               ("share", "overhead_share", "{:.1%}"), ("more than beside", "more", "{:,.1f}")),
}

LEGENDS = {
    "load": "CPU us: microseconds of CPU time per request, user and system, all threads of the server. busy: the server's "
            "busiest thread. gen: the load generator's CPU time per request and its busiest thread.",
    "latency": "Microseconds from when a request was due (open loop) or sent (closed loop) to its reply. late: how long "
               "after they were due the last 1 % of the requests left the generator.",
    "large": "MB/CPU s: megabytes sent and received per second of the server's CPU time, user and system. gen: the load "
             "generator's CPU time per request and its busiest thread.",
    "calls": "Per request. polls: epoll_wait and the like, shared by the connections that were ready. sleeps: how often a "
             "thread of the server had nothing to do. wake-ups: of one thread of croft by another, from INFO shards.",
    "idle": "Growth of private and of resident memory per connection, each used once, three seconds later; and what the "
            "server does in a second without any request, alone and with all the connections.",
    "memory": "Growth of resident memory per key, mean of nine checkpoints between a quarter of the keys and all of them. "
              "Keys are of 16 bytes; a counter is taken for 8. beside: the same case without TTL.",
}


def better_of(names, servers):
    """The reference; of several, the one whose requests cost the least."""
    there = [name for name in names.split(",") if name in servers]
    costs = {name: servers[name]["median"].get("cpu_us", 0) for name in there}
    return min(there, key=costs.get) if there else None


def summarize(cell, references):
    """Adds medians and ratios to the servers of a cell, and says whether they may be compared."""
    servers = cell["servers"]
    for server in servers.values():
        server["median"] = {name: median(each[name] for each in server["rounds"]) for name in server["rounds"][0]}
    cell["reference"] = better_of(references, servers)
    if cell["reference"]:
        base = servers[cell["reference"]]["rounds"]
        for server in servers.values():
            server["ratio"] = {name: spread(server["rounds"], base, name) for name in server["median"]}
    cell["trouble"] = troubles(cell) if cell["kind"] == "load" else []


def set_beside(cell, done):
    """How much more each server needed than in an earlier case."""
    other = next((each for each in done if each["name"] == cell.get("beside")), None)
    for name, server in cell["servers"].items():
        if other and name in other["servers"]:
            server["median"]["more"] = server["median"]["bytes_per_key"] - other["servers"][name]["median"]["bytes_per_key"]


def spread(rounds, base, name):
    ratios = [mine[name] / theirs[name] for mine, theirs in zip(rounds, base) if theirs[name] > 0]
    return {"median": median(ratios), "low": min(ratios), "high": max(ratios)} if ratios else None


def troubles(cell):
    """Why these numbers say more about the generator than about a server; empty if they do not."""
    found = []
    for name, server in cell["servers"].items():
        middle = server["median"]
        if cell["rate"] and middle["per_second"] < 0.9 * cell["rate"]:
            found.append(f"{name} could not keep up with {cell['rate']:.0f} requests per second")
        elif cell["rate"] and middle["late_p99_us"] > middle["p99_us"] / 2:
            found.append(f"the generator was late: 1 % of the requests to {name} left more than "
                         f"{middle['late_p99_us']:.0f} us after they were due")
        elif not cell["rate"] and name != "floor" and middle["generator_busy"] > BUSY > middle["server_busy"]:
            found.append(f"the generator was the bottleneck for {name}: {middle['generator_busy']:.0%} busy, the "
                         f"server's busiest thread {middle['server_busy']:.0%}; give it more --bench-threads")
    return found


def figure_text(server, name, form, trusted):
    if form == "ratio":
        ratio = server.get("ratio", {}).get(name)
        if not ratio:
            return "-"
        return f"{ratio['median']:.2f} ({ratio['low']:.2f}..{ratio['high']:.2f})" if trusted else "not valid"
    value = server["median"].get(name)
    return "-" if value is None else form.format(value)


def markdown(head, rows):
    """A table that reads well as text, too: the first column to the left, numbers to the right."""
    rows = [head] + rows
    widths = [max(len(line[i]) for line in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))) + " |" for line in rows]
    rule = "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":" for i, width in enumerate(widths))
    return "\n".join([lines[0], f"|{rule}|"] + lines[1:])


def cell_text(cell, kind):
    columns = COLUMNS[kind]
    head = [cell["name"]] + [f"of {cell['reference']}" if heading == "of" else heading for heading, _, _ in columns]
    rows = [[name] + [figure_text(server, figure, form, not cell["trouble"]) for _, figure, form in columns]
            for name, server in cell["servers"].items()]
    remarks = [f"Rate: {cell['rate']:,} requests per second."] if cell.get("rate") else []
    remarks += [f"Interrupted after {cell['whole_rounds']} rounds."] if "whole_rounds" in cell else []
    trouble = [f"Not comparable: {text}." for text in cell["trouble"]]
    return "\n\n".join(remarks + [markdown(head, rows)] + trouble)


def memory_text(memory):
    rows = [[each["server"], each["value_size"], f"{each['keys']:,}", f"{each['per_key']:,.1f}"] for each in memory]
    return markdown(["memory after filling", "value", "keys", "bytes per key"], rows)


def targets_text(result):
    rows = [list(row) for row in targets.judge(result)]
    return markdown(["target", "server", "figure", "wanted", "found", ""], rows) if rows else ""


def explanation(result):
    rounds = f"{result['rounds']} interleaved rounds; medians." if result["rounds"] > 1 else "One round."
    return f"{LEGENDS[result['columns']]} of: ratio, the median of the rounds (smallest..largest). {rounds}"


def warnings(result):
    found = []
    if not result["complete"]:
        found.append("**Not complete**: it was interrupted.")
    if result["scale"] != 1:
        found.append(f"**Requests and keys times {result['scale']:g}**" +
                     (": a rehearsal, no measurement." if result["scale"] < 1 else "."))
    if result["disturbed"] > 0.01:
        found.append(f"Other guests of the host took {result['disturbed']:.1%} of the CPU time meanwhile.")
    if result["others_busy"] > 0.02:
        found.append(f"Other processes of this machine took {result['others_busy']:.0%} of its CPU time meanwhile.")
    return found


def machine_text(result):
    machine = result["machine"]
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}. "
            f"{result['date']}, {result['seconds']:.0f} seconds.")


def report(result):
    parts = [f"# {result['title']}", machine_text(result), f"    {result['command']}",
             "\n".join(f"* {name}: {each['version']} (`{each['command']}`)"
                       for name, each in result["servers"].items()),
             explanation(result)] + warnings(result)
    parts += [cell_text(cell, result["columns"]) for cell in result["cells"]]
    parts += [memory_text(result["memory"])] if result["memory"] else []
    return "\n\n".join(parts + [text for text in [targets_text(result)] if text]) + "\n"
