"""A server, croft or Redis, on a port of its own, that somebody asks now and then."""
import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'clients'))
PATIENCE = 30


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Server:
    def __init__(self, command, *options, port=0):
        self.dir = tempfile.mkdtemp()
        self.port, self.path = port or free_port(), self.dir + '/socket'
        self.log = open(self.dir + '/log', 'wb')
        self.process = subprocess.Popen([*command, '--port', str(self.port), '--dir', self.dir, '--unixsocket', self.path,
                                         '--save', '', *options], stdout=self.log, stderr=self.log)
        atexit.register(self.process.kill)  # if the test does not come to its end
        self.file = None
        for _ in range(PATIENCE * 50):
            try:
                self.file = socket.create_connection(('127.0.0.1', self.port), PATIENCE).makefile('rwb')
                break
            except OSError:
                time.sleep(.02)
        self.over = threading.Event()

    def say(self, *words):
        self.file.write(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w.encode()) for w in words))
        self.file.flush()
        line = self.file.readline()
        if line[:1] == b'$' and line[1:2] != b'-':
            return self.file.read(int(line[1:]) + 2)[:-2]
        return line[:-2]

    def load(self):
        """Asks for what is there and what is not, until it is stopped."""
        def ask():
            number = 0
            while not self.over.wait(.002):
                self.say('set', 'key:%d' % (number % 100), 'x' * 100)
                self.say('get', 'key:%d' % (number % 100))
                self.say('get', 'nothing')
                number += 1
        self.loader = threading.Thread(target=ask, daemon=True)
        self.loader.start()

    def rest(self):
        self.over.set()
        self.loader.join()

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.dir)
