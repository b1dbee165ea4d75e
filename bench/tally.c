#include "bench/tally.h"

#include <stdio.h>
#include <string.h>

void tally_init(struct tally *tally)
{
    memset(tally, 0, sizeof(*tally));
    histogram_init(&tally->get);
    histogram_init(&tally->set);
    histogram_init(&tally->late);
    tally->began = UINT64_MAX;
}

void tally_complain(struct tally *tally, const char *at, size_t len)
{
    if (tally->complaint[0] == '\0')
        snprintf(tally->complaint, sizeof(tally->complaint), "%.*s", (int)len, at);
}

static void merge_counts(struct tally *tally, const struct tally *other)
{
    tally->hits += other->hits;
    tally->misses += other->misses;
    tally->stored += other->stored;
    tally->errors += other->errors;
    tally->wrong += other->wrong;
    tally->unsent += other->unsent;
    tally->bytes_sent += other->bytes_sent;
    tally->bytes_received += other->bytes_received;
}

void tally_merge(struct tally *tally, const struct tally *other)
{
    histogram_merge(&tally->get, &other->get);
    histogram_merge(&tally->set, &other->set);
    histogram_merge(&tally->late, &other->late);
    merge_counts(tally, other);
    if (other->began < tally->began)
        tally->began = other->began;
    if (other->ended > tally->ended)
        tally->ended = other->ended;
    tally->cpu += other->cpu;
    if (other->busiest_cpu > tally->busiest_cpu)
        tally->busiest_cpu = other->busiest_cpu;
    tally_complain(tally, other->complaint, strlen(other->complaint));
}

uint64_t tally_requests(const struct tally *tally)
{
    return tally->get.total + tally->set.total;
}

double tally_seconds(const struct tally *tally)
{
    return tally->ended > tally->began ? (double)(tally->ended - tally->began) / 1e9 : 0;
}
