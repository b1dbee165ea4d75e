"""A croft with an HTTP port, a client of each of its two protocols, and what its pages say as Python has it."""
import atexit
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'clients'))
PATIENCE = 20


class Resp:
    """The least that a client of Redis must be able to do."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), PATIENCE)
        self.file = self.socket.makefile('rb')

    def send(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words))

    def read(self):
        line = self.file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b'$':
            return None if rest == b'-1' else self.file.read(int(rest) + 2)[:-2]
        if kind == b'*':
            return [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b':' else rest

    def say(self, *words):
        self.send(*words)
        return self.read()

    def info(self, *sections):
        lines = self.say('info', *sections).decode().split('\r\n')
        return dict(line.split(':', 1) for line in lines if ':' in line)


class Server:
    def __init__(self, path, *options):
        self.dir = tempfile.mkdtemp()
        self.log = open(self.dir + '/log', 'wb')
        file = self.dir + '/port'
        self.process = subprocess.Popen([path, '--port', 'auto', '--port-file', file, '--dir', self.dir, '--http-port',
                                         'auto', '--enable-debug-command', 'local', *options], stdout=self.log,
                                        stderr=self.log)
        atexit.register(self.process.kill)  # if the test does not come to its end
        self.port = self.wait_for(lambda: int(open(file).read() or 0))
        self.resp = Resp(self.port)
        self.http_port = int(self.resp.info('server')['http_port'])

    def wait_for(self, look):
        for _ in range(PATIENCE * 50):
            try:
                found = look()
            except OSError:
                found = None
            if found:
                return found
            time.sleep(0.02)
        print(open(self.dir + '/log').read())
        print('Bail out! what was waited for does not happen')
        sys.exit(255)

    def ask(self, path, method='GET', headers=None, body=None):
        """Status, headers by their names in small letters, body."""
        connection = http.client.HTTPConnection('127.0.0.1', self.http_port, timeout=PATIENCE)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        connection.close()
        return found

    def metrics(self):
        return parse_metrics(self.ask('/metrics')[2])

    def stats(self):
        return json.loads(self.ask('/stats.json')[2])

    def raw(self, text=b'', room=0):
        """A connection that has said this."""
        raw = socket.socket()
        if room:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        raw.settimeout(PATIENCE)
        raw.connect(('127.0.0.1', self.http_port))
        raw.sendall(text)
        return raw

    def stop(self):
        """The exit status; its log on standard output if that is not 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = 'none: it does not end'
        if status != 0:
            print(''.join('# ' + line for line in open(self.dir + '/log')))
        shutil.rmtree(self.dir)
        return status


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$')


def parse_metrics(text):
    """{'name{labels}': value}; an exception if a line is not as the format wants it."""
    found, types = {}, {}
    for line in text.split('\n')[:-1]:
        if line.startswith('# TYPE '):
            name, kind = line.split(' ')[2:]
            if name in types:
                raise ValueError('twice: ' + line)
            types[name] = kind
        elif not line.startswith('# HELP '):
            match = SAMPLE.match(line)
            family = match and re.sub(r'_(bucket|sum|count)$', '', match[1])
            if not match or (match[1] not in types and types.get(family) != 'histogram'):
                raise ValueError('no sample: ' + line)
            if match[1] + (match[2] or '') in found:
                raise ValueError('twice: ' + line)
            found[match[1] + (match[2] or '')] = float(match[3])
    if not text.endswith('\n'):
        raise ValueError('no end of line at the end')
    return found
