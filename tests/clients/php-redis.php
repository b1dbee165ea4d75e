<?php
// phpredis, the extension.
$port = (int)$argv[1];
$checks = $failed = 0;

function ok($good, $name)
{
    global $checks, $failed;
    $checks++;
    $failed += $good ? 0 : 1;
    echo ($good ? 'ok' : 'not ok') . " $checks - $name\n";
}

function same($got, $wanted, $name)
{
    ok($got === $wanted, $name);
    if ($got !== $wanted)
        echo '# got ' . json_encode($got, JSON_INVALID_UTF8_SUBSTITUTE) . ', not ' . json_encode($wanted, JSON_INVALID_UTF8_SUBSTITUTE) . "\n";
}

function connect($port)
{
    $r = new Redis();
    $r->connect('127.0.0.1', $port);
    return $r;
}

// Sessions come first: nothing may have been printed before.
ini_set('session.save_handler', 'redis');
ini_set('session.save_path', "tcp://127.0.0.1:$port");
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
session_id('abc');
session_start();
$_SESSION['name'] = 'me';
session_write_close();
session_id('abc');
session_start();
$name = $_SESSION['name'];
session_destroy();

$r = connect($port);
same($name, 'me', 'sessions are kept');
same($r->ping(), true, 'connects with its defaults');
same($r->flushAll(), true, 'FLUSHALL');

$every = implode('', array_map('chr', range(0, 255)));
same([$r->set('text', 'grüße'), $r->get('text')], [true, 'grüße'], 'SET and GET');
$r->set($every, $every);
same($r->get($every), $every, 'every byte comes back, in keys, too');
$r->set('large', str_repeat($every, 4096));
same($r->get('large') === str_repeat($every, 4096), true, 'a megabyte comes back');
same($r->get('missing'), false, 'what is missing is false');
same($r->mSet(['a' => '1', 'b' => '2.5']), true, 'MSET');
same($r->mGet(['a', 'missing', 'b']), ['1', false, '2.5'], 'MGET');
same([$r->incrBy('a', 4), $r->decr('a'), $r->incrByFloat('b', 0.5)], [5, 4, 3.0], 'INCRBY, DECR, INCRBYFLOAT');
same([$r->append('b', '!'), $r->strlen('b'), $r->getRange('b', 0, 0), $r->setRange('b', 1, '?')], [2, 2, '3', 2], 'APPEND, STRLEN, GETRANGE, SETRANGE');
same([$r->set('a', 9, ['nx']), $r->set('a', 9, ['xx', 'ex' => 100]), $r->setnx('a', 1)], [false, true, false], 'SET NX, XX EX, SETNX');
same([$r->setBit('bits', 7, true), $r->getBit('bits', 7), $r->bitCount('bits')], [0, 1, 1], 'bits');
same([$r->exists('a', 'b', 'c'), $r->del('a', 'b'), $r->unlink('bits')], [2, 2, 1], 'EXISTS, DEL, UNLINK');
same($r->type('text'), Redis::REDIS_STRING, 'TYPE');

$r->setex('soon', 1000, 'x');
ok($r->ttl('soon') > 990 && $r->pttl('soon') > 990000, 'SETEX, TTL, PTTL');
same([$r->persist('soon'), $r->ttl('soon'), $r->ttl('nothing')], [true, -1, -2], 'PERSIST');
same([$r->expireAt('soon', 1), $r->get('soon')], [true, false], 'what is over is gone');

$pipe = $r->pipeline();
$wanted = [];
for ($i = 0; $i < 2000; $i++) {
    $pipe->set("pipe:$i", $i)->get("pipe:$i");
    array_push($wanted, true, "$i");
}
same($pipe->exec(), $wanted, 'four thousand commands in a pipeline');
same($r->pipeline()->set('word', 'word')->incr('word')->get('word')->exec(), [true, false, 'word'], 'an error in the middle stays there');

$found = [];
$cursor = null;
$r->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
while (($keys = $r->scan($cursor, 'pipe:*', 100)) !== false)
    foreach ($keys as $key)
        $found[$key] = true;
same(count($found), 2000, 'SCAN finds each');
same(count($r->keys('pipe:1?')), 10, 'KEYS');

same([$r->incr('text'), strpos($r->getLastError(), 'ERR value is not an integer') === 0], [false, true], 'a text is no number');
$r->clearLastError();
same([$r->rawCommand('NOSUCH', 'a'), strpos($r->getLastError(), "ERR unknown command 'NOSUCH'") === 0], [false, true], 'an unknown command');
try {
    $r->auth('x');
    ok(false, 'a password where there is none');
} catch (RedisException $e) {
    ok(strpos($e->getMessage(), 'AUTH <password> called without any password') !== false, 'a password where there is none');
}
same($r->select(99), false, 'no such database');

$info = $r->info();
ok(substr_count($info['redis_version'], '.') === 2 && $info['used_memory'] > 0, 'INFO is understood');
same($r->config('GET', 'maxmemory-policy'), ['maxmemory-policy' => 'noeviction'], 'CONFIG GET');
same([$r->client('setname', 'me'), $r->client('getname')], [true, 'me'], 'CLIENT SETNAME');
ok(in_array('me', array_column($r->client('list'), 'name')), 'CLIENT LIST is understood');

$r->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
$r->setOption(Redis::OPT_PREFIX, 'app:');
$r->set('object', ['a' => [1, 2.5, null]]);
same($r->get('object'), ['a' => [1, 2.5, null]], 'a serialized value under a prefix');

$other = connect($port);
$other->select(3);
$other->set('k', 'v');
same([$other->get('k'), $other->dbSize(), $r->exists('k')], ['v', 1, 0], 'another database');
$id = $other->rawCommand('CLIENT', 'ID');
same($r->rawCommand('CLIENT', 'KILL', 'ID', (string)$id), 1, 'CLIENT KILL');
same($other->get('k'), 'v', 'the connection is made anew, with its database');
ok($other->rawCommand('CLIENT', 'ID') !== $id, 'under another number');

echo "1..$checks\n";
exit($failed > 0 ? 1 : 0);
