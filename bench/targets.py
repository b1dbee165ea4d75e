"""targets - which of the figures that targets.txt names were reached. The medians are judged, not the spread."""
import os
from fnmatch import fnmatchcase

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "targets.txt")


def read(path=FILE):
    """Rows of set, cell, server, figure, bound."""
    with open(path) as file:
        rows = [[word.strip() for word in line.split("|")] for line in file if line.strip() and line[0] != "#"]
    wrong = [row for row in rows if len(row) != 5 or row[4].split()[0] not in ("<=", ">=")]
    if wrong:
        raise ValueError(f"{path}: cannot read {' | '.join(wrong[0])}")
    return rows


def figure_of(server, words):
    name, *ratio = words.split()
    if not ratio:
        return server["median"].get(name)
    spread = server.get("ratio", {}).get(name)
    return spread and spread["median"]


def is_reached(value, bound):
    sign, limit = bound.split()
    return value <= float(limit) if sign == "<=" else value >= float(limit)


def verdict(result, work, value, bound):
    if work["trouble"]:
        return "not valid"
    word = "pass" if is_reached(value, bound) else "MISS"
    return f"({word})" if result["scale"] < 1 else word  # a rehearsal proves nothing


def judge(result):
    """(cell, server, figure, bound, found, verdict) for each target that this set has something to say about."""
    judged = []
    for name, cell_pattern, server_pattern, figure, bound in read():
        if name != result["set"]:
            continue
        for work in result["cells"]:
            for server, taken in work["servers"].items():
                value = figure_of(taken, figure)
                if fnmatchcase(work["name"], cell_pattern) and fnmatchcase(server, server_pattern) and value is not None:
                    judged.append((work["name"], server, figure, bound, f"{value:,.4g}",
                                   verdict(result, work, value, bound)))
    return judged
