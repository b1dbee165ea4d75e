"""redis-py: what a program does with it, RESP2 with the parser that is there."""
import sys

import redis

from python.tap import end, ok, same

port = int(sys.argv[1])
def raises(kind, part, name, call):
    try:
        got = call()
    except kind as error:
        ok(part in str(error), name)
        if part not in str(error):
            print('# %r' % error)
    else:
        ok(False, name)
        print('# got %r' % (got,))


r = redis.Redis(port=port)
same(r.ping(), True, 'connects with its defaults')
same(r.flushall(), True, 'FLUSHALL')

# --- values ---

every = bytes(range(256))
same(r.set('text', 'grüße'), True, 'SET')
same(r.get('text'), 'grüße'.encode(), 'GET')
r.set('binary', every)
same(r.get('binary'), every, 'every byte comes back')
r.set(every, b'\r\n')
same(r.get(every), b'\r\n', 'in keys, too')
large = every * 4096
r.set('large', large)
same(r.get('large'), large, 'a megabyte comes back')
same(r.get('missing'), None, 'what is missing is None')
same(r.mget('text', 'missing', 'binary'), ['grüße'.encode(), None, every], 'MGET')
same(r.mset({'a': 1, 'b': 2.5}), True, 'MSET')
same((r.incr('a', 4), r.decr('a'), r.incrbyfloat('b', 0.5)), (5, 4, 3.0), 'INCRBY, DECRBY, INCRBYFLOAT')
same(r.append('b', '!'), 2, 'APPEND')
same((r.strlen('b'), r.getrange('b', 0, 0), r.setrange('b', 1, '?')), (2, b'3', 2), 'STRLEN, GETRANGE, SETRANGE')
same((r.set('a', 9, nx=True), r.set('a', 9, xx=True, get=True)), (None, b'4'), 'SET NX, XX GET')
same((r.setnx('a', 1), r.getset('a', 7), r.getdel('a'), r.exists('a', 'b')), (False, b'9', b'7', 1), 'SETNX, GETSET, GETDEL, EXISTS')
same((r.setbit('bits', 7, 1), r.getbit('bits', 7), r.bitcount('bits')), (0, 1, 1), 'bits')
same(r.bitfield('field').set('u8', 0, 200).incrby('u8', 0, 10).execute(), [0, 210], 'BITFIELD')
same((r.delete('a', 'b', 'nothing'), r.unlink('bits'), r.type('text')), (1, 1, b'string'), 'DEL, UNLINK, TYPE')

# --- expiry ---

r.set('soon', 1, ex=1000)
ok(990 < r.ttl('soon') <= 1000 and 990000 < r.pttl('soon') <= 1000000, 'TTL and PTTL')
same((r.persist('soon'), r.ttl('soon'), r.ttl('nothing')), (True, -1, -2), 'PERSIST')
same((r.expireat('soon', 4102444800), r.execute_command('EXPIRETIME', 'soon')), (True, 4102444800), 'EXPIREAT')
same((r.expireat('soon', 1), r.get('soon')), (True, None), 'what is over is gone')
same((r.setex('soon', 50, 'x'), r.psetex('soon', 50000, 'y'), r.getex('soon', persist=True)), (True, True, b'y'), 'SETEX, PSETEX, GETEX')

# --- pipelines ---

with r.pipeline(transaction=False) as pipe:
    for i in range(2000):
        pipe.set('pipe:%d' % i, i).get('pipe:%d' % i)
    answers = pipe.execute()
same(answers, [x for i in range(2000) for x in (True, b'%d' % i)], 'four thousand commands in a pipeline')
with r.pipeline(transaction=False) as pipe:
    pipe.set('word', 'word').incr('word').get('word')
    answers = pipe.execute(raise_on_error=False)
ok(answers[0] is True and isinstance(answers[1], redis.ResponseError) and answers[2] == b'word', 'an error in the middle stays there')

# --- many keys ---

same(len(set(r.scan_iter(match='pipe:*', count=100))), 2000, 'SCAN finds each')
same(len(r.keys('pipe:1?')), 10, 'KEYS')
same(r.dbsize(), len(list(r.scan_iter(count=1000))), 'DBSIZE is what SCAN finds')

# --- errors ---

raises(redis.ResponseError, 'value is not an integer or out of range', 'a text is no number', lambda: r.incr('text'))
raises(redis.ResponseError, 'unknown command', 'an unknown command', lambda: r.execute_command('NOSUCH', 'a'))
raises(redis.ResponseError, 'wrong number of arguments', 'too few words', lambda: r.execute_command('GET'))
raises(redis.ResponseError, 'syntax error', 'a wrong option', lambda: r.execute_command('SET', 'a', 'b', 'c'))
raises(redis.ResponseError, 'out of range', 'no such database', lambda: redis.Redis(port=port, db=99).ping())
raises(redis.ResponseError, 'WRONGPASS', 'a user who is not there', lambda: redis.Redis(port=port, username='x', password='x').ping())

# --- the server ---

info = r.info()
ok(info['redis_version'].count('.') == 2 and info['used_memory'] > 0 and info['db0']['keys'] == r.dbsize(), 'INFO is understood')
same(r.config_get('maxmemory-policy'), {'maxmemory-policy': 'noeviction'}, 'CONFIG GET')
same((r.client_setname('me'), r.client_getname()), (True, 'me'), 'CLIENT SETNAME')
ok(any(client['name'] == 'me' for client in r.client_list()), 'CLIENT LIST is understood')
ok('get' in r.command() and r.command_count() > 50, 'COMMAND is understood')
ok(len(r.time()) == 2 and r.echo('x') == b'x' and r.lastsave() is not None, 'TIME, ECHO, LASTSAVE')

# --- connections ---

other = redis.Redis(port=port, db=3, decode_responses=True, client_name='other')
same((other.set('k', 'ü'), other.get('k'), other.dbsize(), r.exists('k')), (True, 'ü', 1, 0), 'another database, texts instead of bytes')
other_id = other.client_id()
same(r.execute_command('CLIENT', 'KILL', 'ID', other_id), 1, 'CLIENT KILL')
same(other.get('k'), 'ü', 'the connection is made anew, with its database')
ok(other.client_id() != other_id, 'under another number')
pool = redis.BlockingConnectionPool(port=port, max_connections=4, timeout=5)
import threading

same(r.set('counter', 0), True, 'a counter')
threads = [threading.Thread(target=lambda: [redis.Redis(connection_pool=pool).incr('counter') for _ in range(100)]) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
same(r.get('counter'), b'800', 'is counted by eight threads over four connections')

end()
