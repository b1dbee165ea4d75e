// node-redis 4
const { createClient, commandOptions } = require('redis');
const { ok, same, fails, run, every } = require('./node/tap.js');

run(async (port) => {
    const r = createClient({ socket: { port } });
    r.on('error', () => {});
    await r.connect();
    same(await r.ping(), 'PONG', 'connects with its defaults');
    same(await r.flushAll(), 'OK', 'FLUSHALL');

    const buffers = commandOptions({ returnBuffers: true });
    same([await r.set('text', 'grüße'), await r.get('text')], ['OK', 'grüße'], 'SET and GET');
    await r.set(every, every);
    ok((await r.get(buffers, every)).equals(every), 'every byte comes back, in keys, too');
    const large = Buffer.alloc(1 << 20, every);
    await r.set('large', large);
    ok((await r.get(buffers, 'large')).equals(large), 'a megabyte comes back');
    same(await r.get('missing'), null, 'what is missing is null');
    await r.mSet({ a: '1', b: '2.5' });
    same(await r.mGet(['a', 'missing', 'b']), ['1', null, '2.5'], 'MSET, MGET');
    same([await r.incrBy('a', 4), await r.decr('a'), await r.incrByFloat('b', 0.5)], [5, 4, '3'], 'INCRBY, DECR, INCRBYFLOAT');
    same([await r.append('b', '!'), await r.getRange('b', 0, 0), await r.setRange('b', 1, '?')], [2, '3', 2], 'APPEND, GETRANGE, SETRANGE');
    same([await r.set('a', '9', { NX: true }), await r.set('a', '9', { XX: true, GET: true }), await r.getDel('a')], [null, '4', '9'], 'SET NX, XX GET, GETDEL');
    same([await r.setBit('bits', 7, 1), await r.getBit('bits', 7), await r.bitCount('bits')], [0, 1, 1], 'bits');
    same([await r.exists(['a', 'b']), await r.del(['a', 'b']), await r.type('text')], [1, 1, 'string'], 'EXISTS, DEL, TYPE');

    await r.set('soon', 'x', { EX: 1000 });
    ok((await r.ttl('soon')) > 990 && (await r.pTTL('soon')) > 990000, 'EX, TTL, PTTL');
    same([await r.persist('soon'), await r.ttl('soon'), await r.ttl('nothing')], [true, -1, -2], 'PERSIST');
    same([await r.expireAt('soon', 1), await r.get('soon')], [true, null], 'what is over is gone');

    const sent = [], wanted = [];
    for (let i = 0; i < 2000; i++) {
        sent.push(r.set(`pipe:${i}`, `${i}`), r.get(`pipe:${i}`));
        wanted.push('OK', `${i}`);
    }
    same(await Promise.all(sent), wanted, 'four thousand commands in a pipeline');
    const found = new Set();
    for await (const key of r.scanIterator({ MATCH: 'pipe:*', COUNT: 100 }))
        found.add(key);
    same(found.size, 2000, 'SCAN finds each');
    same((await r.keys('pipe:1?')).length, 10, 'KEYS');

    await fails('ERR value is not an integer', 'a text is no number', () => r.incr('text'));
    await fails("ERR unknown command 'NOSUCH'", 'an unknown command', () => r.sendCommand(['NOSUCH', 'a']));
    await fails('ERR DB index is out of range', 'no such database', () => r.select(99));
    await fails('ERR AUTH <password> called without', 'a password where there is none', () => r.auth({ password: 'x' }));

    ok(/redis_version:\d+\.\d+\.\d+\r\n/.test(await r.info()), 'INFO');
    same(await r.configGet('maxmemory-policy'), { 'maxmemory-policy': 'noeviction' }, 'CONFIG GET');
    same([await r.clientSetName('me'), await r.clientGetName()], ['OK', 'me'], 'CLIENT SETNAME');
    ok((await r.clientInfo()).name === 'me', 'CLIENT INFO is understood');
    ok((await r.commandCount()) > 50 && (await r.commandInfo(['get']))[0].arity === 2, 'COMMAND is understood');

    const other = createClient({ url: `redis://127.0.0.1:${port}/3` });
    other.on('error', () => {});
    await other.connect();
    await other.set('k', 'v');
    same([await other.get('k'), await other.dbSize(), await r.exists('k')], ['v', 1, 0], 'another database, by URL');
    const id = await other.clientId();
    const again = new Promise((resolve) => other.once('ready', resolve));
    same(await r.sendCommand(['CLIENT', 'KILL', 'ID', `${id}`]), 1, 'CLIENT KILL');
    await again;
    same(await other.get('k'), 'v', 'the connection is made anew, with its database');
    ok((await other.clientId()) !== id, 'under another number');
    await other.quit();
    await r.quit();
});
