"""servers - starts servers for a comparison and reads from the kernel what they cost.

Owner   each Server ends the process that it started, and no other.
Errors  Trouble, with a sentence.
"""
import functools
import getpass
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

CLOCK = os.sysconf("SC_CLK_TCK")


class Trouble(Exception):
    """Something in the world that makes the comparison impossible."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def sockets_of(pid):
    try:
        return {os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")}
    except OSError:
        return set()


def listener(pid, port):
    """The process that listens, of those that the command started: a wrapper's costs are not the server's."""
    with open("/proc/net/tcp") as rows:
        inodes = {f"socket:[{row.split()[9]}]" for row in list(rows)[1:]
                  if row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A"}
    family = [pid]
    for each in family:
        if inodes & sockets_of(each):
            return each
        family += children(each)
    return pid


class Server:
    def __init__(self, name, command, protocol="resp", cpus=None):
        self.name, self.command, self.protocol, self.cpus = name, command, protocol, cpus
        self.process = None
        self.pid = 0
        self.version = ""

    def start(self, log_folder):
        self.port = free_port()
        words = shlex.split(self.command.replace("{port}", str(self.port)))
        log = open(os.path.join(log_folder, self.name.replace(" ", "-") + ".log"), "wb")
        pin = (lambda: os.sched_setaffinity(0, self.cpus)) if self.cpus else None
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=log_folder, preexec_fn=pin, process_group=0)
        except OSError as error:
            raise Trouble(f"cannot start {self.name}: {error}")
        finally:
            log.close()
        self._wait_until_it_listens(log.name)
        self.pid = listener(self.process.pid, self.port)
        self.version = self._ask_version()

    def _wait_until_it_listens(self, log):
        for _ in range(500):
            if self.process.poll() is not None:
                with open(log, errors="replace") as file:
                    raise Trouble(f"{self.name} ended at once: {file.read()[-400:].strip()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Trouble(f"{self.name} does not listen on port {self.port}: does its command use {{port}}?")

    def _ask_version(self):
        question = b"version\r\n" if self.protocol == "memcached" else b"INFO server\r\n"
        answer = self.ask(question).splitlines()
        facts = dict(line.split(":", 1) for line in answer if ":" in line)
        for name in ("croft_version", "valkey_version", "redis_version"):
            if name in facts:
                return f"{name.split('_')[0]} {facts[name]}"
        return answer[0].removeprefix("VERSION ") if answer else "unknown"

    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        if not self.is_up():
            return
        os.killpg(self.process.pid, signal.SIGTERM)  # a wrapper does not always tell its children
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def cpu(self):
        """Nanoseconds on a CPU, user and system, by thread."""
        return self._of_tasks("schedstat", lambda text: int(text.split()[0]))

    def sleeps(self):
        """How often each thread went to sleep because it had nothing to do."""
        return self._of_tasks("status", lambda text: int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", text, re.M)[1]))

    def _of_tasks(self, file, read):
        tasks = f"/proc/{self.pid}/task"
        try:
            return {task: read(pathlib.Path(tasks, task, file).read_text()) for task in os.listdir(tasks)}
        except OSError:
            raise Trouble(f"{self.name} has ended")

    def resident(self):
        """Bytes of memory that it uses, pages of its program included."""
        return self._of_memory("Rss")

    def private(self):
        """Of those, the ones that no other process shares."""
        return self._of_memory("Private_Clean") + self._of_memory("Private_Dirty")

    def _of_memory(self, name):
        with open(f"/proc/{self.pid}/smaps_rollup") as rows:
            return next(int(line.split()[1]) * 1024 for line in rows if line.startswith(name + ":"))

    def wakeups(self):
        """How often croft's threads had to wake one another; 0 for others."""
        if not self.version.startswith("croft"):
            return 0
        return sum(int(count) for count in re.findall(r"wakeups=(\d+)", self.ask(b"INFO shards\r\n")))

    def ask(self, question):
        """Sends a line; gives what comes back at once."""
        with socket.create_connection(("127.0.0.1", self.port), 2) as peer:
            peer.sendall(question)
            return peer.recv(1 << 20).decode(errors="replace")


@functools.lru_cache
def has_io_uring(croft):
    """Whether this croft was built with io_uring and this kernel lets it: it says so when it must do without."""
    with tempfile.TemporaryDirectory() as folder:
        probe = Server("probe", f"{shlex.quote(croft)} --port {{port}} --io-uring yes")
        probe.start(folder)
        probe.stop()
        return "io-uring yes:" not in pathlib.Path(folder, "probe.log").read_text(errors="replace")


def crofts(croft):
    """The ways to run croft that are worth comparing."""
    program = f"{shlex.quote(croft)} --port {{port}}"
    found = {"croft": f"{program} --io-uring no"}
    for placement in ("threads", "loops", "auto"):
        found[f"croft-{placement}"] = f"{program} --io-uring no --shard-placement {placement}"
    if has_io_uring(croft):
        found["croft-uring"] = program + " --io-uring yes"
    return found


def unstable(root):
    """The rivals in a folder that debootstrap made."""
    quiet = "--port {port} --bind 127.0.0.1 --save '' --appendonly no"
    names = (("valkey", "valkey-server"), ("redis8", "redis-server"))
    return {name: f"chroot {shlex.quote(root)} {program} {quiet}" for name, program in names
            if root and os.path.exists(f"{root}/usr/bin/{program}")}


def standard(croft, bench, root, threads=1):
    """The servers to compare, as far as they are here; `threads` where they can use some. Pairs of command, protocol."""
    if not os.access(croft, os.X_OK):
        raise Trouble(f"there is no {croft}; build it with: cmake --build --preset release")
    known = {**crofts(croft), **unstable(root)}
    if shutil.which("redis-server"):
        more = f" --io-threads {threads} --io-threads-do-reads yes" if threads > 1 else ""
        known["redis"] = "redis-server --port {port} --bind 127.0.0.1 --save '' --appendonly no" + more
    null = os.path.join(os.path.dirname(bench), "croft-null")
    if os.access(null, os.X_OK):
        known["floor"] = f"{shlex.quote(null)} {{port}}"
    known = {name: (command, "resp") for name, command in known.items()}
    if shutil.which("memcached"):
        known["memcached"] = (f"memcached -u {getpass.getuser()} -l 127.0.0.1 -p {{port}} -U 0 -t {threads} "
                              "-m 65536 -c 20000 -I 8m", "memcached")
    return known


def stolen():
    """Seconds that other machines took from ours, all CPUs together."""
    with open("/proc/stat") as stat:
        return int(stat.readline().split()[8]) / CLOCK


def busy():
    """Seconds that processes used, all CPUs together."""
    with open("/proc/stat") as stat:
        return sum(int(word) for word in stat.readline().split()[1:4]) / CLOCK


def machine():
    """What the numbers were measured on."""
    model = "unknown"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith(("model name", "Model")):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as info:
        memory = int(info.readline().split()[1]) // (1 << 20)
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": memory,
            "kernel": f"{os.uname().sysname} {os.uname().release} {os.uname().machine}"}
