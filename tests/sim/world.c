#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/panic.h"
#include "tests/shortage/shortage.h"
#include "tests/sim/watch.h"

#define EPOCH 1700000000000
#define CHECKS (SHARED_GROUPS * SHARED_GROUP_KEYS + SHARED_COUNTERS + SHARED_LOCKS)

/* How the scheduler chooses. */
enum temper { FAIR, STARVE_ONE, BY_PRIORITY, TEMPERS };

/* --- telling --- */

void world_fail(struct world *world, const char *format, ...)
{
    va_list list;

    fflush(stdout);
    fprintf(stderr, "# seed %llu, step %llu: ", (unsigned long long)world->setup.seed,
            (unsigned long long)world->step);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    abort();
}

void world_trace(struct world *world, const char *format, ...)
{
    va_list list;

    if (!world->setup.verbose)
        return;
    fprintf(stderr, "%6llu  ", (unsigned long long)world->step);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

/* FNV-1a; any hash will do. */
void world_mix(struct world *world, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    size_t i;

    for (i = 0; i < len; i++)
        world->hash = (world->hash ^ at[i]) * 0x100000001b3;
}

unsigned world_draw(struct world *world, unsigned below)
{
    return (unsigned)random_below(&world->random, below);
}

bool world_chance(struct world *world, unsigned one_in)
{
    return world_draw(world, one_in) == 0;
}

/* --- making --- */

static unsigned draw_shards(struct world *world)
{
    return world_chance(world, world->small ? 40 : 10) ? 16 : 1 + world_draw(world, 7);
}

/* Small ones, so that requests wait in line; a flood is to fill the rings instead. */
static unsigned draw_limit(struct world *world)
{
    const unsigned limits[] = {1, 2, 3, 8, 64, 0};

    if (world->flood && !world_chance(world, 4))
        return 0;
    return limits[world_draw(world, sizeof(limits) / sizeof(limits[0]))];
}

static void set(struct world *world, struct settings *settings, const char *name, const char *line)
{
    struct words words;
    struct why why;

    if (!words_split(&words, line, strlen(line)) || !settings_set(settings, name, &words, &why))
        world_fail(world, "%s %s: %s", name, line, why.text);
    words_free(&words);
}

static struct settings *make_settings(struct world *world)
{
    struct settings *settings = settings_clone(world->setup.settings);

    /* What is slow is a matter of the machine, and is told by messages. */
    set(world, settings, "slowlog-log-slower-than", "-1");
    if (world_chance(world, 6))
        set(world, settings, "pipeline-order", "strict");
    if (world->violent && world_chance(world, 3))
        set(world, settings, "client-output-buffer-limit", "normal 20000 5000 1");
    if (world->violent && world_chance(world, 4))
        set(world, settings, "timeout", "1");
    return settings;
}

/* Rarely, or so often that hardly anything works. */
static unsigned draw_scarcity(struct world *world)
{
    const unsigned one_in[] = {2, 10, 50, 200};

    return one_in[world_draw(world, 4)];
}

static void make_server(struct world *world)
{
    const struct settings *settings = make_settings(world);
    struct shards_setup setup = {
        .loops = world->loop_count,
        .shards = world->shard_count,
        .hosted = world->hosted,
        .stepped = true,
        .limit = draw_limit(world),
        .keyhash = {.secret = {random_next(&world->random), random_next(&world->random)}},
        .seed = random_next(&world->random),
        .now = world->now,
        .settings = settings,
    };
    struct why why;
    unsigned i;

    world->facts.commands = world->setup.commands;
    world->facts.start_wall_ms = world->now;
    world->facts.shards = shards_new(&setup, &why);
    for (i = 0; i < world->loop_count; i++) {
        world->loops[i] = loop_new(i, &world->facts, settings, world->setup.log);
        world->loops[i]->now_ms = world->now;
    }
    world_trace(world, "%u loops, %u shards, %s, limit %u", world->loop_count, world->shard_count,
                world->hosted ? "hosted" : "with threads of their own", setup.limit);
}

/* In some worlds a few ask as much as they can at once. */
static void make_client(struct world *world, struct client *client)
{
    const unsigned depths[] = {1, 2, 10, 60};

    client->left = world->small ? 5 + world_draw(world, 30) : 10 + world_draw(world, 120);
    client->depth = depths[world_draw(world, 4)];
    client->flavour = world_draw(world, 10);
    if (world->flood && !world_chance(world, 3)) {
        client->depth = 1500;
        client->left = 1500;
        client->storm = world_chance(world, 3);
        client->rush = true;
    }
}

static void make_clients(struct world *world)
{
    struct client *checker;
    unsigned i;

    world->client_count = 1 + world_draw(world, world->small ? 4 : WORLD_CLIENTS - 1);
    for (i = 0; i < world->client_count; i++) {
        client_init(&world->clients[i], world, i);
        make_client(world, &world->clients[i]);
    }
    checker = &world->clients[i];
    client_init(checker, world, i);
    checker->checker = true;
    checker->depth = 1 + world_draw(world, 2) * CHECKS;
}

static void make_temper(struct world *world, unsigned actors)
{
    unsigned i;

    world->temper = world_draw(world, TEMPERS);
    world->starved = world_draw(world, actors);
    if (world->flood && world_chance(world, 2)) { /* let rings fill */
        world->temper = STARVE_ONE;
        world->starved = world_draw(world, world->loop_count);
    }
    for (i = 0; i < sizeof(world->priorities) / sizeof(world->priorities[0]); i++)
        world->priorities[i] = random_next(&world->random);
}

static struct world *world_new(const struct world_setup *setup)
{
    struct world *world = must_calloc(1, sizeof(*world));

    world->setup = *setup;
    world->hash = 0xcbf29ce484222325;
    world->now = EPOCH;
    random_seed(&world->random, setup->seed);
    shared_init(&world->shared);
    world->small = !world_chance(world, 4);
    world->loop_count = 1 + world_draw(world, WORLD_LOOPS);
    world->shard_count = draw_shards(world);
    world->hosted = world_chance(world, 2);
    world->flood = !world->small && world_chance(world, 8);
    world->violent = world_chance(world, 4);
    world->starving = world_chance(world, 3);
    world->skewed = world_chance(world, 6);
    world->scarcity = draw_scarcity(world);
    world->draining = world_chance(world, 5);
    world->drain_at = world_draw(world, world->small ? 600 : 6000);
    make_server(world);
    world->thread_count = shards_threads(world->facts.shards) - 1;
    make_clients(world);
    return world;
}

/* --- the actors --- */

static struct host *host_of(const struct world *world, unsigned shard)
{
    return shards_host(world->facts.shards, shards_thread_of(world->facts.shards, shard));
}

static unsigned client_slots(const struct world *world)
{
    return world->client_count + 1;
}

/* Threads, then clients, then wires. Main has nothing to do with the work; see main_hears. */
static unsigned actors_of(const struct world *world)
{
    return world->thread_count + client_slots(world) + WORLD_WIRES;
}

static struct wire **free_place(struct world *world)
{
    unsigned i;

    for (i = 0; i < WORLD_WIRES; i++)
        if (world->wires[i] == NULL) {
            if (i >= world->wire_places)
                world->wire_places = i + 1;
            return &world->wires[i];
        }
    world_fail(world, "too many connections whose end no loop has noticed");
}

/* Of a connection in one direction: from a few bytes to more than is ever under way. */
static size_t draw_room(struct world *world)
{
    const unsigned sizes[] = {20, 200, 1000, 4000, 20000, 100000};

    if (world->flood)
        return 50000 + world_draw(world, 100000);
    return 1 + world_draw(world, sizes[world_draw(world, 6)]);
}

bool world_is_rough(const struct world *world)
{
    return world->violent || world->starving;
}

/* What one turn gets: all it asks for, or not. */
static void ration(struct world *world)
{
    const unsigned given[] = {1, 3, 10, 40}, refused[] = {1, 2, 10, 1000};

    if (!world->starving || world->phase != PHASE_WORK || !world_chance(world, world->scarcity))
        return;
    shortage_after(world_draw(world, given[world_draw(world, 4)]), refused[world_draw(world, 4)]);
}

static void end_ration(struct world *world)
{
    uint64_t refused;

    if (!world->starving)
        return;
    shortage_end(&refused);
    world->tally.refused += refused;
}

struct wire *world_connect(struct world *world)
{
    const unsigned index = world_draw(world, world->loop_count);
    const size_t up = draw_room(world);
    const size_t down = draw_room(world);
    struct wire *wire = wire_new(&world->random, 1000 + world->identities, up, down);

    struct conn *conn;

    ration(world);
    conn = loop_adopt(world->loops[index], wire_transport(wire), false, world->now);
    end_ration(world);
    if (conn == NULL) {
        world_trace(world, "client %u is turned away by loop %u", world->identities, index);
        wire_refuse(wire);
        wire_free(wire);
        return NULL;
    }
    *free_place(world) = wire;
    world->loops[0]->loads[index]++;
    world->threads[index].poked = true;
    world_trace(world, "client %u joins loop %u, room for %zu and %zu", world->identities, index,
                up, down);
    return wire;
}

static inline bool thread_can_act(const struct world *world, unsigned thread)
{
    if (world->threads[thread].held > world->step)
        return false;
    return !world->threads[thread].asleep || world->threads[thread].poked ||
           !inbox_is_sleeping(shards_inbox(world->facts.shards, thread));
}

static void wake_up(struct world *world, unsigned thread)
{
    if (!world->threads[thread].asleep)
        return;
    world->threads[thread].asleep = false;
    world->threads[thread].tired = false;
    if (thread < world->loop_count)
        loop_rise(world->loops[thread]);
    else
        inbox_rise(shards_inbox(world->facts.shards, thread));
}

/* As poller_run and the work of a host's thread do it. */
static bool thread_turn(struct world *world, unsigned thread)
{
    const bool ticks = thread < world->loop_count && world_chance(world, 200);
    bool more;

    ration(world);
    if (ticks)
        loop_tick(world->loops[thread], world->now);
    if (thread < world->loop_count)
        more = loop_step(world->loops[thread], world->now);
    else
        more = shards_host_turn(world->facts.shards, thread, world->now);
    end_ration(world);
    watch_turn(world, thread);
    return more;
}

static bool may_sleep(struct world *world, unsigned thread)
{
    if (thread < world->loop_count)
        return loop_may_sleep(world->loops[thread]);
    return inbox_may_sleep(shards_inbox(world->facts.shards, thread));
}

static void thread_act(struct world *world, unsigned thread)
{
    wake_up(world, thread);
    if (world->threads[thread].tired && !world->threads[thread].poked && may_sleep(world, thread)) {
        world->threads[thread].asleep = true;
        return;
    }
    world->threads[thread].poked = false;
    world->threads[thread].tired = !thread_turn(world, thread);
}

/* --- main: tells threads to end --- */

static void tell(struct world *world, unsigned thread, const struct command *command)
{
    struct shards *shards = world->facts.shards;
    struct request *request = &world->tells[thread];
    struct request_list run;

    request->cargo.command = command;
    request->cargo.shard = REQUEST_NO_SHARD;
    request->cargo.home = (uint16_t)shards_main(shards);
    request->cargo.target = (uint16_t)thread;
    request->cargo.answered = false;
    request_list_init(&run);
    request_list_push(&run, &request);
    outbox_send(shards_outbox(shards, shards_main(shards)), &run);
    world->told++;
}

static void tell_all(struct world *world, unsigned first, unsigned end,
                     const struct command *command)
{
    struct shards *shards = world->facts.shards;

    for (; first < end; first++)
        tell(world, first, command);
    outbox_publish(shards_outbox(shards, shards_main(shards)), NULL);
}

static bool main_can_act(const struct world *world)
{
    return world->heard < world->told;
}

static bool main_hears(struct world *world)
{
    struct shards *shards = world->facts.shards;
    struct request *batch[WORLD_THREADS + INBOX_LINKED_MAX];
    const unsigned count =
        inbox_take(shards_inbox(shards, shards_main(shards)), batch, WORLD_THREADS);
    unsigned i;

    for (i = 0; i < count; i++)
        outbox_home(shards_outbox(shards, shards_main(shards)), batch[i]->cargo.target);
    world->heard += count;
    return count > 0;
}

/* --- who may act, and who does --- */

static inline bool wire_can_act(const struct wire *wire)
{
    return wire != NULL && (wire_is_gone(wire) || wire_can_move(wire));
}

/* Those who can act; how many. Most of the time goes into this. */
static unsigned find_enabled(const struct world *world, unsigned *enabled)
{
    const unsigned threads = world->thread_count;
    const unsigned slots = client_slots(world);
    unsigned count = 0, i;

    for (i = 0; i < threads; i++)
        if (thread_can_act(world, i))
            enabled[count++] = i;
    for (i = 0; i < slots; i++)
        if (client_can_act(&world->clients[i]))
            enabled[count++] = threads + i;
    for (i = 0; i < world->wire_places; i++)
        if (wire_can_act(world->wires[i]))
            enabled[count++] = threads + slots + i;
    return count;
}

static void wire_act(struct world *world, struct wire **wire)
{
    unsigned thread;

    if (wire_is_gone(*wire)) {
        wire_free(*wire);
        *wire = NULL;
        return;
    }
    thread = wire_transport(*wire)->conn->loop->index;
    if (wire_move(*wire))
        world->threads[thread].poked = true;
}

static void act(struct world *world, unsigned actor)
{
    const unsigned threads = world->thread_count;
    const unsigned slots = client_slots(world);

    if (actor < threads)
        thread_act(world, actor);
    else if (actor < threads + slots)
        client_act(&world->clients[actor - threads]);
    else
        wire_act(world, &world->wires[actor - threads - slots]);
}

static unsigned best_of(const struct world *world, const unsigned *enabled, unsigned count)
{
    unsigned best = 0;
    unsigned i;

    for (i = 1; i < count; i++)
        if (world->priorities[enabled[i]] > world->priorities[enabled[best]])
            best = i;
    return enabled[best];
}

static unsigned choose(struct world *world, const unsigned *enabled, unsigned count)
{
    unsigned actor = enabled[world_draw(world, count)];
    unsigned tries = world->temper == STARVE_ONE ? 20 : 0;

    for (; tries > 0 && actor == world->starved; tries--)
        actor = enabled[world_draw(world, count)];
    if (world->temper != BY_PRIORITY)
        return actor;
    if (world_chance(world, 30))
        world->priorities[actor] = random_next(&world->random);
    return best_of(world, enabled, count);
}

/* The wall clock is set; steady time, and what is told in it, goes on as if nothing had happened. */
static void set_wall_clock(struct world *world)
{
    const int64_t skew = (int64_t)world_draw(world, 2000000) - 1000000;
    unsigned i;

    for (i = 0; i < world->loop_count; i++)
        world->loops[i]->skew_ms = skew;
    for (i = 0; i < world->shard_count; i++)
        host_set_skew(host_of(world, i), i, skew);
}

/* A thread's processor is taken away for a while, or a client does not look. */
static void hold_somebody(struct world *world)
{
    const unsigned who = world_draw(world, world->thread_count + client_slots(world));
    const uint64_t until = world->step + world_draw(world, 300);

    if (who < world->thread_count)
        world->threads[who].held = until;
    else
        world->clients[who - world->thread_count].held = until;
}

static void let_all_go(struct world *world)
{
    unsigned i;

    for (i = 0; i < world->thread_count; i++)
        world->threads[i].held = 0;
    for (i = 0; i < client_slots(world); i++)
        world->clients[i].held = 0;
}

static void cut_somebody_off(struct world *world)
{
    struct client *client = &world->clients[world_draw(world, world->client_count)];

    if (client->wire == NULL)
        return;
    world_trace(world, "client %u is cut off", client->identity);
    client_lose(client);
}

/* What nobody decides: time goes on, or jumps, and connections break. One draw for all of it: this is
 * asked before each step. */
static void befall(struct world *world)
{
    const unsigned lot = world_draw(world, 4000);

    if (lot < 400)
        world->now += lot % 6;
    else if (lot < 402)
        world->now += world_draw(world, 60000); /* the machine was asleep */
    else if (lot < 406)
        hold_somebody(world);
    else if (lot < 416 && world->violent)
        cut_somebody_off(world);
    else if (lot < 426 && world->skewed)
        set_wall_clock(world);
}

/* Does a thread go round and round with nothing to do? */
static void watch_for_spinning(struct world *world, unsigned actor)
{
    const bool again = actor == world->last_actor && actor < world->thread_count &&
                       !world->threads[actor].tired && !world->threads[actor].asleep;

    world->last_actor = actor;
    world->in_a_row = again ? world->in_a_row + 1 : 0;
    if (world->in_a_row > 1000)
        world_fail(world, "thread %u spins", actor);
}

/* Lets somebody act; false when nobody can. */
static bool step(struct world *world)
{
    unsigned enabled[WORLD_THREADS + WORLD_CLIENTS + WORLD_WIRES];
    unsigned count, actor;

    befall(world);
    if (main_can_act(world) && main_hears(world))
        return true;
    count = find_enabled(world, enabled);
    if (count == 0) {
        let_all_go(world);
        count = find_enabled(world, enabled);
    }
    if (count == 0)
        return false;
    actor = choose(world, enabled, count);
    world_mix(world, &actor, sizeof(actor));
    act(world, actor);
    watch_for_spinning(world, actor);
    if (++world->step > world->setup.steps)
        world_fail(world, "it does not come to an end");
    return true;
}

/* --- a life --- */

static void begin_drain(struct world *world)
{
    world_trace(world, "main: drain");
    world->phase = PHASE_DRAIN;
    world->drained = true;
    tell_all(world, 0, world->loop_count, &loop_drain_command);
}

static void run_until_quiet(struct world *world)
{
    while (step(world))
        if (world->phase == PHASE_WORK && world->draining && world->step >= world->drain_at)
            begin_drain(world);
}

/* Nobody can act. Then nobody may be waiting either: a wake-up or a message was lost otherwise. */
static void must_be_done(struct world *world)
{
    unsigned i;

    if (world->heard < world->told)
        world_fail(world, "nobody moves, and main waits for %u threads",
                   world->told - world->heard);
    for (i = 0; i < client_slots(world); i++) {
        const struct client *client = &world->clients[i];

        if (client->wire != NULL)
            world_fail(world, "nobody moves, and client %u waits for %u answers, first to %s",
                       client->identity, client->outstanding,
                       client->first != NULL ? client->first->what : "nothing");
        if (client->left > 0 && !world->drained)
            world_fail(world, "client %u has not asked everything", client->identity);
    }
}

/* What there was no memory to tell is told now. */
static void catch_up(struct world *world)
{
    unsigned i;

    for (i = 0; world->starving && i < world->loop_count; i++) {
        wake_up(world, i);
        loop_tick(world->loops[i], world->now);
        world->threads[i].poked = true;
    }
    run_until_quiet(world);
}

static void check_what_remains(struct world *world)
{
    const char *complaint;

    world->phase = PHASE_CHECK;
    world->clients[world->client_count].left = CHECKS;
    run_until_quiet(world);
    must_be_done(world);
    complaint = shared_groups_agree(&world->shared);
    if (complaint != NULL)
        world_fail(world, "%s", complaint);
}

static void nothing_is_left(struct world *world, const struct loop *loop)
{
    const struct pool *pool = courier_pool(loop->courier);

    if (pool->out != 0)
        world_fail(world, "loop %u: %zu requests are not back", loop->index, pool->out);
    if (loop->blocks.bytes != 0)
        world_fail(world, "loop %u: %zu bytes of blocks are not back", loop->index,
                   loop->blocks.bytes);
    if (loop->conn_count != 0 || loop->conns != NULL)
        world_fail(world, "loop %u: %u connections are left", loop->index, loop->conn_count);
    if (!world->drained && world->loops[0]->loads[loop->index] != 0)
        world_fail(world, "loop %u: %u connections are thought to be left", loop->index,
                   world->loops[0]->loads[loop->index]);
}

static void stop_server(struct world *world)
{
    unsigned i;

    world->phase = PHASE_END;
    catch_up(world);
    watch_end(world);
    for (i = 0; i < world->loop_count; i++)
        nothing_is_left(world, world->loops[i]);
    if (!world->drained)
        tell_all(world, 0, world->loop_count, &loop_drain_command);
    run_until_quiet(world);
    must_be_done(world);
    tell_all(world, 0, world->loop_count, &loop_exit_command);
    tell_all(world, world->loop_count, world->thread_count, &host_stop_command);
    run_until_quiet(world);
    must_be_done(world);
    for (i = 0; i < world->loop_count; i++)
        if (!loop_is_over(world->loops[i]))
            world_fail(world, "loop %u was told to end and has not", i);
    for (; i < world->thread_count; i++)
        if (!host_is_told_to_stop(shards_host(world->facts.shards, i)))
            world_fail(world, "host %u was told to end and has not", i);
}

static void add_to_tally(struct world *world, struct world_tally *tally)
{
    unsigned i;

    tally->steps += world->step;
    tally->commands += world->tally.commands;
    tally->connections += world->tally.connections;
    tally->starving += world->starving;
    tally->refused += world->tally.refused;
    tally->without += world->tally.without;
    tally->walks += world->tally.walks;
    for (i = 0; i < world->loop_count; i++) {
        tally->lined += courier_stats(world->loops[i]->courier)->lined;
        tally->borrows += courier_stats(world->loops[i]->courier)->borrows;
    }
    for (i = 1; i < SHARED_GROUPS; i++) {
        tally->mgets += world->shared.groups[i].mgets;
    }
}

static void world_free(struct world *world)
{
    const struct settings *settings = world->loops[0]->settings;
    unsigned i;

    for (i = 0; i < client_slots(world); i++)
        client_fini(&world->clients[i]);
    for (i = 0; i < world->loop_count; i++)
        loop_free(world->loops[i]);
    shards_free(world->facts.shards);
    settings_free((struct settings *)settings);
    free(world);
}

uint64_t world_run(const struct world_setup *setup, struct world_tally *tally)
{
    struct world *world = world_new(setup);
    uint64_t hash;

    make_temper(world, actors_of(world));
    run_until_quiet(world);
    must_be_done(world);
    if (world->draining && !world->drained) {
        begin_drain(world);
        run_until_quiet(world);
        must_be_done(world);
    }
    if (!world->drained)
        check_what_remains(world);
    stop_server(world);
    add_to_tally(world, tally);
    hash = world->hash;
    world_free(world);
    return hash;
}
