#!/usr/bin/env bash
# A client of Redis does its work with a server: run.sh SCRIPT SERVER [OPTION...]
#
# The server is croft or redis-server; the script gets its port and speaks TAP. It is called like the package that it
# needs (Debian's, or that of npm/package.json as installed in build/npm), and skipped when that is not installed. What a
# client does is told in docs/CLIENTS.md.
set -u
script=$1 server=$2 package=${1%.*} servers=1
here=$(cd "$(dirname "$0")" && pwd)
npm=$here/../../build/npm/node_modules
export NODE_PATH=/usr/share/nodejs PYTHONDONTWRITEBYTECODE=1
shift 2

skip() {
    echo "1..0 # SKIP $*"
    exit 0
}

# How to run a script, and what shows that it would work.
case $script in
python3-redis.py) run=(/usr/bin/python3) probe=(/usr/bin/python3 -c 'import redis') ;;
python3-cachelib.py) run=(/usr/bin/python3) probe=(/usr/bin/python3 -c 'import redis, cachelib') ;;
python3-django-redis.py) run=(/usr/bin/python3) probe=(/usr/bin/python3 -c 'import django_redis') ;;
php-redis.php) run=(php) probe=(php -r 'new Redis();') ;;
php-predis.php) run=(php) probe=(php -r 'require "Predis/Autoloader.php";') ;;
ruby-redis.rb) run=(ruby) probe=(ruby -e 'require "redis"') ;;
lua-redis.lua) run=(lua5.1) probe=(lua5.1 -e 'require "redis"') ;;
libredis-perl.pl) run=(perl) probe=(perl -MRedis -e 1) ;;
libredis-fast-perl.pl) run=(perl) probe=(perl -MRedis::Fast -e 1) ;;
node-redis.js) run=(node) probe=(node -e 'require("redis")') ;;
node-redis-6.js) run=(node) probe=(node -e 'require("redis").RESP_TYPES.MAP') NODE_PATH=$npm ;;
ioredis.js) run=(node) probe=(node -e 'require("ioredis")') NODE_PATH=$npm ;;
golang-github-gomodule-redigo-dev.go) run=(go run) probe=(go list github.com/gomodule/redigo/redis) ;;
nutcracker.py) run=(/usr/bin/python3) probe=(/usr/bin/python3 -c 'import redis; open("/usr/sbin/nutcracker")') servers=3 ;;
prometheus-redis-exporter.py) run=(/usr/bin/python3) probe=(prometheus-redis-exporter --version) ;;
iredis.sh) run=(bash) probe=(iredis --version) ;;
*) skip "nobody knows how to run $script" ;;
esac
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS=-mod=mod
command -v "${run[0]}" >/dev/null || skip "${run[0]} is not installed"
"${probe[@]}" >/dev/null 2>&1 || skip "$package is not installed"

. "$here/../tap/server.sh"
for number in $(seq "$servers"); do
    start_server "$number" "$@"
done

"${run[@]}" "$here/$script" "${ports[@]}"
status=$?
for number in $(seq "$servers"); do
    stop_server "$number" || {
        status=1
        sed 's/^/# /' "$dir/log-$number" >&2
        echo 'not ok - the server ends well'
    }
done
exit "$status"
