"""cachelib: what Flask's caches and sessions use."""
import sys

import redis
from cachelib import RedisCache

from python.tap import end, same

cache = RedisCache(port=int(sys.argv[1]), key_prefix='app:', default_timeout=100)
same(cache.set('a', {'x': [1, 2.5, None]}), True, 'set')
same(cache.get('a'), {'x': [1, 2.5, None]}, 'get')
same((cache.add('a', 1), cache.add('b', 2)), (False, True), 'add')
same(cache.set_many({'c': 3, 'd': b'\0\xff'}), ['c', 'd'], 'set_many')
same(cache.get_many('a', 'c', 'd', 'missing'), [{'x': [1, 2.5, None]}, 3, b'\0\xff', None], 'get_many')
same((cache.inc('n', 2), cache.dec('n'), cache.has('c')), (2, 1, True), 'inc, dec, has')
same(cache.set('gone', 1, timeout=1000) and 990 < redis.Redis(port=int(sys.argv[1])).ttl('app:gone') <= 1000, True, 'timeout')
same((cache.set('e', bytes(range(256)) * 4096), cache.get('e') == bytes(range(256)) * 4096), (True, True), 'a megabyte of any bytes')
same((cache.set('text', 'no number'), cache.get('text')), (True, 'no number'), 'texts')
try:
    same(cache.inc('text'), 'an error', 'a text is no number')
except redis.ResponseError as error:
    same('not an integer' in str(error), True, 'a text is no number')
same(redis.Redis(port=int(sys.argv[1])).execute_command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes') > 0, True, 'its connection is killed')
same(cache.get('text'), 'no number', 'and made anew')
same((cache.delete('b'), cache.get('b')), (True, None), 'delete')
same((len(cache.delete_many('c', 'd')), cache.get('c')), (2, None), 'delete_many')
same((cache.clear(), cache.get('a')), (True, None), 'clear')
end()
