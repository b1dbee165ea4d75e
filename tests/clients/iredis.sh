#!/usr/bin/env bash
# iredis, the interactive client, given a session: iredis.sh PORT
set -u
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home
checks=0 failed=0

same() { # what, wanted, option...: reads the commands from standard input
    local what=$1 wanted=$2 got
    shift 2
    got=$(iredis -p "$port" "$@" 2>&1)
    checks=$((checks + 1))
    if [ "$got" = "$wanted" ]; then
        echo "ok $checks - $what"
    else
        failed=1
        printf 'not ok %d - %s\n# got %q, not %q\n' "$checks" "$what" "$got" "$wanted"
    fi
}

port=$1
same 'values and numbers' $'PONG\nOK\nOK\na value\n42\na value\n42' <<'session'
PING
FLUSHALL
SET key "a value"
GET key
INCRBY n 42
MGET key n
session
same 'times to live, errors, deletion' \
    $'1\nERROR value is not an integer or out of range\nstring\n2\n0' <<'session'
EXPIRE n 1000
INCR key
TYPE key
DEL key n
DBSIZE
session
same 'another database' $'OK\nother' -n 2 <<'session'
SET other x
KEYS *
session
echo "1..$checks"
exit $failed
