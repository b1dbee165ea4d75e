"""What the HTTP port says, to whom, and what it puts up with: port.py CROFT OPTION..."""
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time

from server import Server

from python.tap import end, ok, same

server = Server(*sys.argv[1:])
r = server.resp

# --- those who take their time, looked at in the end ---

silent = server.raw()
dripping = server.raw(b'GET / HT')
lazy = server.raw(b'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n', room=2048)
started = time.monotonic()

# --- figures ---

for number in range(300):
    r.say('set', 'key:%d' % number, 'x' * 100)
r.say('set', 'short', 'lived', 'px', 1)
r.say('set', 'later', 'gone', 'ex', 1000)
time.sleep(0.01)
r.say('get', 'short')
r.say('incr', 'key:1')
for number in range(600):
    r.say('get', 'key:%d' % number)
info = r.info('everything')
metrics = server.metrics()
pairs = {
    'redis_connected_clients': 'connected_clients', 'redis_blocked_clients': 'blocked_clients',
    'redis_max_clients': 'maxclients', 'redis_memory_max_bytes': 'maxmemory',
    'redis_connections_received_total': 'total_connections_received',
    'redis_commands_processed_total': 'total_commands_processed',
    'redis_net_input_bytes_total': 'total_net_input_bytes', 'redis_keyspace_hits_total': 'keyspace_hits',
    'redis_keyspace_misses_total': 'keyspace_misses', 'redis_expired_keys_total': 'expired_keys',
    'redis_evicted_keys_total': 'evicted_keys', 'redis_rejected_connections_total': 'rejected_connections',
    'redis_total_system_memory_bytes': 'total_system_memory', 'redis_process_id': 'process_id'}
same({name: metrics[name] for name in pairs}, {name: float(info[field]) for name, field in pairs.items()},
     '/metrics has what INFO says')
database = dict(pair.split('=') for pair in info['db0'].split(','))
same((metrics['redis_db_keys{db="db0"}'], metrics['redis_db_keys_expiring{db="db0"}']),
     (float(database['keys']), float(database['expires'])), 'keys, and those that expire')
calls = dict(pair.split('=') for pair in info['cmdstat_get'].split(','))
same((metrics['redis_commands_total{cmd="get"}'], metrics['croft_command_duration_seconds_count{cmd="get"}'],
      metrics['croft_command_duration_seconds_bucket{cmd="get",le="+Inf"}']), (float(calls['calls']),) * 3,
     'calls of a command')
same(metrics['redis_commands_failed_calls_total{cmd="incr"}'], 1.0, 'of which one failed')
same(metrics['redis_errors_total{err="ERR"}'], 1.0, 'with an error')
buckets = [value for name, value in metrics.items() if name.startswith('croft_command_duration_seconds_bucket{cmd="get"')]
same(buckets, sorted(buckets), 'buckets hold what is in smaller ones')
shards = [dict(pair.split('=') for pair in info['shard%d' % number].split(',')) for number in range(int(info['shards']))]
for name, field in (('keys', 'keys'), ('requests_total', 'requests'), ('memory_bytes', 'memory')):
    same([metrics['croft_shard_%s{shard="%d"}' % (name, number)] for number in range(len(shards))],
         [float(shard[field]) for shard in shards], 'each shard: ' + name)
same(sum(value for name, value in metrics.items() if name.startswith('croft_shard_hits_total{')),
     metrics['redis_keyspace_hits_total'], 'hits of the shards are all hits')
same({value for name, value in metrics.items() if name.split('{')[0].endswith('_up')}, {1.0}, 'everybody answers')
ok(abs(metrics['redis_memory_used_bytes'] / float(info['used_memory']) - 1) < 0.1, 'memory is about the same')
if shutil.which('promtool'):
    check = subprocess.run(['promtool', 'check', 'metrics'], input=server.ask('/metrics')[2].encode(), capture_output=True)
    same((check.returncode, check.stdout + check.stderr), (0, b''), 'promtool has nothing to say')
same(server.ask('/metrics')[1]['content-type'], 'text/plain; version=0.0.4; charset=utf-8', 'and the type is right')

# --- news ---

r.say('set', b'a "key"\n\x00\xff\\', 'binary')
for _ in range(5000):
    r.send('get', b'a "key"\n\x00\xff\\')
for _ in range(5000):
    r.read()
info, stats = r.info('everything'), server.stats()
pairs = {'clients': 'connected_clients', 'commands': 'total_commands_processed', 'hits': 'keyspace_hits',
         'misses': 'keyspace_misses', 'connections': 'total_connections_received', 'expired': 'expired_keys',
         'port': 'tcp_port', 'policy': 'maxmemory_policy', 'placement': 'shard_placement', 'version': 'croft_version'}
same({name: str(stats[name]) for name in pairs}, {name: info[field] for name, field in pairs.items()},
     '/stats.json has what INFO says')
same([shard['keys'] for shard in stats['shards']],
     [int(dict(pair.split('=') for pair in info['shard%d' % number].split(','))['keys']) for number in range(len(shards))],
     'each shard')
same(stats['mix'][0][0], 'get', 'the command called most comes first')
hottest = stats['hottest'][0]
same((hottest[0], hottest[1]), (r'"a \"key\"\n\x00\xff\\"', 0), 'a key is shown as redis-cli does')
stream = server.raw(b'GET /events HTTP/1.0\r\n\r\n').makefile('rb')
news = []
while len(news) < 4:
    line = stream.readline()
    if line.startswith(b'data: '):
        news.append(json.loads(line[6:]))
ok(True, 'news come by themselves')
ok(0.5 < (news[-1]['time'] - news[1]['time']) / 1000 / (len(news) - 2) < 5, 'about one each second')
same(sorted(news[0]), sorted(stats), 'with the same in them')
r.say('config', 'set', 'requirepass', 'secret')
same(server.stats()['hottest'], None, 'with a password keys are nobody\'s business')
r.say('config', 'set', 'requirepass', '')

# --- the page ---

status, headers, page = server.ask('/')
policy = headers['content-security-policy']
for kind in 'style', 'script':
    text = re.search('<%s>(.*?)</%s>' % (kind, kind), page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    ok("%s-src 'sha256-%s'" % (kind, digest) in policy, 'the policy lets the page have its own ' + kind)
    same(page.count('<' + kind), 1, 'of which there is one')
ok("default-src 'none'" in policy and "frame-ancestors 'none'" in policy, 'and little else')
ok(not re.search(r'(src|href)="(?!data:|#|/)|https?://(?!www\.w3\.org/)|@import|url\(', page), 'nothing comes from elsewhere')
ok('innerHTML' not in page and 'document.write' not in page, 'and nothing is made markup that was not')

# --- who may ask what ---

same((server.ask('/', 'HEAD')[0], server.ask('/', 'HEAD')[2], server.ask('/', 'HEAD')[1]['content-length']),
     (200, '', str(len(page.encode()))), 'HEAD has no body, but says how long it were')
for method in 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH':
    status, headers, _ = server.ask('/metrics', method)
    same((status, headers['allow']), (405, 'GET, HEAD'), method + ' is refused')
same(server.ask('/metrics', 'POST', body=b'x' * 100000)[0] // 100, 4, 'so is what is large')
same(server.ask('/nothing')[0], 404, 'what is not there is not there')
same(server.ask('/metrics?x=1')[0], 200, 'a query changes nothing')
for host, status in (('evil.example', 421), ('evil.example:80', 421), ('localhost', 200), ('LOCALHOST:1', 200),
                     ('127.0.0.1', 200), ('10.1.2.3:9121', 200), ('[::1]:9121', 200), ('::1', 421), ('127.0.0.1.evil.example', 421)):
    same(server.ask('/healthz', headers={'Host': host})[0], status, 'Host: %s' % host)
same(server.ask('/stats.json', headers={'Origin': 'http://evil.example'})[1].get('access-control-allow-origin'), None,
     'no other origin is let in')
same(server.raw(b'nonsense\r\n\r\n').recv(100)[:12] in (b'HTTP/1.1 400', b''), True, 'nonsense is refused')
answer = server.raw(b'GET / HTTP/1.1\r\n' + b'X: y\r\n' * 5000 + b'\r\n').recv(100)
ok(answer[9:10] in (b'4', b''), 'so are endless headers')
streams = [server.raw(b'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n') for _ in range(15)]
same(streams[-1].recv(12), b'HTTP/1.1 503', 'not everybody can watch')

# --- health ---

same(server.ask('/healthz')[::2], (200, 'ok\n'), 'all are well')
r.send('debug', 'sleep', '3')
time.sleep(0.2)
status, _, text = server.ask('/healthz')
ok(status == 503 and re.search(r'^loop \d does not answer$', text, re.M), 'one that sleeps is named')
same('shard' in text, '--shard-placement loops' in ' '.join(sys.argv), 'with the shards that it hosts')
metrics = server.metrics()
ok(0.0 in {value for name, value in metrics.items() if '_up{' in name}, '/metrics says so, too')
ok(metrics['redis_keyspace_hits_total'] >= 5300, 'and has what is known')
r.read()
same(server.ask('/healthz')[0], 200, 'and when it is back all are well')

# --- those who take their time ---

for name, slow in ('says nothing', silent), ('does not come to an end', dripping):
    same(slow.recv(100), b'', 'who %s is sent away' % name)
if '64' in sys.argv:
    time.sleep(max(0, 16 - (time.monotonic() - started)))
    lazy.settimeout(0.5)
    try:
        while lazy.recv(100000):
            pass
        ok(True, 'who does not read what is told is dropped')
    except TimeoutError:
        ok(False, 'who does not read what is told is dropped')
else:
    crowd = [server.raw() for _ in range(40)]
    same(server.ask('/healthz')[0], 200, 'many who say nothing keep others waiting no longer than that')
same(server.stop(), 0, 'it ends well with all of them there')
end()
