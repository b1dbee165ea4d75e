# Servers under test, for scripts that are sourced with `server` set: croft or redis-server, on ports of their own.
#
# After `start_server N option...` the N-th has ${ports[N]}, ${pids[N]} and $dir/log-N. Whatever still runs when the
# script ends is killed, and the folder removed.

dir=$(mktemp -d)
pids=() ports=()
trap end_servers EXIT

end_servers() {
    [ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
    rm -rf "$dir"
}

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        listens "$port" || {
            echo "$port"
            return
        }
    done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

launch_server() { # number, option...
    local file=$dir/port-$1 log=$dir/log-$1 number=$1
    shift
    case $(basename "$server") in
    croft*) "$server" "$@" --port auto --port-file "$file" --dir "$dir" >"$log" 2>&1 & ;;
    *)
        free_port >"$file"
        "$server" --port "$(cat "$file")" --dir "$dir" --save '' --appendonly no >"$log" 2>&1 &
        ;;
    esac
    pids[number]=$!
}

start_server() { # number, option...
    local try port
    launch_server "$@"
    for try in $(seq 400); do
        port=$(cat "$dir/port-$1" 2>/dev/null)
        [ -n "$port" ] && listens "$port" && ports[$1]=$port && return
        sleep 0.05
    done
    sed 's/^/# /' "$dir/log-$1" >&2
    echo 'Bail out! the server does not start'
    exit 255
}

# Asks it to end; its status is what the server made of it.
stop_server() { # number
    kill -TERM "${pids[$1]}"
    wait "${pids[$1]}"
}
