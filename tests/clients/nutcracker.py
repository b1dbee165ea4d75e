"""nutcracker (twemproxy) divides keys over three servers; redis-py talks to it."""
import os
import socket
import subprocess
import sys
import tempfile
import time

import redis

from python.tap import end, same


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def connectable(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


def start(folder, servers):
    port, stats = free_port(), free_port()
    config = os.path.join(folder, 'nutcracker.yml')
    with open(config, 'w') as f:
        f.write('pool:\n  listen: 127.0.0.1:%d\n  redis: true\n  hash: fnv1a_64\n' % port)
        f.write('  distribution: ketama\n  timeout: 10000\n  servers:\n')
        for number, server in enumerate(servers):
            f.write('  - 127.0.0.1:%d:1 server%d\n' % (server, number))
    log = os.path.join(folder, 'log')
    process = subprocess.Popen(['/usr/sbin/nutcracker', '-c', config, '-o', log, '-s', str(stats), '-a', '127.0.0.1'])
    for _ in range(200):
        if connectable(port):
            return process, port
        time.sleep(0.05)
    print('Bail out! nutcracker does not start')
    process.kill()
    sys.exit(255)


def work(r, servers):
    same(r.ping(), True, 'connects')
    every = bytes(range(256))
    same((r.set(every, every), r.get(every)), (True, every), 'every byte comes back, in keys, too')
    large = every * 4096
    same((r.set('large', large), r.get('large') == large), (True, True), 'a megabyte comes back')
    same(r.get('missing'), None, 'what is missing is None')
    with r.pipeline(transaction=False) as p:
        for i in range(2000):
            p.set('k:%d' % i, i).get('k:%d' % i)
        got = p.execute()
    same(got, [x for i in range(2000) for x in (True, b'%d' % i)], 'four thousand commands in a pipeline')
    sizes = [s.dbsize() for s in servers]
    same((sum(sizes), min(sizes) > 300), (2002, True), 'each server has its share of the keys')
    keys = ['k:%d' % i for i in range(500)]
    same(r.mget(keys + ['missing']), [b'%d' % i for i in range(500)] + [None], 'MGET over the three')
    same(r.mset({'a': 1, 'b': 2, 'c': 3}), True, 'MSET over the three')
    same(r.delete(*keys), 500, 'DEL over the three')
    same((r.incrby('n', 41), r.decr('n'), r.incrbyfloat('n', 0.5)), (41, 40, 40.5), 'INCRBY, DECR, INCRBYFLOAT')
    same((r.append('a', 'x'), r.getrange('a', 0, 0), r.setrange('a', 1, 'y')), (2, b'1', 2), 'APPEND, GETRANGE, SETRANGE')
    same((r.setbit('bits', 3, 1), r.getbit('bits', 3), r.bitcount('bits')), (0, 1, 1), 'bits')
    same((r.expire('a', 100), r.ttl('a') > 90, r.persist('a'), r.ttl('a')), (True, True, True, -1), 'EXPIRE, TTL, PERSIST')
    same((r.setex('s', 1, 'x'), r.psetex('s', 1, 'x'), time.sleep(0.02), r.get('s')), (True, True, None, None), 'SETEX, PSETEX')
    same((r.setnx('a', 1), r.getset('a', 2), r.type('a'), r.exists('a')), (False, b'1y', b'string', 1), 'SETNX, GETSET, TYPE, EXISTS')
    same((r.pfadd('hll', 'x', 'y'), r.pfcount('hll')), (1, 2), 'HyperLogLog')
    dumped = r.dump('a')
    same((r.delete('a'), r.restore('a', 0, dumped), r.get('a')), (1, b'OK', b'2'), 'DUMP, RESTORE')
    for server in servers:
        server.execute_command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    for _ in range(100):  # what was under way is an error
        try:
            again = r.get('a')
            break
        except redis.RedisError:
            time.sleep(0.05)
    same(again, b'2', 'its connections are killed, and made anew')
    try:
        same(r.incr('bits'), 'an error', 'a text is no number')
    except redis.ResponseError as error:
        same(str(error), 'value is not an integer or out of range', 'a text is no number')


ports = [int(a) for a in sys.argv[1:]]
with tempfile.TemporaryDirectory() as folder:
    proxy, port = start(folder, ports)
    try:
        work(redis.Redis(port=port), [redis.Redis(port=p) for p in ports])
    finally:
        proxy.terminate()
        proxy.wait()
end()
