<?php
// Predis: PHP alone.
require 'Predis/Autoloader.php';
Predis\Autoloader::register();
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

function fails($part, $name, $call)
{
    try {
        $call();
        ok(false, $name);
    } catch (Predis\Response\ServerException $e) {
        ok(strpos($e->getMessage(), $part) === 0, $name);
    }
}

$r = new Predis\Client(['port' => $port]);
same((string)$r->ping(), 'PONG', 'connects with its defaults');
same((string)$r->flushall(), 'OK', 'FLUSHALL');

$every = implode('', array_map('chr', range(0, 255)));
same([(string)$r->set('text', 'grüße'), $r->get('text')], ['OK', 'grüße'], 'SET and GET');
$r->set($every, $every);
same($r->get($every), $every, 'every byte comes back, in keys, too');
$r->set('large', str_repeat($every, 4096));
same($r->get('large') === str_repeat($every, 4096), true, 'a megabyte comes back');
same($r->get('missing'), null, 'what is missing is null');
$r->mset(['a' => 1, 'b' => 2.5]);
same($r->mget('a', 'missing', 'b'), ['1', null, '2.5'], 'MSET, MGET');
same([$r->incrby('a', 4), $r->decr('a'), $r->incrbyfloat('b', 0.5)], [5, 4, '3'], 'INCRBY, DECR, INCRBYFLOAT');
same([$r->append('b', '!'), $r->getrange('b', 0, 0), $r->setrange('b', 1, '?')], [2, '3', 2], 'APPEND, GETRANGE, SETRANGE');
same([$r->set('a', 9, 'EX', 100, 'NX'), $r->setnx('a', 1), $r->getset('a', 8)], [null, 0, '4'], 'SET EX NX, SETNX, GETSET');
same([$r->setbit('bits', 7, 1), $r->getbit('bits', 7), $r->bitcount('bits')], [0, 1, 1], 'bits');
same([$r->exists('a'), $r->del('a', 'b'), (string)$r->type('text')], [1, 2, 'string'], 'EXISTS, DEL, TYPE');

$r->setex('soon', 1000, 'x');
ok($r->ttl('soon') > 990 && $r->pttl('soon') > 990000, 'SETEX, TTL, PTTL');
same([$r->persist('soon'), $r->ttl('soon'), $r->ttl('nothing')], [1, -1, -2], 'PERSIST');
same([$r->expireat('soon', 1), $r->get('soon')], [1, null], 'what is over is gone');

$wanted = [];
$got = $r->pipeline(function ($pipe) use (&$wanted) {
    for ($i = 0; $i < 2000; $i++) {
        $pipe->set("pipe:$i", $i);
        $pipe->get("pipe:$i");
        array_push($wanted, 'OK', "$i");
    }
});
same(array_map('strval', $got), $wanted, 'four thousand commands in a pipeline');

$found = [];
foreach (new Predis\Collection\Iterator\Keyspace($r, 'pipe:*', 100) as $key)
    $found[$key] = true;
same(count($found), 2000, 'SCAN finds each');
same(count($r->keys('pipe:1?')), 10, 'KEYS');

fails('ERR value is not an integer', 'a text is no number', function () use ($r) { $r->incr('text'); });
fails("ERR unknown command 'NOSUCH'", 'an unknown command', function () use ($r) { $r->executeRaw(['PING']); $c = new Predis\Command\RawCommand(['NOSUCH', 'a']); $r->executeCommand($c); });
fails('ERR DB index is out of range', 'no such database', function () use ($r) { $r->select(99); });
fails('ERR AUTH <password> called without', 'a password where there is none', function () use ($r) { $r->auth('x'); });

$info = $r->info();
ok(substr_count($info['Server']['redis_version'], '.') === 2 && $info['Memory']['used_memory'] > 0, 'INFO is understood');
same($r->config('GET', 'maxmemory-policy'), ['maxmemory-policy' => 'noeviction'], 'CONFIG GET');
$r->client('SETNAME', 'me');
same($r->client('GETNAME'), 'me', 'CLIENT SETNAME');
ok(in_array('me', array_column($r->client('LIST'), 'name')), 'CLIENT LIST is understood');

$other = new Predis\Client(['port' => $port, 'database' => 3], ['prefix' => 'app:']);
$other->set('k', 'v');
same([$other->get('k'), $other->dbsize(), $r->exists('k')], ['v', 1, 0], 'another database, a prefix');
$id = $other->executeRaw(['CLIENT', 'ID']);
same($r->executeRaw(['CLIENT', 'KILL', 'ID', (string)$id]), 1, 'CLIENT KILL');
try {
    $other->get('k');
    ok(false, 'the connection is gone');
} catch (Predis\Connection\ConnectionException $e) {
    ok(true, 'the connection is gone');
}
same($other->get('k'), 'v', 'and is made anew, with its database');

echo "1..$checks\n";
exit($failed > 0 ? 1 : 0);
