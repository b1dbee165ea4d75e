#include "top/sample.h"

#include <stdlib.h>

#include "tests/top/parse.h"

static struct sample *sample_of(const char *info)
{
    struct sample *sample = calloc(1, sizeof(*sample));

    sample_read_info(sample, info);
    return sample;
}

static void test_croft(void)
{
    struct sample *sample = sample_of("# Server\r\nredis_version:7.2.4\r\ncroft_version:0.1.0\r\n"
                                      "uptime_in_seconds:77\r\nused_cpu_sys:1.5\r\n"
                                      "used_cpu_user:2.25\r\nmaxmemory_policy:allkeys-lru\r\n"
                                      "shards:2\r\nshard_placement:loops\r\n"
                                      "shard0:thread=0,keys=3,requests=10,queue=1,queue_peak=3,"
                                      "memory=2168,longest_turn_usec=66\r\n"
                                      "shard1:thread=1,keys=4,requests=20,memory=5\r\n"
                                      "db0:keys=5,expires=1,avg_ttl=0\r\n"
                                      "db9:keys=2,expires=2,avg_ttl=0\r\n");

    is_text(sample->name, "croft", "a croft says that it is one");
    is_text(sample->version, "0.1.0", "and which");
    is_int(sample->uptime, 77, "a number");
    is_int(sample->cpu_us, 3750000, "processor time of both kinds, in microseconds");
    is_text(sample->policy, "allkeys-lru", "a word");
    is_int(sample->shard_count, 2, "its shards");
    is_int(sample->shards[0].memory, 2168, "of which one has so much memory");
    is_int(sample->shards[0].longest_us, 66, "and took so long");
    is_int(sample->shards[1].requests, 20, "the other so many requests");
    ok(sample->has.shards && sample->has.queue && sample->has.longest,
       "they tell of queue and turns");
    ok(!sample->has.found, "but not of what was found");
    is_int(sample->keys, 7, "keys of all databases");
    is_int(sample->expiring, 3, "and those that expire");
    free(sample);
}

static void test_redis(void)
{
    struct sample *sample = sample_of("redis_version:7.0.15\r\ntotal_commands_processed:9\r\n"
                                      "keyspace_hits:4\r\nkeyspace_misses:2\r\nused_memory:1000\r\n"
                                      "db0:keys=5,expires=1,avg_ttl=0\r\n");

    is_text(sample->name, "redis", "a Redis is one");
    is_int(sample->shard_count, 1, "which is shown as one shard");
    is_int(sample->shards[0].requests, 9, "with all requests");
    is_int(sample->shards[0].keys, 5, "all keys");
    ok(!sample->has.shards && !sample->has.queue && !sample->has.longest,
       "without queue and turns");
    ok(sample->has.found, "but with what was found");
    free(sample);
    sample = sample_of("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.1\r\n");
    is_text(sample->name, "valkey", "a Valkey is not taken for a Redis");
    is_text(sample->version, "9.0.1", "nor is its version");
    free(sample);
}

static void test_commands(void)
{
    struct sample *sample = sample_of("redis_version:7.0.15\r\n"
                                      "cmdstat_get:calls=5,usec=12,usec_per_call=2.40\r\n"
                                      "cmdstat_config|get:calls=1,usec=3,usec_per_call=3\r\n");

    is_int(sample->command_count, 2, "two commands");
    is_text(sample->of_commands[0].name, "get", "one");
    is_int(sample->of_commands[0].us, 12, "and its time");
    is_text(sample->of_commands[1].name, "config|get", "and a subcommand");
    free(sample);
}

static void test_nonsense(void)
{
    struct sample *sample =
        sample_of("shard99999:keys=1\r\nshard:x\r\n:\r\n::::\r\ndb0:\r\n\r\n"
                  "shard3\nshard0:keys\ncmdstat_:\nuptime_in_seconds:many\n"
                  "cmdstat_a_name_that_is_longer_than_any_command_has_ever_been:"
                  "calls=1");

    is_text(sample->name, "server", "who does not say what it is is a server");
    is_int(sample->uptime, 0, "no number is 0");
    is_int(sample->command_count, 2, "names of any length");
    is_int(strlen(sample->of_commands[1].name), SAMPLE_NAME - 1, "are cut");
    free(sample);
}

static void test_histogram(void)
{
    struct sample *sample = calloc(1, sizeof(*sample));
    redisReply *reply = parse("*4\r\n"
                              "$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:9\r\n$14\r\nhistogram_usec\r\n"
                              "*6\r\n:1\r\n:4\r\n:16\r\n:8\r\n:33\r\n:9\r\n"
                              "$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:5\r\n$14\r\nhistogram_usec\r\n"
                              "*2\r\n:16\r\n:5\r\n");

    sample_read_histogram(sample, reply);
    ok(sample->has.latency, "there is a histogram");
    is_int(sample->buckets[0].count, 4, "so many took a microsecond");
    is_int(sample->buckets[4].count, 9, "so many of both commands up to 16");
    is_int(sample->buckets[5].count, 1, "and one more");
    is_int(sample->buckets[5].edge, 33, "up to what the server says");
    freeReplyObject(reply);
    memset(sample, 0, sizeof(*sample));
    reply = parse("-ERR unknown subcommand\r\n");
    sample_read_histogram(sample, reply);
    ok(!sample->has.latency, "an error is none");
    freeReplyObject(reply);
    free(sample);
}

static void test_hottest(void)
{
    struct sample *sample = calloc(1, sizeof(*sample));
    redisReply *reply = parse("*3\r\n*3\r\n$8\r\na\"\\\n\xff\x1b\r\n\r\n:0\r\n:12\r\n"
                              "*1\r\n:1\r\n*3\r\n$1\r\nb\r\n:2\r\n:3\r\n");

    sample_read_hottest(sample, reply);
    ok(sample->has.hottest, "keys are told");
    is_int(sample->hottest_count, 2, "what is none is left out");
    is_text(sample->hottest[0].key, "\"a\\\"\\\\\\n\\xff\\x1b\\r\\n\"",
            "a key as redis-cli shows it");
    is_int(sample->hottest[0].reads, 12, "and how often it was read");
    is_int(sample->hottest[1].database, 2, "in which database");
    freeReplyObject(reply);
    free(sample);
}

int main(void)
{
    test_croft();
    test_redis();
    test_commands();
    test_nonsense();
    test_histogram();
    test_hottest();
    return tap_done();
}
