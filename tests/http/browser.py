"""The live page in Chromium while there is something to see: browser.py CROFT [FOLDER FOR PICTURES]. Run by hand, some 40 seconds:
Chromium is too large to be installed for each change; what can be checked without it is in port.py."""
import random
import shutil
import sys
import threading
import time

from chromium import Chromium
from server import Resp, Server

from python.tap import end, ok, same

path = shutil.which('chromium')
if not path:
    print('1..0 # SKIP chromium is not installed')
    sys.exit(0)
folder = sys.argv[2] if len(sys.argv) > 2 else None
server = Server(sys.argv[1], '--shards', '4', '--io-threads', '2', '--maxmemory', '16mb', '--maxmemory-policy', 'allkeys-lru')
over = False


def load(seed):
    """Mostly reads, of some keys more than of others, and a pause now and then."""
    resp, dice = Resp(server.port), random.Random(seed)
    while not over:
        each = 60 + int(40 * (1 + __import__('math').sin(time.time() / 4)))
        for _ in range(each):
            number = int(100000 * dice.random() ** 3)
            kind = dice.random()
            if kind < .72:
                resp.send('get', 'user:%d:profile' % number)
            elif kind < .94:
                resp.send('set', 'user:%d:profile' % number, 'x' * dice.randrange(40, 400), 'ex', dice.choice((5, 60, 3600)))
            elif kind < .98:
                resp.send('incr', 'page:%d' % (number % 50))
            else:
                resp.send('mget', 'user:1:profile', 'user:%d:profile' % number)
        for _ in range(each):
            resp.read()
        time.sleep(.004)


def burden(seconds, *, threads=3):
    global over
    over = False
    for seed in range(threads):
        threading.Thread(target=load, args=(seed,), daemon=True).start()
    time.sleep(seconds)


browser = Chromium(path)
address = 'http://127.0.0.1:%d/' % server.http_port
browser.look(1280)
browser.call('Page.navigate', url=address)
for _ in range(100):
    if browser.say("document.getElementById('status')?.textContent") == 'live':
        break
    time.sleep(.1)
same(browser.say("document.getElementById('status').textContent"), 'live', 'the page hears of the server')
server.resp.say('set', '<b>&amp;</b>\n\x01', 'x')
for _ in range(3000):
    server.resp.send('get', '<b>&amp;</b>\n\x01')
for _ in range(3000):
    server.resp.read()
time.sleep(2.2)
keys = browser.say("[...document.querySelectorAll('#hot .key')].map(c => c.textContent)")
ok(r'"<b>&amp;</b>\n\x01"' in keys, 'keys are shown as redis-cli does, not taken for markup')
same(browser.say("document.querySelectorAll('#hot .key *').length"), 0, 'nor made elements')
burden(28)
ok(browser.say("+document.getElementById('rate').textContent.replace(/[^0-9.]/g, '') > 0"), 'under load it shows a rate')
ok(browser.say("[...document.querySelectorAll('#shards tbody tr')].length") == 4, 'a row for each shard')
ok(browser.say("document.querySelector('.chart .line').getAttribute('d').length > 60"), 'a time line')
ok(browser.say("[...document.querySelectorAll('#mix tbody tr')].filter(r => !r.hidden).length >= 4"), 'the mix of commands')
ok('even' in browser.say("document.getElementById('balance').textContent") or
   'the busiest' in browser.say("document.getElementById('balance').textContent"), 'how even the work is')
if folder:
    for name, options in (('light', {'width': 1280}), ('dark', {'width': 1280, 'dark': True}),
                          ('phone', {'width': 390, 'height': 844}),
                          ('phone-dark', {'width': 390, 'height': 844, 'dark': True})):
        browser.look(**options)
        time.sleep(1.5)
        browser.picture('%s/%s.png' % (folder, name))
for width in 320, 390, 768, 1280:
    browser.look(width, phone=width < 700)
    same(browser.say('document.documentElement.scrollWidth <= innerWidth'), True, 'nothing sticks out at %d pixels' % width)
browser.look(1280)

# --- the same numbers as INFO ---

over = True
time.sleep(2.5)
info = server.resp.info('everything')
time.sleep(2.5)
value = "Object.fromEntries([...document.querySelectorAll('[data-value]')].filter(n => n.id).map(n => [n.id, +n.dataset.value]))"
page = browser.say(value)
pairs = {'commands': 'total_commands_processed', 'ratio': 'keyspace_hits', 'reads': 'keyspace_misses', 'evicted': 'evicted_keys',
         'clients': 'connected_clients', 'blocked': 'total_connections_received'}
same({name: page[name] for name in pairs}, {name: int(info[field]) for name, field in pairs.items()}, 'the page has the numbers of INFO')
ok(abs(page['used'] / int(info['used_memory']) - 1) < .1, 'memory to a tenth: keys go on to expire')
shards = [dict(pair.split('=') for pair in info['shard%d' % number].split(',')) for number in range(4)]
found = browser.say("[...document.querySelectorAll('#shards tbody tr')].map(r => [3].map(c => +r.cells[c].dataset.value)[0])")
same(found, [int(shard['requests']) for shard in shards], 'and so for each shard')

# --- people who use it otherwise ---

same(browser.say("['header','main','footer','h1'].every(n => document.querySelectorAll(n).length === 1)"), True, 'landmarks')
same(browser.say("[...document.querySelectorAll('section')].every(s => document.getElementById(s.getAttribute('aria-labelledby')))"), True,
     'each section has a name')
same(browser.say("[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('th[scope=col]') && t.querySelector('th[scope=row]'))"),
     True, 'tables have captions and heads')
same(browser.say("document.querySelectorAll('[role=status],[aria-live]').length"), 1, 'one thing is announced: whether it is live')
same(browser.say("[...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-hidden') === 'true' || s.getAttribute('role') === 'img')"),
     True, 'drawings are hidden or named')
browser.say("document.querySelector('input[name=what]').focus()")
for kind in 'rawKeyDown', 'keyUp':
    browser.call('Input.dispatchKeyEvent', type=kind, key='ArrowRight', code='ArrowRight', windowsVirtualKeyCode=39)
same(browser.say("document.querySelector('input[name=what]:checked').value + document.getElementById('bar-head').textContent"),
     'queueQueue', 'an arrow key chooses what bars show')
ratio = """(() => { const rgb = c => c.match(/[0-9.]+/g).slice(0, 3).map(Number), lum = c => rgb(c).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((a, v, i) => a + v * [.2126, .7152, .0722][i], 0); const back = lum(getComputedStyle(document.querySelector('section')).backgroundColor);
  return Math.min(...[...document.querySelectorAll('section p, section dt, section dd, section th, section td')].map(n => lum(getComputedStyle(n).color))
  .map(l => (Math.max(l, back) + .05) / (Math.min(l, back) + .05))); })()"""
for dark in False, True:
    browser.look(1280, dark=dark)
    ok(browser.say(ratio) >= 4.5, 'contrast of all text is 4.5 and more, %s' % ('dark' if dark else 'light'))

# --- hours of it ---

state = "({nodes: document.querySelectorAll('*').length, rings: rows.every(r => r.past.queue.at.length === 300) && past.rate.at.length === 300})"
first = browser.say(state)
hours = """(() => { const now = structuredClone(latest.now); for (let i = 0; i < 7200; i++) { now.time += 1000; now.uptime += 1; now.commands += 1000 + i % 700;
  now.shards.forEach(s => { s.requests += 250 + i % 90; }); takeIn(structuredClone(now)); } })()"""
browser.say('source.close()')  # what follows is not of this world
browser.call('HeapProfiler.collectGarbage')
browser.say(hours)
browser.call('HeapProfiler.collectGarbage')
heap = browser.call('Runtime.getHeapUsage')['usedSize']
browser.say(hours)
browser.call('HeapProfiler.collectGarbage')
more = browser.call('Runtime.getHeapUsage')['usedSize'] - heap
same(browser.say(state), first, 'two times two hours later there are as many nodes')
ok(more < 300000, 'and no more memory (%d bytes)' % more)

browser.say('location.reload()')
time.sleep(2)

# --- what it asks for, and what when the server goes ---

same({url.split('/')[2] for url in browser.requests() if url.startswith('http')}, {address.split('/')[2]}, 'all requests go to the server')
same([text for text in browser.complaints() if 'favicon' not in text], [], 'and nothing went wrong')
same(server.stop(), 0, 'the server ends well while somebody watches')
time.sleep(1)
ok('no connection' in browser.say("document.getElementById('status').textContent"), 'which is said')
again = Server(sys.argv[1], '--shards', '4', '--io-threads', '2', '--http-port', str(server.http_port))
for _ in range(100):
    if browser.say("document.getElementById('status').textContent") == 'live':
        break
    time.sleep(.1)
same(browser.say("document.getElementById('status').textContent"), 'live', 'and when there is one again the page goes on')
browser.close()
same(again.stop(), 0, 'that one ends well, too')
end()
