"""calls - how many system calls a process makes, counted from outside by perf, or by strace where perf may not.

Cost    perf's tracepoint is cheap, strace slows the process down many times: never read times and counts of one run.
Errors  Trouble when neither can count.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from servers import Trouble

ALL = "raw_syscalls:sys_enter"
POLLS = ("syscalls:sys_enter_epoll_wait", "syscalls:sys_enter_epoll_pwait", "syscalls:sys_enter_epoll_pwait2")
ATTACHING = 0.3  # seconds


def perf_can():
    probe = ["perf", "stat", "-x,", "-e", ",".join((ALL,) + POLLS), "true"]
    return bool(shutil.which("perf")) and subprocess.run(probe, capture_output=True).returncode == 0


def from_perf(text):
    rows = [line.split(",") for line in text.splitlines() if "sys_enter" in line]
    counts = {row[2]: int(row[0]) for row in rows if row[0].isdigit()}
    return counts.get(ALL, 0), sum(counts.get(name, 0) for name in POLLS)


def from_strace(text):
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", text, re.MULTILINE)
    counts = {name: int(count) for count, name in rows}
    return counts.get("total", 0), sum(count for name, count in counts.items() if name.startswith("epoll_p") or
                                       name == "epoll_wait")


class Calls:
    """with Calls(pid) as calls: ...; then calls.all and calls.polls."""

    def __init__(self, pid):
        self.pid, self.all, self.polls = pid, 0, 0

    def __enter__(self):
        if perf_can():
            command, self.read = ["perf", "stat", "-x,", "-e", ",".join((ALL,) + POLLS), "-p"], from_perf
        elif shutil.which("strace"):
            command, self.read = ["strace", "-c", "-f", "-p"], from_strace
        else:
            raise Trouble("counting system calls needs perf (as root) or strace")
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command + [str(self.pid)], stdout=subprocess.DEVNULL, stderr=self.output,
                                        process_group=0, env={**os.environ, "LC_ALL": "C"})
        time.sleep(ATTACHING)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.output.seek(0)
        self.all, self.polls = self.read(self.output.read())
        self.output.close()
