"""servers - starts servers for a comparison and reads from the kernel what they cost.

Owner   each Server ends the process that it started, and no other.
Errors  Trouble, with a sentence.
"""
import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time

CLOCK = os.sysconf("SC_CLK_TCK")


class Trouble(Exception):
    """Something in the world that makes the comparison impossible."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, name, command, protocol="resp", cpus=None):
        self.name, self.command, self.protocol, self.cpus = name, command, protocol, cpus
        self.process = None
        self.version = ""

    def start(self, log_folder):
        self.port = free_port()
        words = shlex.split(self.command.replace("{port}", str(self.port)))
        log = open(os.path.join(log_folder, self.name.replace(" ", "-") + ".log"), "wb")
        pin = (lambda: os.sched_setaffinity(0, self.cpus)) if self.cpus else None
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=log_folder, preexec_fn=pin)
        except OSError as error:
            raise Trouble(f"cannot start {self.name}: {error}")
        finally:
            log.close()
        self._wait_until_it_listens(log.name)
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
        with socket.create_connection(("127.0.0.1", self.port), 2) as peer:
            peer.sendall(question)
            answer = peer.recv(65536).decode(errors="replace").splitlines()
        facts = dict(line.split(":", 1) for line in answer if ":" in line)
        for name in ("croft_version", "valkey_version", "redis_version"):
            if name in facts:
                return f"{name.split('_')[0]} {facts[name]}"
        return answer[0].removeprefix("VERSION ") if answer else "unknown"

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self):
        """Nanoseconds on a CPU, user and system, by thread."""
        tasks = f"/proc/{self.process.pid}/task"
        try:
            return {task: int(open(f"{tasks}/{task}/schedstat").read().split()[0]) for task in os.listdir(tasks)}
        except OSError:
            raise Trouble(f"{self.name} has ended; its log is in the results")

    def resident(self):
        """Bytes of memory that are its own, pages of its program included."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def standard(croft, threads=1):
    """The servers to compare by default, as far as they are here; `threads` where they can use some."""
    known = {"croft": (f"{shlex.quote(croft)} --port {{port}}", "resp")}
    if shutil.which("redis-server"):
        more = f" --io-threads {threads} --io-threads-do-reads yes" if threads > 1 else ""
        known["redis"] = ("redis-server --port {port} --bind 127.0.0.1 --save '' --appendonly no" + more, "resp")
    if shutil.which("memcached"):
        known["memcached"] = (f"memcached -u {getpass.getuser()} -l 127.0.0.1 -p {{port}} -U 0 -t {threads} "
                              "-m 65536 -c 20000 -I 8m", "memcached")
    return known


def stolen():
    """Seconds that other machines took from ours, all CPUs together."""
    with open("/proc/stat") as stat:
        return int(stat.readline().split()[8]) / CLOCK


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
