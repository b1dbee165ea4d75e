// ioredis 6
const Redis = require('ioredis');
const { ok, same, fails, run, every } = require('./node/tap.js');

run(async (port) => {
    const r = new Redis(port);
    r.on('error', () => {});
    same(await r.ping(), 'PONG', 'connects with its defaults, and its check that the server is ready');
    same(await r.flushall(), 'OK', 'FLUSHALL');

    same([await r.set('text', 'grüße'), await r.get('text')], ['OK', 'grüße'], 'SET and GET');
    await r.set(every, every);
    ok((await r.getBuffer(every)).equals(every), 'every byte comes back, in keys, too');
    const large = Buffer.alloc(1 << 20, every);
    await r.set('large', large);
    ok((await r.getBuffer('large')).equals(large), 'a megabyte comes back');
    same(await r.get('missing'), null, 'what is missing is null');
    same([await r.mset({ a: '1', b: '2.5' }), await r.mget('a', 'missing', 'b')], ['OK', ['1', null, '2.5']], 'MSET, MGET');
    same([await r.incrby('a', 4), await r.decr('a'), await r.incrbyfloat('b', 0.5)], [5, 4, '3'], 'INCRBY, DECR, INCRBYFLOAT');
    same([await r.append('b', '!'), await r.getrange('b', 0, 0), await r.setrange('b', 1, '?')], [2, '3', 2], 'APPEND, GETRANGE, SETRANGE');
    same([await r.set('a', '9', 'NX'), await r.set('a', '9', 'XX', 'GET'), await r.getdel('a')], [null, '4', '9'], 'SET NX, XX GET, GETDEL');
    same([await r.setbit('bits', 7, 1), await r.getbit('bits', 7), await r.bitcount('bits')], [0, 1, 1], 'bits');
    same([await r.exists('a', 'b'), await r.del('a', 'b'), await r.type('text')], [1, 1, 'string'], 'EXISTS, DEL, TYPE');

    await r.set('soon', 'x', 'EX', 1000);
    ok((await r.ttl('soon')) > 990 && (await r.pttl('soon')) > 990000, 'EX, TTL, PTTL');
    same([await r.persist('soon'), await r.ttl('soon'), await r.ttl('nothing')], [1, -1, -2], 'PERSIST');
    same([await r.expireat('soon', 1), await r.get('soon')], [1, null], 'what is over is gone');

    const pipeline = r.pipeline(), wanted = [];
    for (let i = 0; i < 2000; i++) {
        pipeline.set(`pipe:${i}`, i).get(`pipe:${i}`);
        wanted.push([null, 'OK'], [null, `${i}`]);
    }
    same(await pipeline.exec(), wanted, 'four thousand commands in a pipeline');
    const [good, bad] = await r.pipeline().get('text').incr('text').exec();
    ok(good[1] === 'grüße' && bad[0].message.startsWith('ERR value is not an integer'), 'an error in a pipeline is that command\'s');
    const automatic = new Redis(port, { enableAutoPipelining: true });
    same(await Promise.all(['text', 'missing', 'pipe:7'].map((key) => automatic.get(key))), ['grüße', null, '7'], 'automatic pipelines');
    automatic.disconnect();
    const found = new Set();
    for await (const keys of r.scanStream({ match: 'pipe:*', count: 100 }))
        keys.forEach((key) => found.add(key));
    same(found.size, 2000, 'SCAN finds each, as a stream');
    same((await r.keys('pipe:1?')).length, 10, 'KEYS');
    const prefixed = new Redis(port, { keyPrefix: 'pipe:' });
    same(await prefixed.mget('1', '2'), ['1', '2'], 'prefixes');
    prefixed.disconnect();

    await fails('ERR value is not an integer', 'a text is no number', () => r.incr('text'));
    await fails("ERR unknown command 'NOSUCH'", 'an unknown command', () => r.call('NOSUCH', 'a'));
    await fails('ERR DB index is out of range', 'no such database', () => r.select(99));

    ok(/redis_version:\d+\.\d+\.\d+\r\n/.test(await r.info()), 'INFO');
    same(await r.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction'], 'CONFIG GET');
    same([await r.client('SETNAME', 'me'), await r.client('GETNAME')], ['OK', 'me'], 'CLIENT SETNAME');
    ok((await r.command('COUNT')) > 50, 'COMMAND COUNT');

    const other = new Redis(`redis://127.0.0.1:${port}/3`);
    other.on('error', () => {});
    await other.set('k', 'v');
    same([await other.get('k'), await other.dbsize(), await r.exists('k')], ['v', 1, 0], 'another database, by URL');
    const id = await other.client('ID');
    const again = new Promise((resolve) => other.once('ready', resolve));
    same(await r.client('KILL', 'ID', id), 1, 'CLIENT KILL');
    await again;
    same(await other.get('k'), 'v', 'the connection is made anew, with its database');
    ok((await other.client('ID')) !== id, 'under another number');
    await other.quit();
    await r.quit();
});
