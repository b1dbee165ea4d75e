-- redis-lua
local redis = require 'redis'
local port = tonumber(arg[1])
local checks, failed = 0, 0

local function ok(good, name)
    checks = checks + 1
    if not good then failed = failed + 1 end
    print((good and 'ok ' or 'not ok ') .. checks .. ' - ' .. name)
end

local function same(got, wanted, name)
    ok(got == wanted, name)
    if got ~= wanted then print('# got ' .. tostring(got) .. ', not ' .. tostring(wanted)) end
end

local function fails(part, name, call)
    local good, message = pcall(call)
    ok(not good and tostring(message):find(part, 1, true) ~= nil, name)
    if good or not tostring(message):find(part, 1, true) then print('# ' .. tostring(message)) end
end

local r = redis.connect('127.0.0.1', port)
same(r:ping(), true, 'connects with its defaults')
same(r:flushall(), true, 'FLUSHALL')

local every = {}
for i = 0, 255 do every[#every + 1] = string.char(i) end
every = table.concat(every)
same(r:set('text', 'grüße'), true, 'SET')
same(r:get('text'), 'grüße', 'GET')
r:set(every, every)
same(r:get(every), every, 'every byte comes back, in keys, too')
r:set('large', every:rep(4096))
ok(r:get('large') == every:rep(4096), 'a megabyte comes back')
same(r:get('missing'), nil, 'what is missing is nil')
r:mset({a = 1, b = 2})
same(table.concat(r:mget('a', 'b'), ','), '1,2', 'MSET, MGET')
same(r:incrby('a', 4), 5, 'INCRBY')
same(r:decr('a'), 4, 'DECR')
same(r:append('b', '!'), 2, 'APPEND')
same(r:getrange('b', 0, 0), '2', 'GETRANGE')
same(r:setnx('a', 1), false, 'SETNX')
same(r:getset('a', 8), '4', 'GETSET')
same(r:exists('a'), true, 'EXISTS')
same(r:del('a', 'b'), 2, 'DEL')
same(r:type('text'), 'string', 'TYPE')

r:setex('soon', 1000, 'x')
ok(r:ttl('soon') > 990, 'SETEX, TTL')
same(r:persist('soon'), true, 'PERSIST')
same(r:ttl('soon'), -1, 'and it stays')
same(r:expireat('soon', 1), true, 'EXPIREAT')
same(r:get('soon'), nil, 'what is over is gone')

local replies, count = r:pipeline(function(pipe)
    for i = 1, 2000 do
        pipe:set('pipe:' .. i, i)
        pipe:get('pipe:' .. i)
    end
end)
local good = count == 4000
for i = 1, 2000 do good = good and replies[2 * i - 1] == true and replies[2 * i] == tostring(i) end
ok(good, 'four thousand commands in a pipeline')

local found, cursor = {}, '0'
redis.command('scan', {response = function(reply) return reply end})
redis.commands.scan = redis.command('scan', {response = function(reply) return reply end})
r = redis.connect('127.0.0.1', port)
repeat
    local reply = r:scan(cursor, 'MATCH', 'pipe:*', 'COUNT', 100)
    cursor = reply[1]
    for _, key in ipairs(reply[2]) do found[key] = true end
until cursor == '0'
local n = 0
for _ in pairs(found) do n = n + 1 end
same(n, 2000, 'SCAN finds each')
same(#r:keys('pipe:1?'), 10, 'KEYS')

fails('ERR value is not an integer', 'a text is no number', function() r:incr('text') end)
fails('ERR DB index is out of range', 'no such database', function() r:select(99) end)
fails('ERR AUTH <password> called without', 'a password where there is none', function() r:auth('x') end)

local info = r:info()
local version = (info.server or info).redis_version
ok(version and version:match('^%d+%.%d+%.%d+$'), 'INFO is understood')
same(r:config('get', 'maxmemory-policy')['maxmemory-policy'] or r:config('get', 'maxmemory-policy')[2], 'noeviction', 'CONFIG GET')

local other = redis.connect('127.0.0.1', port)
other:select(3)
other:set('k', 'v')
same(other:get('k'), 'v', 'another database')
same(r:exists('k'), false, 'is not this one')
same(other:quit(), true, 'QUIT')
other = redis.connect('127.0.0.1', port)
other:select(3)
same(other:get('k'), 'v', 'a new connection finds what the old one left')

r:client('kill', 'type', 'normal', 'skipme', 'yes')
ok(not pcall(function() return other:get('k') end), 'a connection that was killed fails')
other = redis.connect('127.0.0.1', port)
other:select(3)
same(other:get('k'), 'v', 'the next one works')

print('1..' .. checks)
os.exit(failed > 0 and 1 or 0)
