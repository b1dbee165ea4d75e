#!/usr/bin/env bash
# With fewer descriptors than maxclients needs it takes fewer clients and says so, or does not start: usage: descriptors.sh CROFT
set -u
croft=$1
if [ "$(id -u)" -eq 0 ] && ! command -v setpriv >/dev/null; then
    echo '1..0 # SKIP there is no setpriv to take the right to have more from root'
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
checks=0 failed=0

with_descriptors() { # how many, options
    local most=$1 wrap=()
    shift
    [ "$(id -u)" -eq 0 ] && wrap=(setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource)
    (
        ulimit -n "$most" && exec "${wrap[@]}" timeout 20 "$croft" --port auto --port-file "$dir/port" --dir "$dir" "$@"
    ) >"$dir/log" 2>&1 &
    server=$!
}

check() { # what it is, what must be in the log within ten seconds
    checks=$((checks + 1))
    for _ in $(seq 100); do
        if grep -q "$2" "$dir/log"; then
            echo "ok $checks - $1"
            return
        fi
        sleep 0.1
    done
    failed=$((failed + 1))
    echo "not ok $checks - $1"
    sed 's/^/# /' "$dir/log"
}

with_descriptors 100 --maxclients 5000
check 'it takes as many clients as it has descriptors for' 'it has been reduced to 68'
check 'and starts' 'Ready to accept connections'
kill "$server"
wait "$server"
with_descriptors 30 --maxclients 5000
check 'with too few it does not start, and says why' "Your current 'ulimit -n' of 30 is not enough"
wait "$server"
echo "1..$checks"
exit $((failed > 0))
