# Redis.pm, and with the same interface Redis::Fast.
use strict;
use warnings;

my $class = $0 =~ /fast/ ? 'Redis::Fast' : 'Redis';
eval "require $class" or die $@;
my $port = $ARGV[0];
my ($checks, $failed) = (0, 0);

sub ok {
    my ($good, $name) = @_;
    $checks++;
    $failed++ unless $good;
    print(($good ? 'ok' : 'not ok') . " $checks - $name\n");
}

sub same {
    my ($got, $wanted, $name) = @_;
    my ($one, $other) = map { defined $_ ? $_ : '(undef)' } $got, $wanted;
    ok($one eq $other, $name);
    print "# got $one, not $other\n" if $one ne $other;
}

sub fails {
    my ($part, $name, $call) = @_;
    eval { $call->(); 1 } and return ok(0, $name);
    ok(index($@, $part) >= 0, $name);
    print "# $@\n" if index($@, $part) < 0;
}

my $r = $class->new(server => "127.0.0.1:$port", reconnect => 5, every => 1000);
ok($r->ping, 'connects with its defaults');
same($r->flushall, 'OK', 'FLUSHALL');

my $every = join '', map { chr } 0 .. 255;
same($r->set('text', 'hello'), 'OK', 'SET');
same($r->get('text'), 'hello', 'GET');
$r->set($every, $every);
same($r->get($every), $every, 'every byte comes back, in keys, too');
$r->set('large', $every x 4096);
ok($r->get('large') eq $every x 4096, 'a megabyte comes back');
same($r->get('missing'), undef, 'what is missing is undef');
$r->mset(a => 1, b => 2.5);
same(join(',', map { defined $_ ? $_ : '-' } $r->mget('a', 'missing', 'b')), '1,-,2.5', 'MSET, MGET');
same(join(',', $r->incrby('a', 4), $r->decr('a'), $r->incrbyfloat('b', 0.5)), '5,4,3', 'INCRBY, DECR, INCRBYFLOAT');
same(join(',', $r->append('b', '!'), $r->getrange('b', 0, 0), $r->setrange('b', 1, '?')), '2,3,2', 'APPEND, GETRANGE, SETRANGE');
same($r->set('a', 9, 'NX'), undef, 'SET NX');
same(join(',', $r->setnx('a', 1), $r->getset('a', 8), $r->exists('a'), $r->del('a', 'b')), '0,4,1,2', 'SETNX, GETSET, EXISTS, DEL');
same(join(',', $r->setbit('bits', 7, 1), $r->getbit('bits', 7), $r->bitcount('bits'), $r->type('bits')), '0,1,1,string', 'bits, TYPE');

$r->setex('soon', 1000, 'x');
ok($r->ttl('soon') > 990 && $r->pttl('soon') > 990000, 'SETEX, TTL, PTTL');
same(join(',', $r->persist('soon'), $r->ttl('soon'), $r->ttl('nothing')), '1,-1,-2', 'PERSIST');
same($r->expireat('soon', 1), 1, 'EXPIREAT');
same($r->get('soon'), undef, 'what is over is gone');

my @got;
for my $i (1 .. 2000) {
    $r->set("pipe:$i", $i, sub { push @got, $_[0] });
    $r->get("pipe:$i", sub { push @got, $_[0] });
}
$r->wait_all_responses;
same(join(',', @got), join(',', map { ('OK', $_) } 1 .. 2000), 'four thousand commands in a pipeline');
my $error;
$r->incr('text', sub { $error = $_[1] });
$r->wait_all_responses;
ok($error =~ /value is not an integer/, 'an error in a pipeline goes to its callback');

my ($cursor, %found) = (0);
do {
    ($cursor, my $keys) = $r->scan($cursor, MATCH => 'pipe:*', COUNT => 100);
    $found{$_} = 1 for @$keys;
} while ($cursor);
same(scalar(keys %found), 2000, 'SCAN finds each');
same(scalar(my @keys = $r->keys('pipe:1?')), 10, 'KEYS');

fails('ERR value is not an integer', 'a text is no number', sub { $r->incr('text') });
fails("ERR unknown command 'NOSUCH'", 'an unknown command', sub { $r->nosuch('a') });
fails('ERR DB index is out of range', 'no such database', sub { $r->select(99) });
fails('AUTH <password> called without', 'a password where there is none', sub { $r->auth('x') });

my $info = $r->info;
ok($info->{redis_version} =~ /^\d+\.\d+\.\d+$/ && $info->{used_memory} > 0, 'INFO is understood');
same(join(',', $r->config_get('maxmemory-policy')), 'maxmemory-policy,noeviction', 'CONFIG GET');
same($r->client_setname('me'), 'OK', 'CLIENT SETNAME');
ok(scalar($r->client_list) =~ / name=me /, 'CLIENT LIST');

my $other = $class->new(server => "127.0.0.1:$port", reconnect => 5, every => 1000);
$other->select(3);
$other->set('k', 'v');
same(join(',', $other->get('k'), $other->dbsize, $r->exists('k')), 'v,1,0', 'another database');
my $id = $other->client_id;
same($r->client_kill('ID', $id), 1, 'CLIENT KILL');
same($other->get('k'), 'v', 'the connection is made anew, with its database');
ok($other->client_id != $id, 'under another number');

print "1..$checks\n";
exit($failed > 0);
