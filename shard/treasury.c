#include "shard/treasury.h"

#include <stdlib.h>

#include "cache/panic.h"
#include "conf/settings.h"
#include "shard/shards.h"

#define AHEAD_SHARE 16 /* of a fair share: so much is asked for before it is needed */
#define FLOOR \
    ((uint64_t)64 << 10) /* a shard that evicts has room for some keys, however little it has */
#define ASK_AGAIN_MS 2

/* The request is the first member: one is found from the other. */
struct purse {
    struct request request;
    unsigned granted;  /* to the shard */
    unsigned returned; /* by it */
    unsigned wish;
};

struct recall {
    struct request request;
    unsigned force; /* units above its fair share that it must give up */
};

struct account {
    unsigned held;
    bool recalled; /* its recall is on its way */
    struct purse purse;
    struct recall recall;
};

struct treasury {
    unsigned shards;
    unsigned free;
    struct account accounts[];
};

static const struct command purse_command = {.name = "treasury|purse", .flags = INTERNAL};
static const struct command recall_command = {.name = "treasury|recall", .flags = INTERNAL};

/* --- the ledger --- */

static unsigned fair_share(unsigned shards)
{
    return TREASURY_UNITS / shards;
}

static void init_request(struct request *request, const struct command *command, unsigned shard)
{
    reply_init(&request->cargo.reply);
    request->net.part = true;
    request->cargo.command = command;
    request->cargo.shard = (uint16_t)shard;
    request->cargo.home = 0;
}

struct treasury *treasury_new(unsigned shards)
{
    struct treasury *treasury;
    unsigned i;

    if (shards == 1)
        return NULL;
    treasury = must_calloc(1, sizeof(*treasury) + shards * sizeof(treasury->accounts[0]));
    treasury->shards = shards;
    treasury->free = TREASURY_UNITS - shards * fair_share(shards);
    for (i = 0; i < shards; i++) {
        struct account *account = &treasury->accounts[i];

        account->held = fair_share(shards);
        init_request(&account->purse.request, &purse_command, i);
        init_request(&account->recall.request, &recall_command, i);
    }
    return treasury;
}

void treasury_free(struct treasury *treasury)
{
    free(treasury);
}

bool treasury_owns(const struct request *request)
{
    return request->cargo.command == &purse_command || request->cargo.command == &recall_command;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned richest(const struct treasury *treasury)
{
    unsigned best = 0, i;

    for (i = 1; i < treasury->shards; i++)
        if (treasury->accounts[i].held > treasury->accounts[best].held)
            best = i;
    return best;
}

/* Asks all others for what they do not need, and the richest for what is due to this one. */
static void recall(struct treasury *treasury, unsigned poor, unsigned missing, treasury_send *send,
                   void *context)
{
    const unsigned fair = fair_share(treasury->shards);
    const unsigned held = treasury->accounts[poor].held;
    const unsigned rich = richest(treasury);
    unsigned i;

    for (i = 0; i < treasury->shards; i++) {
        struct account *account = &treasury->accounts[i];

        if (i == poor || account->recalled)
            continue;
        account->recalled = true;
        account->recall.force = i == rich && held < fair ? least(missing, fair - held) : 0;
        send(context, i, &account->recall.request);
    }
}

static void purse_home(struct treasury *treasury, unsigned shard, treasury_send *send,
                       void *context)
{
    struct account *account = &treasury->accounts[shard];
    struct purse *purse = &account->purse;

    account->held -= purse->returned;
    treasury->free += purse->returned;
    purse->granted = least(purse->wish, treasury->free);
    account->held += purse->granted;
    treasury->free -= purse->granted;
    if (purse->granted < purse->wish)
        recall(treasury, shard, purse->wish - purse->granted, send, context);
    send(context, shard, &purse->request);
}

void treasury_home(struct treasury *treasury, struct request *request, treasury_send *send,
                   void *context)
{
    const unsigned shard = request->cargo.shard;

    request->cargo.answered = false;
    if (request->cargo.command == &recall_command)
        treasury->accounts[shard].recalled = false;
    else
        purse_home(treasury, shard, send, context);
}

/* --- a till --- */

void till_open(struct till *till, struct treasury *treasury, unsigned shard, unsigned shards)
{
    *till = (struct till){
        .purse = &treasury->accounts[shard].purse, .shards = shards, .units = fair_share(shards)};
}

static uint64_t limit_of(const struct cache *cache)
{
    const struct settings *settings = cache_settings(cache);

    return settings == NULL ? 0 : (uint64_t)settings->maxmemory;
}

static bool evicts(const struct cache *cache)
{
    return cache_settings(cache)->maxmemory_policy != POLICY_NOEVICTION;
}

static uint64_t bytes_of_units(uint64_t limit, unsigned units)
{
    return limit / TREASURY_UNITS * units + limit % TREASURY_UNITS * units / TREASURY_UNITS;
}

/* As many as it takes. */
static unsigned units_of_bytes(uint64_t limit, uint64_t bytes)
{
    if (bytes >= limit)
        return TREASURY_UNITS;
    if (limit < TREASURY_UNITS)
        return (unsigned)((bytes * TREASURY_UNITS + limit - 1) / limit);
    return least(TREASURY_UNITS, (unsigned)(bytes / (limit / TREASURY_UNITS)) + 1);
}

static uint64_t overdraft(const struct till *till, uint64_t limit)
{
    const uint64_t part = limit / (4 * till->shards);

    return part < TREASURY_OVERDRAFT ? part : TREASURY_OVERDRAFT;
}

void till_apply(const struct till *till, struct cache *cache)
{
    const uint64_t limit = limit_of(cache);
    uint64_t line;

    if (limit == 0) {
        cache_set_limit(cache, UINT64_MAX);
        return;
    }
    line = bytes_of_units(limit, till->units - till->owed) + overdraft(till, limit);
    if (evicts(cache) && line < FLOOR)
        line = limit < FLOOR ? limit : FLOOR;
    cache_set_limit(cache, line);
}

static uint64_t ahead(const struct till *till, uint64_t limit)
{
    return limit / till->shards / AHEAD_SHARE;
}

/* What it could do without, at once. */
static unsigned spare(const struct till *till, const struct cache *cache, uint64_t more)
{
    const unsigned needed = units_of_bytes(limit_of(cache), cache_charge(cache) + more);

    return till->units > needed ? till->units - needed : 0;
}

static void give_up(struct till *till, struct cache *cache, unsigned units)
{
    till->units -= units;
    till->owed -= least(till->owed, units);
    till->returned += units;
    till_apply(till, cache);
}

static void on_recall(struct till *till, struct cache *cache, unsigned force)
{
    const unsigned fair = fair_share(till->shards);
    const uint64_t limit = limit_of(cache);
    const unsigned above = till->units > fair ? till->units - fair : 0;

    if (limit == 0)
        return;
    if (evicts(cache) && till->owed < least(force, above))
        till->owed = least(force, above);
    give_up(till, cache, spare(till, cache, ahead(till, limit)));
}

bool till_receive(struct till *till, struct cache *cache, struct request *request)
{
    if (request->cargo.command == &recall_command) {
        on_recall(till, cache, ((struct recall *)request)->force);
        return true;
    }
    till->purse = (struct purse *)request;
    till->units += till->purse->granted;
    till->refused = till->purse->wish > 0 && till->purse->granted == 0;
    till_apply(till, cache);
    return false;
}

/* As much as it needs, and the same ahead. */
static unsigned wish(const struct till *till, const struct cache *cache, int64_t now)
{
    const uint64_t limit = limit_of(cache);
    const uint64_t charge = cache_charge(cache);
    const uint64_t more = ahead(till, limit);
    unsigned needed;

    if (till->refused && now - till->asked_ms < ASK_AGAIN_MS && now >= till->asked_ms)
        return 0;
    if (till->owed > 0 || charge + more <= bytes_of_units(limit, till->units))
        return 0;
    needed = units_of_bytes(limit, charge + 2 * more);
    return needed > till->units ? needed - till->units : 0;
}

struct request *till_settle(struct till *till, struct cache *cache, int64_t now)
{
    struct purse *purse = till->purse;
    unsigned wished;

    if (purse == NULL || limit_of(cache) == 0)
        return NULL;
    if (till->owed > 0)
        give_up(till, cache, least(till->owed, spare(till, cache, 0)));
    wished = wish(till, cache, now);
    if (wished == 0 && till->returned == 0)
        return NULL;
    purse->wish = wished;
    purse->returned = till->returned;
    till->returned = 0;
    till->asked_ms = now;
    till->purse = NULL;
    return &purse->request;
}
