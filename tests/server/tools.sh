#!/usr/bin/env bash
# The tools people use with Redis, against this server: what they print, and how they end. Speaks TAP.
#
#     tools.sh SERVER [option...]           a croft or a redis-server
#
# Each tool is given a bounded time; a server that does not start ends the script.
set -u

patience=60 # seconds, for anything that is to end by itself
server=${1:-${CROFT-}}
[ -n "$server" ] || {
    echo '1..0 # SKIP no server to test: name the binary, or set CROFT'
    exit 0
}
for tool in redis-cli redis-benchmark; do
    command -v "$tool" >/dev/null || {
        echo "1..0 # SKIP there is no $tool"
        exit 0
    }
done
shift || true
scale=${CROFT_TEST_SCALE:-100}

# --- TAP ---

checks=0 failed=0 status=0 output=''
ok() { # true or false, name
    checks=$((checks + 1))
    if [ "$1" = true ]; then
        echo "ok $checks - $2"
    else
        failed=$((failed + 1))
        echo "not ok $checks - $2"
        printf '%s\n' "$output" | tail -n 15 | sed 's/^/#   /' >&2
    fi
}
# Runs for so many seconds at most, and keeps what was printed, in lines and without colours.
run() { # seconds, command...
    timeout "$1" stdbuf -oL "${@:2}" >"$dir/output" 2>&1 </dev/null
    status=$?
    output=$(tr '\r' '\n' <"$dir/output" | sed 's/\x1b\[[0-9;]*[a-zA-Z]//g')
}
passes() { # name, command...: its status is 0
    run "$patience" "${@:2}"
    ok "$([ "$status" -eq 0 ] && echo true || echo false)" "$1"
}
# For tools that go on until somebody ends them, several at once: status 124 is what timeout makes of it.
launch() { # name, seconds, command...
    {
        timeout "$2" stdbuf -oL "${@:3}" </dev/null >"$dir/$1.output" 2>&1
        echo $? >"$dir/$1.status"
    } &
    launched+=($!)
}
went_on() { # name
    status=$(cat "$dir/$1.status")
    output=$(tr '\r' '\n' <"$dir/$1.output")
    ok "$([ "$status" -eq 124 ] || [ "$status" -eq 0 ] && echo true || echo false)" "redis-cli --$1"
}
launched=()
has() { ok "$(grep -qE -- "$1" <<<"$output" && echo true || echo false)" "$2"; }
lacks() { ok "$(grep -qE -- "$1" <<<"$output" && echo false || echo true)" "$2"; }
is() { ok "$([ "$output" = "$1" ] && echo true || echo false)" "$2"; }

# --- the server ---

. "$(dirname "$0")/../tap/server.sh"
ends_well() {
    stop_server 1
    status=$?
    output=$(cat "$dir/log-1")
    ok "$([ "$status" -eq 0 ] && echo true || echo false)" 'the server ends well'
}

start_server 1 "$@"
export port=${ports[1]}
mkdir "$dir/bin"
printf '#!/bin/sh\nexec redis-cli -p %s "$@"\n' "$port" >"$dir/bin/cli"
chmod +x "$dir/bin/cli"
PATH=$dir/bin:$PATH

# --- redis-cli, one command each ---

passes 'redis-cli ping' cli ping
is PONG 'answers PONG'
passes 'redis-cli set' cli set greeting 'hello world'
is OK 'answers OK'
passes 'redis-cli get' cli get greeting
is 'hello world' 'answers the value'
passes 'redis-cli -n 3 dbsize' cli -n 3 dbsize
is 0 'another database is empty'
passes 'redis-cli -3 hello' cli -3 hello
has '^proto 3$' 'speaks RESP3'
has '^server redis$' 'and says who it is'
passes 'redis-cli -3 config get' cli -3 config get maxmemory-policy
has '^maxmemory-policy noeviction$' 'a map is a map'
passes 'redis-cli -3 --no-raw get' cli -3 --no-raw get nowhere
is '(nil)' 'null is null'
passes 'redis-cli --no-raw mget' cli --no-raw mget greeting nowhere
has '^1\) "hello world"$' 'elements are numbered'
has '^2\) \(nil\)$' 'a missing one is nil'
passes 'redis-cli --json hello' cli --json hello 3
has '"proto": ?3' 'as JSON, too'
passes 'redis-cli -r 3 -i 0 incr' cli -r 3 -i 0 incr counter
is '1
2
3' 'a repeated command counts up'
passes 'redis-cli -x set' bash -c 'printf "from\nstdin" | cli -x set input'
passes 'redis-cli get' cli get input
is 'from
stdin' 'bytes of standard input are kept'
output=$(cli -e nosuch 2>&1)
ok "$([ $? -ne 0 ] && echo true || echo false)" 'redis-cli -e ends with an error for an unknown command'
has "unknown command 'nosuch'" 'and tells which'
passes 'redis-cli info' cli info
has '^redis_version:[0-9]+\.[0-9]+\.[0-9]+' 'INFO tells a version'
has '^connected_clients:1$' 'and the clients'
passes 'redis-cli client list' cli client list
has '^id=[0-9]+ addr=127\.0\.0\.1:[0-9]+ .* cmd=client\|list ' 'CLIENT LIST has us'
passes 'redis-cli command count' cli command count
has '^[1-9][0-9]+$' 'COMMAND COUNT is a number'
passes 'redis-cli command docs' cli command docs get
has '^summary' 'COMMAND DOCS has a summary'

# --- redis-cli, interactive ---

passes 'help in an interactive redis-cli' bash -c 'printf "help set\n" | cli'
has '^ *SET ' 'shows the command'
has 'summary:' 'and what it does'
passes 'help for a group' bash -c 'printf "help @string\n" | cli'
has '^ *GETSET ' 'shows its commands'
passes 'several commands from standard input' bash -c 'printf "set a 1\nincr a\nselect 2\nget a\n" | cli'
has '^2$' 'are carried out'
passes 'inline commands over a plain socket' bash -c \
    'exec 3<>/dev/tcp/127.0.0.1/$port; printf "PING\r\nset plain 1\r\nget plain\r\nquit\r\n" >&3; cat <&3'
has '^\+PONG$' 'are answered'

# --- redis-cli, its modes ---

cli flushall >/dev/null
keys=$((1000 * scale / 100 + 10))
for i in $(seq "$keys"); do printf 'SET pipe:%d value-%d\r\n' "$i" "$i"; done >"$dir/commands"
passes 'redis-cli --pipe' bash -c "cli --pipe <'$dir/commands'"
has "errors: 0, replies: $keys\$" 'sees a reply for each command'
passes 'redis-cli dbsize' cli dbsize
is "$keys" 'and all keys are there'
passes 'redis-cli --scan' cli --scan
ok "$([ "$(sort -u <<<"$output" | wc -l)" -eq "$keys" ] && echo true || echo false)" 'finds each key'
passes 'redis-cli --scan --pattern' cli --scan --pattern 'pipe:1?'
ok "$([ "$(wc -l <<<"$output")" -eq 10 ] && echo true || echo false)" 'finds those that match'
passes 'redis-cli --bigkeys' cli --bigkeys
has "Sampled $keys keys in the keyspace" 'samples all keys'
has 'Biggest string found' 'and finds the biggest'
if cli command info memory | grep -q memory; then
    passes 'redis-cli --memkeys' cli --memkeys
    has "Sampled $keys keys in the keyspace" 'samples all keys'
fi

cli config set maxmemory-policy allkeys-lfu >/dev/null
passes 'redis-cli --hotkeys' cli --hotkeys
has "Sampled $keys keys in the keyspace" 'samples all keys'
cli config set maxmemory-policy noeviction >/dev/null

launch stat 1 cli --stat -i 0.2
launch monitor 2 cli monitor
for try in $(seq 100); do
    grep -q OK "$dir/monitor.output" 2>/dev/null && break
    sleep 0.02
done
cli mget pipe:1 'by "all"' >/dev/null
launch latency 5 cli --raw -i 1 --latency
launch latency-history 1 cli --latency-history -i 1
launch latency-dist 1 cli --latency-dist -i 1
wait "${launched[@]}"
went_on stat
ok "$([ "$(grep -cE "^$keys +[0-9.]+[BKMG] +[0-9]+ +[0-9]+ +[0-9]+ " <<<"$output")" -ge 2 ] && echo true || echo false)" \
    'prints lines of numbers'
lacks '-9223' 'and none of them is missing'
went_on monitor
has '^[0-9]+\.[0-9]{6} \[0 127\.0\.0\.1:[0-9]+\] "mget" "pipe:1" "by \\"all\\""' 'shows what others do'
went_on latency
has '^[0-9]+ [0-9]+ [0-9.]+ [1-9][0-9]*$' 'samples'
went_on latency-history
went_on latency-dist
launch lru-test 2 cli --lru-test 1000
wait "${launched[-1]}"
went_on lru-test
has 'Hits: [0-9]+ \([0-9.]+%\)' 'counts hits'
cli flushall >/dev/null

# --- redis-benchmark ---

# A run may take less than the tool's clock can tell: its rate is "inf" then.
count=$((2000 * scale / 100 + 50))
bench() { # name, options...
    local name=$1
    shift
    passes "redis-benchmark $name" redis-benchmark -p "$port" -n "$count" "$@"
    lacks '[Ee]rror|WARN|[Cc]ould not' 'no error and no warning'
}
for depth in 1 50; do
    bench "-P $depth" -t ping,set,get,incr,mset -P "$depth" -q
    for test in PING_INLINE PING_MBULK SET GET INCR 'MSET \(10 keys\)'; do
        has "^$test: (inf|[0-9.]+) requests per second" "${test//\\/} has a result"
    done
done
bench '--threads 2' -t set,get --threads 2 -P 8 -q
has '^GET: (inf|[0-9.]+) requests per second' 'has a result'
bench '-r' -t set,get,mset -r 500 -P 4 -q
has '^GET: (inf|[0-9.]+) requests per second' 'has a result'
bench '--csv' -t set,get --csv
has '^"GET","[0-9.]+"' 'has a line for GET'
bench '-d 10000 -c 100' -t set,get -d 10000 -c 100 -q
bench '-3' -3 -t ping,get -q
bench 'in full' -t set
has 'host configuration "save": *$' 'shows that nothing is saved'
has 'host configuration "appendonly": no' 'nor appended'
has '100\.000% ' 'and the distribution'
bench 'with a command of its own' -q -r 100 set own:__rand_int__ x
passes 'redis-cli ping' cli ping
is PONG 'still answers PONG'
passes 'redis-cli exists' cli exists key:__rand_int__
is 1 'what was benchmarked was done'

ends_well
echo "1..$checks"
[ "$failed" -eq 0 ]
