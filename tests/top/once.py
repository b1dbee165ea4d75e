"""What croft-top --once prints, and how it ends: once.py CROFT-TOP SERVER OPTION..."""
import os
import re
import socket
import subprocess
import sys
import time

from server import Server, free_port

from python.tap import end, ok, same

top, command = sys.argv[1], sys.argv[2:]
is_croft = os.path.basename(command[0]) == 'croft'
environment = {name: value for name, value in os.environ.items()
               if name not in ('COLUMNS', 'NO_COLOR', 'REDISCLI_AUTH')}


def run(*options, locale='C.UTF-8', **variables):
    return subprocess.run([top, *options], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          env=dict(environment, LC_ALL=locale, **variables))


def look(*options, **variables):
    done = run('--once', '-i', '0.5', *options, **variables)
    same((done.returncode, done.stderr), (0, b''), 'croft-top --once %s' % ' '.join(options))
    return done.stdout.decode()


def fails(name, expected, *options, **variables):
    done = run(*options, **variables)
    same((done.returncode, done.stdout), (1, b''), name)
    ok(re.search(expected, done.stderr.decode()), 'and why: ' + done.stderr.decode().strip())


# --- a look ---

server = Server(command)
here = '-h', '127.0.0.1', '-p', str(server.port)
for number in range(100):
    server.say('set', 'key:%d' % number, 'x' * 100)
for _ in range(3000):
    server.say('get', 'key:1')
server.load()
text = look(*here)
lines = text.splitlines()
ok(lines[0].startswith('croft ' if is_croft else 'redis 7.'), 'it says what it looks at: ' + lines[0])
ok('on 127.0.0.1:%d, up ' % server.port in lines[0], 'and where')
ok(max(map(len, lines)) <= 80, 'no line is longer than 80 characters')
same('\x1b' in text, False, 'and there are no escape sequences')
values = dict(zip(re.findall(r'\S+(?: \S+)*', lines[2]) + re.findall(r'\S+(?: \S+)*', lines[4]),
                  re.findall(r'\S+(?: \S+)*', lines[3]) + re.findall(r'\S+(?: \S+)*', lines[5])))
same((values['Keys'], values['Evicted/s'], values['Clients']), ('100', '0', '2'), 'keys and clients are those there are')
ok(float(values['Commands/s'].replace(',', '')) > 10, 'commands per second: ' + values['Commands/s'])
ok(30 < float(values['Found'].rstrip(' %')) < 70, 'half of the reads find something: ' + values['Found'])
ok(re.search(r'^get +█+', text, re.M) and re.search(r'^set +█', text, re.M), 'the commands that are called have bars')
if is_croft:
    same(re.findall(r'^ +(\d+) +[█▏▎▍▌▋▊▉ ]+ ', text, re.M), ['0', '1', '2'], 'a row for each shard')
    ok('3 shards on 3 threads' in text, 'who are on threads of their own')
    ok('queue' in text and 'longest' in text, 'with queue and longest turn')
    ok('"key:1" ' in text, 'and keys that are read most')
else:
    ok(re.search(r'^server ', text, re.M), 'one row for the server')
    ok('queue' not in text and 'longest' not in text and 'Keys read most' not in text, 'without what it does not tell')
narrow = look(*here, COLUMNS='40')
ok(max(map(len, narrow.splitlines())) <= 40, 'as narrow as COLUMNS says')
plain = look(*here, locale='C')
ok(plain.isascii() and '#' in plain, 'ASCII where the locale has no more')
ok(look(*here, '--ascii').isascii(), 'or where it is asked for')
server.rest()
same(server.say('info', 'errorstats').count(b'errorstat_'), 0, 'the server was asked nothing that it does not know')

# --- ways to the server ---

ok('on %s' % server.path in look('-s', server.path), 'over a Unix socket')
server.say('config', 'set', 'requirepass', 'se cret')
fails('without the password', 'NOAUTH Authentication required', '--once', *here)
fails('with a wrong one', 'WRONGPASS', '--once', *here, '-a', 'wrong')
look(*here, '-a', 'se cret')
look(*here, '--user', 'default', '--pass', 'se cret')
look(*here, REDISCLI_AUTH='se cret')
hidden = subprocess.Popen([top, '--once', '-i', '5', *here, '-a', 'se cret'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for _ in range(500):
    shown = open('/proc/%d/cmdline' % hidden.pid, 'rb').read()
    if b'se cret' not in shown and b'*******' in shown:
        break
    time.sleep(.01)
ok(b'se cret' not in shown, 'a password is not seen among the processes')
hidden.terminate()
ok(hidden.wait() != 0, 'who is ended before there was a look has failed')
server.stop()

# --- mistakes ---

nobody = str(free_port())
fails('where nobody listens', 'croft-top: 127.0.0.1:%s: Connection refused' % nobody, '--once', '-p', nobody)
fails('where there is no such socket', 'No such file', '--once', '-s', '/nowhere/at/all')
fails('where there is no terminal', 'Connection refused|this is no terminal', '-p', nobody)
fails('an option that is not there', r'there is no option --nonsense; --help lists them', '--nonsense')
fails('an option without its value', r'-p needs something after it', '-p')
fails('a port that is none', "--port cannot be '70000'", '-p', '70000')
fails('an interval that is none', "--interval cannot be '0'", '-i', '0')
fails('a word too many', "'word' is no option", 'word')
babbler = socket.socket()
babbler.bind(('127.0.0.1', 0))
babbler.listen()
done = subprocess.Popen([top, '--once', '-p', str(babbler.getsockname()[1])], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
other = babbler.accept()[0]
other.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')
same((done.wait(), b'Protocol error' in done.stderr.read()), (1, True), 'somebody who speaks otherwise')
done = subprocess.Popen([top, '--once', '-p', str(babbler.getsockname()[1])], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
babbler.accept()[0].close()
ok(done.wait() == 1 and re.search(b'closed the connection|reset', done.stderr.read()), 'somebody who hangs up')

# --- what it says of itself ---

done = run('--help')
lines = done.stdout.decode().split('\n')
same((done.returncode, len(lines) <= 24, max(map(len, lines)) <= 80), (0, True, True), '--help fits a screen')
ok(re.fullmatch(rb'croft-top \d+\.\d+\.\d+\n', run('--version').stdout), '--version')
end()
