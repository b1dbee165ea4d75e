# redis-rb 4
require 'redis'

PORT = ARGV[0].to_i
$checks = $failed = 0

def ok(good, name)
  $checks += 1
  $failed += 1 unless good
  puts "#{good ? 'ok' : 'not ok'} #{$checks} - #{name}"
end

def same(got, wanted, name)
  ok(got == wanted, name)
  puts "# got #{got.inspect[0, 500]}, not #{wanted.inspect[0, 500]}" unless got == wanted
end

def raises(kind, part, name)
  yield
  ok(false, name)
rescue kind => e
  ok(e.message.include?(part), name)
  puts "# #{e.message}" unless e.message.include?(part)
end

r = Redis.new(port: PORT)
same(r.ping, 'PONG', 'connects with its defaults')
same(r.flushall, 'OK', 'FLUSHALL')

every = (0..255).to_a.pack('C*')
same([r.set('text', 'grüße'), r.get('text').force_encoding('UTF-8')], %w[OK grüße], 'SET and GET')
r.set(every, every)
same(r.get(every).b, every, 'every byte comes back, in keys, too')
r.set('large', every * 4096)
ok(r.get('large').b == every * 4096, 'a megabyte comes back')
same(r.get('missing'), nil, 'what is missing is nil')
r.mset('a', 1, 'b', 2.5)
same(r.mget('a', 'missing', 'b'), ['1', nil, '2.5'], 'MSET, MGET')
same(r.mapped_mget('a', 'b'), { 'a' => '1', 'b' => '2.5' }, 'as a hash')
same([r.incrby('a', 4), r.decr('a'), r.incrbyfloat('b', 0.5)], [5, 4, 3.0], 'INCRBY, DECR, INCRBYFLOAT')
same([r.append('b', '!'), r.getrange('b', 0, 0), r.setrange('b', 1, '?')], [2, '3', 2], 'APPEND, GETRANGE, SETRANGE')
same([r.set('a', 9, nx: true), r.set('a', 9, xx: true, get: true), r.setnx('a', 1), r.getset('a', 8), r.getdel('a')], [false, '4', false, '9', '8'], 'SET NX, XX GET, SETNX, GETSET, GETDEL')
same(r.msetnx('m', 1, 'b', 2), false, 'MSETNX')
same([r.setbit('bits', 7, 1), r.getbit('bits', 7), r.bitcount('bits')], [0, 1, 1], 'bits')
same([r.exists('a', 'b'), r.exists?('b'), r.del('b'), r.type('text')], [1, true, 1, 'string'], 'EXISTS, DEL, TYPE')
same([r.set('from', 1), r.rename('from', 'to'), r.renamenx('to', 'text'), r.copy('to', 'too')], ['OK', 'OK', false, true], 'RENAME, RENAMENX, COPY')
same([r.pfadd('hll', %w[a b c]), r.pfcount('hll')], [true, 3], 'PFADD, PFCOUNT')
same([r.dump('text').nil?, r.restore('copy', 0, r.dump('text')), r.get('copy') == r.get('text')], [false, 'OK', true], 'DUMP, RESTORE')

r.set('soon', 'x', ex: 1000)
ok(r.ttl('soon') > 990 && r.pttl('soon') > 990_000, 'EX, TTL, PTTL')
same([r.persist('soon'), r.ttl('soon'), r.ttl('nothing')], [true, -1, -2], 'PERSIST')
same([r.expireat('soon', 1), r.get('soon')], [true, nil], 'what is over is gone')

got = r.pipelined { |pipe| 2000.times { |i| pipe.set("pipe:#{i}", i); pipe.get("pipe:#{i}") } }
same(got, (0...2000).flat_map { |i| ['OK', i.to_s] }, 'four thousand commands in a pipeline')
same(r.scan_each(match: 'pipe:*', count: 100).to_a.uniq.size, 2000, 'SCAN finds each')
same(r.keys('pipe:1?').size, 10, 'KEYS')

raises(Redis::CommandError, 'ERR value is not an integer', 'a text is no number') { r.incr('text') }
raises(Redis::CommandError, "ERR unknown command 'nosuch'", 'an unknown command') { r.call('nosuch', 'a') }
raises(Redis::CommandError, 'ERR value is not an integer', 'an error in a pipeline') { r.pipelined { |pipe| pipe.get('a'); pipe.incr('text') } }
raises(Redis::CommandError, 'ERR DB index is out of range', 'no such database') { Redis.new(port: PORT, db: 99).ping }
raises(Redis::CommandError, 'ERR AUTH <password> called without', 'a password where there is none') { r.auth('x') }

info = r.info
ok(info['redis_version'].count('.') == 2 && info['used_memory'].to_i > 0, 'INFO is understood')
same(r.config(:get, 'maxmemory-policy'), { 'maxmemory-policy' => 'noeviction' }, 'CONFIG GET')
same([r.client(:setname, 'me'), r.client(:getname)], %w[OK me], 'CLIENT SETNAME')
ok(r.client(:list).any? { |client| client['name'] == 'me' }, 'CLIENT LIST is understood')
ok(r.time.size == 2 && r.dbsize > 2000, 'TIME, DBSIZE')

other = Redis.new(url: "redis://127.0.0.1:#{PORT}/3")
other.set('k', 'v')
same([other.get('k'), other.dbsize, r.exists?('k')], ['v', 1, false], 'another database, by URL')
id = other.call('CLIENT', 'ID')
same(r.call('CLIENT', 'KILL', 'ID', id), 1, 'CLIENT KILL')
same(other.get('k'), 'v', 'the connection is made anew, with its database')
ok(other.call('CLIENT', 'ID') != id, 'under another number')
r.set('counter', 0)
8.times.map { Thread.new { 100.times { r.incr('counter') } } }.each(&:join)
same(r.get('counter'), '800', 'eight threads share a connection')

puts "1..#{$checks}"
exit($failed.zero? ? 0 : 1)
