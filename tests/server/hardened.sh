#!/usr/bin/env bash
# The program is built so that mistakes in it are hard to use: usage: hardened.sh CROFT
set -u
croft=$1
checks=0 failed=0

check() { # what it is, what must be found, where
    checks=$((checks + 1))
    if grep -qE "$2" <<<"$3"; then
        echo "ok $checks - $1"
    else
        failed=$((failed + 1))
        echo "not ok $checks - $1"
    fi
}

headers=$(LC_ALL=C readelf -W -h -l -d "$croft")
symbols=$(LC_ALL=C readelf -W -s "$croft")
check 'it may be loaded anywhere' 'Type: +DYN' "$headers"
check 'what is relocated is read-only afterwards' 'GNU_RELRO' "$headers"
check 'nothing is bound later' 'BIND_NOW' "$headers"
check 'its stack is not executable' 'GNU_STACK.* RW ' "$headers"
check 'it watches its stack' '__stack_chk_fail' "$symbols"
check 'it watches copies of known size' '__[a-z]+_chk' "$symbols"
echo "1..$checks"
exit $((failed > 0))
