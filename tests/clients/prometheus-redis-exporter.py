"""Prometheus' exporter for Redis scrapes the server: what dashboards show is there, and true."""
import re
import socket
import subprocess
import sys
import time
import urllib.request

from python.tap import end, ok

# What the exporter finds in every Redis: the names that dashboards and alerts are made of.
names = '''
active_defrag_running allocator_active_bytes allocator_allocated_bytes allocator_resident_bytes aof_enabled
aof_last_write_status blocked_clients client_recent_max_input_buffer_bytes cluster_enabled
commands_duration_seconds_total commands_failed_calls_total commands_processed_total commands_rejected_calls_total
commands_total config_maxclients config_maxmemory connected_clients connected_slaves connections_received_total
cpu_sys_seconds_total cpu_user_seconds_total db_avg_ttl_seconds db_keys db_keys_expiring evicted_keys_total
expired_keys_total expired_stale_percentage expired_time_cap_reached_total instance_info io_threaded_reads_processed
io_threads_active keyspace_hits_total keyspace_misses_total latest_fork_seconds lazyfree_pending_objects
loading_dump_file master_repl_offset mem_clients_normal mem_fragmentation_ratio memory_max_bytes memory_used_bytes
memory_used_dataset_bytes memory_used_overhead_bytes memory_used_peak_bytes memory_used_rss_bytes
memory_used_startup_bytes migrate_cached_sockets_total module_fork_in_progress net_input_bytes_total
net_output_bytes_total process_id pubsub_channels pubsub_patterns rdb_bgsave_in_progress rdb_changes_since_last_save
rdb_last_bgsave_status rdb_last_cow_size_bytes rejected_connections_total replica_partial_resync_accepted
start_time_seconds target_scrape_request_errors_total tracking_clients unexpected_error_replies up uptime_in_seconds
'''.split()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def ask(port, *lines):
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.sendall(b''.join(line.encode() + b'\r\n' for line in lines) + b'QUIT\r\n')
        while s.recv(65536):
            pass


def scrape(port):
    """The page of metrics, as a dictionary from name with labels to value."""
    for _ in range(200):
        try:
            with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % port) as page:
                text = page.read().decode()
            break
        except OSError:
            time.sleep(0.05)
    return dict(line.rsplit(' ', 1) for line in text.splitlines() if line.startswith('redis_'))


server, web = int(sys.argv[1]), free_port()
ask(server, 'FLUSHALL', 'CONFIG RESETSTAT', 'SET a 1', 'SET b 2', 'SET c 3 EX 1000', 'GET a', 'GET a', 'GET none', 'INCR b x')
exporter = subprocess.Popen(['prometheus-redis-exporter', '--redis.addr', 'redis://127.0.0.1:%d' % server,
                             '--web.listen-address', '127.0.0.1:%d' % web],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
try:
    got = scrape(web)
finally:
    exporter.terminate()
    log = exporter.communicate()[0].decode()

ok(got.get('redis_up') == '1', 'scrapes', log)
ok(got.get('redis_exporter_last_scrape_error{err=""}') == '0', 'without an error', log)
ok('level=error' not in log, 'every command that it sends is known', log)
for name, wanted in {
        'db_keys{db="db0"}': 3, 'db_keys_expiring{db="db0"}': 1, 'db_keys{db="db7"}': 0,
        'commands_total{cmd="get"}': 3, 'commands_total{cmd="set"}': 3, 'commands_rejected_calls_total{cmd="incr"}': 1,
        'keyspace_hits_total': 2, 'keyspace_misses_total': 1, 'memory_max_bytes': 0,
        'evicted_keys_total': 0, 'connected_slaves': 0}.items():
    value = got.get('redis_' + name)
    ok(value is not None and float(value) == wanted, '%s is %d' % (name, wanted), value)
ok(0 < float(got['redis_memory_used_bytes']) <= float(got['redis_memory_used_peak_bytes']), 'memory is counted')
ok('maxmemory_policy="noeviction"' in ''.join(k for k in got if 'instance_info' in k), 'which server it is')
here = {re.match(r'redis_(\w+)', name).group(1) for name in got}
missing = [name for name in names if name not in here]
ok(not missing, 'the %d names that dashboards are made of' % len(names), missing)
end()
