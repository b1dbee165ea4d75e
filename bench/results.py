"""results - from rounds to medians, ratios and a table.

The ratios are of one round each, where every server did the same work within the same minute: what the machine did
otherwise at that time cancels out. What is shown is their median, smallest and largest.
"""
from statistics import median

BUSY = 0.95
SHOWN = ("cpu_us", "per_second", "p50_us", "p99_us", "p999_us")


def summarize(cell, reference):
    """Adds medians and ratios to the servers of a cell, and says whether they may be compared."""
    base = cell["servers"].get(reference, {}).get("rounds")
    for server in cell["servers"].values():
        rounds = server["rounds"]
        server["median"] = {name: median(each[name] for each in rounds) for name in rounds[0]}
        if base:
            server["ratio"] = {name: spread(rounds, base, name) for name in SHOWN}
    cell["trouble"] = troubles(cell)


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
        elif not cell["rate"] and middle["generator_busy"] > BUSY > middle["server_busy"]:
            found.append(f"the generator was the bottleneck for {name}: {middle['generator_busy']:.0%} busy, the "
                         f"server's busiest thread {middle['server_busy']:.0%}; give it more --bench-threads")
    return found


def ratio_text(ratio):
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}..{ratio['high']:.2f})" if ratio else "-"


def row(name, server, trusted):
    middle, ratio = server["median"], server.get("ratio", {})
    judged = [ratio_text(ratio.get(key)) if trusted else "not valid" for key in ("cpu_us", "per_second")]
    return [name, f"{middle['cpu_us']:.3f}", judged[0], f"{middle['per_second']:,.0f}", judged[1],
            f"{middle['p50_us']:,.0f}", f"{middle['p99_us']:,.0f}", f"{middle['p999_us']:,.0f}",
            f"{middle['mb_per_cpu_second']:,.0f}", f"{middle['server_busy']:.0%}", f"{middle['generator_us']:.3f}",
            f"{middle['generator_busy']:.0%}"]


def markdown(rows, head):
    """A table that reads well as text, too: the first column to the left, numbers to the right."""
    rows = [head] + rows
    widths = [max(len(line[i]) for line in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))) + " |" for line in rows]
    rule = "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":" for i, width in enumerate(widths))
    return "\n".join([lines[0], f"|{rule}|"] + lines[1:])


def cell_text(cell, reference):
    head = [cell["name"], "CPU us", f"of {reference}", "req/s", f"of {reference}", "p50 us", "p99 us", "p99.9 us",
            "MB/CPU s", "busy", "gen us", "gen busy"]
    rows = [row(name, server, not cell["trouble"]) for name, server in cell["servers"].items()]
    return "\n".join([markdown(rows, head)] + [f"\nNot comparable: {trouble}." for trouble in cell["trouble"]])


def memory_text(memory):
    rows = [[each["server"], each["value_size"], f"{each['keys']:,}", f"{each['per_key']:,.1f}"] for each in memory]
    return markdown(rows, ["memory", "value", "keys", "bytes per key"])


def explanation(result):
    reference = result["reference"]
    return ("CPU us: microseconds of CPU time per request, user and system, all threads of the server. "
            f"of {reference}: ratio, the median of the rounds (smallest..largest). busy: the server's busiest thread. gen: the load "
            "generator's CPU time per request and its busiest thread. "
            f"{result['rounds']} interleaved rounds; medians.")


def report(result):
    machine = result["machine"]
    parts = [f"# {result['title']}",
             f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}. "
             f"{result['date']}.",
             f"    {result['command']}",
             "\n".join(f"* {name}: {each['version']} (`{each['command']}`)"
                       for name, each in result["servers"].items()),
             explanation(result)]
    if result["disturbed"] > 0.01:
        parts.append(f"Other guests of the host took {result['disturbed']:.1%} of the CPU time meanwhile.")
    parts += [cell_text(cell, result["reference"]) for cell in result["cells"]]
    if result["memory"]:
        parts.append(memory_text(result["memory"]))
    return "\n\n".join(parts) + "\n"
