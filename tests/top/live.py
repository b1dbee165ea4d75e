"""croft-top in a terminal: resized, left in each way, without a server for a while: live.py CROFT-TOP CROFT OPTION..."""
import os
import re
import signal
import sys
import time

try:
    from screen import Screen
except ImportError:
    print('1..0 # SKIP there is no pyte (python3-pyte)')
    sys.exit(0)
from server import Server

from python.tap import end, ok, same

top, command = sys.argv[1], sys.argv[2:]
server = Server(command)
server.load()
words = [top, '-p', str(server.port), '-i', '0.1']
BOTTOM = 'q quit   p pause   Tab bars: '


def is_live(lines):
    return lines[0].startswith('croft ') and lines[0].endswith('live') and lines[-1].startswith(BOTTOM[:20])


def begin(**environment):
    screen = Screen(words, **environment)
    ok(screen.wait_for(is_live), 'the screen is drawn')
    return screen


# --- what is there, and how it is written ---

screen = begin(TERM='xterm-256color')
ok(screen.wait_for(lambda lines: any(re.match(r'get +█', line) for line in lines)), 'the load is seen')
ok(screen.screen.cursor.hidden, 'there is no cursor')
ok(b'\x1b[?1049h' in screen.written, 'it is drawn on the other screen')
ok(re.search(rb'\x1b\[(38;5;|36m)', screen.written), 'in colours')
screen.read(.3)
before = len(screen.written)
screen.read(1.5)
later = screen.written[before:]
ok(0 < len(later) < 15 * 2500, 'only what changes is written: %d bytes in 1.5 s' % len(later))
same([seen for seen in (b'\x1b[2J', b'\x1b[J', b'\x1bc') if seen in later], [], 'nothing is wiped before it is drawn: no flicker')

# --- resized ---

for width, height in (40, 15), (200, 50), (100, 30), (20, 6), (80, 24):
    screen.resize(width, height)
    fits = screen.wait_for(lambda lines: lines[-1].startswith(BOTTOM[:min(18, width - 1)]) and lines[0].startswith('croft '))
    ok(fits, 'it fits %dx%d' % (width, height))
    if not fits:
        print('# ' + screen.text().replace('\n', '\n# '))
ok(screen.wait_for(is_live), 'and back')

# --- keys ---

for what in 'queue', 'memory', 'longest turn', 'requests':
    screen.press(b'\t')
    ok(screen.wait_for(lambda lines: lines[-1].startswith(BOTTOM + what)), 'Tab: ' + what)
screen.press(b'p')
ok(screen.wait_for(lambda lines: lines[0].endswith('paused')), 'p pauses')
screen.read(.3)
shown = screen.text()
screen.read(.6)
same(screen.text(), shown, 'nothing moves then')
screen.press(b'p')
ok(screen.wait_for(is_live), 'and again, it goes on')
screen.resize(80, 16)
screen.wait_for(lambda lines: len(lines) == 16 and lines[-1].startswith(BOTTOM))
screen.press(b'\x1b[B\x1bOBx?')
screen.read(.3)
ok(is_live(screen.lines()), 'arrows, and keys that mean nothing, do no harm')

# --- ways to leave ---

screen.press(b'q')
same((screen.end(), screen.is_restored()), (0, True), 'q ends it, and the terminal is as before')
ok(b'\x1b[?1049l' in screen.written, 'on the usual screen')
screen.close()
for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT:
    screen = begin()
    screen.signal(number)
    same((screen.end(), screen.is_restored()), (0, True), 'so does %s' % number.name)
    screen.close()
screen = begin(NO_COLOR='1', TERM='xterm-256color')
same(re.findall(rb'\x1b\[[0-9;]*(?:3[0-7]|38;5;\d+)m', screen.written), [], 'with NO_COLOR there are no colours')
screen.press(b'\x03')
same((screen.end(), screen.is_restored()), (0, True), 'Ctrl-C ends it')
screen.close()
screen = begin()
os.close(screen.slave)
os.close(screen.master)
gone = None
for _ in range(1000):
    found, status = os.waitpid(screen.process, os.WNOHANG)
    if found:
        gone = os.waitstatus_to_exitcode(status)
        break
    time.sleep(.02)
same(gone, 0, 'when the terminal is gone it ends')

# --- a terminal that is none, a server that is not there ---

screen = Screen(words, TERM='no-such-terminal')
same((screen.end(), 'is not known here' in screen.text(), screen.is_restored()), (1, True, True), 'an unknown terminal is said')
screen.close()
screen = begin(LC_ALL='C')
ok(screen.text().isascii(), 'ASCII where the locale has no more')
server.rest()
server.stop()
ok(screen.wait_for(lambda lines: 'no connection, trying again' in lines[0]), 'a server that goes is missed')
ok(any(line.startswith('shard ') for line in screen.lines()), 'and what was last seen stays')
again = Server(command, port=server.port)
ok(screen.wait_for(is_live), 'when there is one again it goes on')
again.say('config', 'set', 'requirepass', 'x')
again.stop()
other = Server(command, '--requirepass', 'x', port=server.port)
same((screen.end(), screen.is_restored()), (1, True), 'one that asks for a password ends it, with the terminal as before')
ok('NOAUTH' in screen.text(), 'and it says why')
screen.close()
other.stop()
end()
