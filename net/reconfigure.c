#include "net/reconfigure.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "conf/rewrite.h"
#include "net/first.h"
#include "net/loop.h"

#define DESCRIPTORS_KEPT 32 /* files that are not clients */

/* On its way to all threads; they only read `next`. */
struct change {
    const struct settings *next;
    const struct settings *old;
    struct request *asker;
};

/* --- adopting --- */

static void adopt_on_loop(struct loop *loop, struct args *args, struct reply *reply)
{
    const struct change *change = args->hidden;

    (void)reply;
    loop_adopt_settings(loop, change->next);
    log_set_level(loop->log, (enum log_level)change->next->loglevel);
}

static void adopt_on_host(struct host *host, unsigned shard, struct args *args, struct reply *reply)
{
    const struct change *change = args->hidden;

    (void)reply;
    host_adopt(host, shard, change->next);
}

/* Nobody can still be looking at the old ones. */
static void on_adopted(struct loop *first, struct request *whole, struct request *parts)
{
    struct change *change = whole->cargo.args.hidden;

    (void)parts;
    assert(first->index == 0 && first->settings != change->old);
    settings_free((struct settings *)change->old);
    reply_ok(&change->asker->cargo.reply);
    first_answer(first, change->asker);
    free(change);
}

static const struct command adopt_command = {
    .name = "settings|adopt",
    .flags = INTERNAL,
    .route = EVERYWHERE,
    .gather = GATHERED,
    .on_loop = adopt_on_loop,
    .on_host = adopt_on_host,
    .on_gathered = on_adopted,
};

/* False: no memory, and nobody has heard of it. */
static bool publish(struct loop *first, const struct settings *next, struct request *asker)
{
    struct change *change = malloc(sizeof(*change));

    if (change == NULL)
        return false;
    *change = (struct change){.next = next, .old = first->settings, .asker = asker};
    if (!courier_tell(first->courier, &adopt_command, change)) {
        free(change);
        return false;
    }
    assert(first->settings == next); /* this thread's own part has been run: see above, "at once" */
    return true;
}

/* --- changing --- */

/* Only root may go beyond the hard limit. `limit` is what there was before. */
static bool raise_limit(rlim_t needed, struct rlimit *limit)
{
    struct rlimit raised;

    if (getrlimit(RLIMIT_NOFILE, limit) != 0 || limit->rlim_cur >= needed)
        return true;
    raised.rlim_cur = needed;
    raised.rlim_max = limit->rlim_max < needed ? needed : limit->rlim_max;
    return setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

static bool make_room(int64_t maxclients, struct why *why)
{
    const rlim_t needed = (rlim_t)maxclients + DESCRIPTORS_KEPT;
    struct rlimit limit;
    rlim_t possible;

    if (raise_limit(needed, &limit))
        return true;
    possible = limit.rlim_max < needed ? limit.rlim_max : limit.rlim_cur;
    why_set(why,
            "CONFIG SET failed (possibly related to argument 'maxclients') - The operating system "
            "is not able to handle the specified number of clients, try with %lld",
            (long long)possible - DESCRIPTORS_KEPT);
    return false;
}

/* What the system must agree to before others hear of it. */
static bool apply(const struct settings *old, const struct settings *next, struct why *why)
{
    return next->maxclients <= old->maxclients || make_room(next->maxclients, why);
}

static struct settings *with_changes(const struct settings *old, const struct args *args,
                                     struct why *why)
{
    struct words pairs = {0};
    struct settings *next = NULL;
    uint32_t i;

    for (i = 2; i < args->count; i++)
        if (!words_add(&pairs, args_word(args, i).at, args_word(args, i).len))
            break;
    if (i == args->count)
        next = settings_change(old, &pairs, why);
    else
        why_set(why, "CONFIG SET failed - out of memory");
    words_free(&pairs);
    if (next != NULL && !apply(old, next, why)) {
        settings_free(next);
        next = NULL;
    }
    return next;
}

void reconfigure_set(struct loop *first, struct request *request)
{
    struct why why;
    struct settings *next;

    assert(first->index == 0);
    next = with_changes(first->settings, &request->cargo.args, &why);
    if (next != NULL && publish(first, next, request))
        return;
    if (next != NULL) {
        settings_free(next);
        why_set(&why, "CONFIG SET failed - out of memory");
    }
    reply_errorf(&request->cargo.reply, "ERR %s", why.text);
    first_answer(first, request);
}

void reconfigure_rewrite(struct loop *first, struct request *request)
{
    struct reply *reply = &request->cargo.reply;
    struct why why;

    assert(first->index == 0);
    if (rewrite_file(first->settings, &why)) {
        log_write(first->log, LOG_NOTICE, "CONFIG REWRITE executed with success.");
        reply_ok(reply);
    } else {
        reply_errorf(reply, "ERR %s", why.text);
    }
    first_answer(first, request);
}
