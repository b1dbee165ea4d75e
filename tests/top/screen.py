"""croft-top in a terminal that is not there: a pseudo-terminal, and what pyte makes of what is written to it."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

PATIENCE = 30


class Screen:
    def __init__(self, command, width=80, height=24, **environment):
        self.master, self.slave = pty.openpty()
        self.width, self.height = width, height
        self.set_size()
        self.before = termios.tcgetattr(self.slave)
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b''
        variables = {**os.environ, 'TERM': 'linux', 'LC_ALL': 'C.UTF-8', **environment}
        for name in 'COLUMNS', 'LINES', 'NO_COLOR':
            if name not in environment:
                variables.pop(name, None)
        self.process = os.fork()
        if self.process == 0:
            os.close(self.master)
            os.login_tty(self.slave) if hasattr(os, 'login_tty') else self.take_terminal()
            os.execvpe(command[0], command, variables)

    def take_terminal(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for number in 0, 1, 2:
            os.dup2(self.slave, number)

    def set_size(self):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', self.height, self.width, 0, 0))

    def resize(self, width, height):
        self.width, self.height = width, height
        self.screen.resize(height, width)
        self.set_size()  # the kernel tells the program

    def read(self, seconds):
        """Takes in what is written within so many seconds."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                return
            piece = os.read(self.master, 65536)
            self.written += piece
            self.stream.feed(piece)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return '\n'.join(self.lines())

    def wait_for(self, look):
        """Until look(lines) is true; whether it ever was."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(.05)
            if look(self.lines()):
                return True
        return False

    def press(self, keys):
        os.write(self.master, keys)

    def signal(self, number):
        os.kill(self.process, number)

    def end(self):
        """The exit status, or what it did not do."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read(.05)
            found, status = os.waitpid(self.process, os.WNOHANG)
            if found:
                self.read(.1)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        return 'does not end'

    def is_restored(self):
        """Whether the terminal behaves as before, shows its usual screen, and the cursor."""
        return (termios.tcgetattr(self.slave) == self.before and
                not self.screen.cursor.hidden)

    def close(self):
        os.close(self.master)
        os.close(self.slave)
