#include "net/http/http.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/panic.h"
#include "conf/settings.h"
#include "net/address.h"
#include "net/http/gate.h"
#include "net/http/look.h"
#include "net/http/metrics.h"
#include "net/http/news.h"
#include "net/http/live.h"

#define BACKLOG 64
#define HEADERS_MOST 8192
#define BODY_MOST 1024 /* nobody needs one */
#define NO_LOOK "Not every shard has answered since the server was started.\n"

struct http {
    const struct server_facts *facts;
    struct settings *settings; /* as they were at the start */
    struct inspector *inspector;
    struct looks *looks;
    struct news news;
    struct event_base *base;
    struct evhttp *evhttp;
    struct seats seats;
    struct event woken;
    struct event tick;     /* each second, while any seat is taken */
    struct event deadline; /* of the round */
    bool in_round;
    bool news_due; /* at the end of the next round, or of this one */
    int port;
    char policy[LIVE_POLICY];
};

struct route {
    const char *path;
    bool closely; /* see LOOK_CLOSELY */
    /* At once; NULL: after a round */
    void (*on_asked)(struct http *http, struct seat *seat);
    void (*on_round)(struct http *http, struct seat *seat, const struct look *look);
};

/* --- answers --- */

static void header(struct evhttp_request *request, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

static void headers(struct evhttp_request *request, const char *type)
{
    header(request, "Content-Type", type);
    header(request, "Cache-Control", "no-store");
    header(request, "X-Content-Type-Options", "nosniff");
    header(request, "Cross-Origin-Resource-Policy", "same-origin");
    header(request, "Connection", "close");
}

/* For HEAD only what goes before the text. Without memory for it the connection ends. */
static void answer(struct seat *seat, int code, const char *reason, const char *type,
                   struct bytes text)
{
    struct evhttp_request *request = seat->request;
    const bool whole = evhttp_request_get_command(request) != EVHTTP_REQ_HEAD;
    struct evbuffer *buffer = evbuffer_new();
    char length[24];

    seat->state = SEAT_ANSWERED;
    if (buffer == NULL || (whole && evbuffer_add(buffer, text.at, text.len) != 0)) {
        if (buffer != NULL)
            evbuffer_free(buffer);
        seats_push_out(seat);
        return;
    }
    snprintf(length, sizeof(length), "%zu", text.len);
    headers(request, type);
    header(request, "Content-Length", length);
    seat->request = NULL; /* evhttp's from now on */
    evhttp_send_reply(request, code, reason, whole ? buffer : NULL);
    evbuffer_free(buffer);
}

static void answer_plainly(struct seat *seat, int code, const char *reason, const char *text)
{
    answer(seat, code, reason, "text/plain; charset=utf-8", bytes_of(text));
}

static void answer_printed(struct seat *seat, const struct reply *text, const char *type)
{
    if (reply_is_broken(text))
        answer_plainly(seat, HTTP_SERVUNAVAIL, "Service Unavailable", "No memory.\n");
    else
        answer(seat, HTTP_OK, "OK", type, bytes_new(text->at, text->len));
}

static void answer_page(struct http *http, struct seat *seat)
{
    header(seat->request, "Content-Security-Policy", http->policy);
    header(seat->request, "Referrer-Policy", "no-referrer");
    header(seat->request, "X-Frame-Options", "DENY");
    answer(seat, HTTP_OK, "OK", "text/html; charset=utf-8", live_text());
}

static void answer_metrics(struct http *http, struct seat *seat, const struct look *look)
{
    struct reply text;

    (void)http;
    if (look == NULL) {
        answer_plainly(seat, HTTP_SERVUNAVAIL, "Service Unavailable", NO_LOOK);
        return;
    }
    reply_init(&text);
    metrics_print(look, &text);
    answer_printed(seat, &text, METRICS_TYPE);
    reply_fini(&text);
}

static void answer_stats(struct http *http, struct seat *seat, const struct look *look)
{
    struct reply text;
    struct news all = {0}; /* percentiles of all the time */

    (void)http;
    if (look == NULL) {
        answer_plainly(seat, HTTP_SERVUNAVAIL, "Service Unavailable", NO_LOOK);
        return;
    }
    reply_init(&text);
    news_print(&all, look, &text);
    reply_raw(&text, "\n", 1);
    answer_printed(seat, &text, "application/json");
    reply_fini(&text);
}

static unsigned name_silent(const struct inspector *inspector, char *into, size_t size)
{
    unsigned count = 0, i;
    size_t used = 0;

    for (i = 0; i < inspector_count(inspector) && used < size; i++) {
        if (!inspector_is_away(inspector, i))
            continue;
        count++;
        used += (size_t)snprintf(into + used, size - used, "%s %u does not answer\n",
                                 inspector_is_shard(inspector, i) ? "shard" : "loop",
                                 inspector_index(inspector, i));
    }
    return count;
}

static void answer_health(struct http *http, struct seat *seat, const struct look *look)
{
    char text[4096];

    (void)look;
    if (name_silent(http->inspector, text, sizeof(text)) == 0)
        answer_plainly(seat, HTTP_OK, "OK", "ok\n");
    else
        answer_plainly(seat, HTTP_SERVUNAVAIL, "Service Unavailable", text);
}

/* --- news --- */

#define STREAM_TYPE "text/event-stream; charset=utf-8"

static void begin_stream(struct http *http, struct seat *seat)
{
    if (evhttp_request_get_command(seat->request) == EVHTTP_REQ_HEAD) {
        answer(seat, HTTP_OK, "OK", STREAM_TYPE, bytes_of(""));
        return;
    }
    if (seats_in(&http->seats, SEAT_STREAMED) == SEATS_STREAMED) {
        answer_plainly(seat, HTTP_SERVUNAVAIL, "Service Unavailable",
                       "There are enough who watch. One of them may leave.\n");
        return;
    }
    headers(seat->request, STREAM_TYPE);
    seat->state = SEAT_STREAMED;
    http->news_due = true;
    evhttp_send_reply_start(seat->request, HTTP_OK, "OK");
}

static void send_news(struct http *http, const struct reply *text)
{
    struct evbuffer *buffer = reply_is_broken(text) ? NULL : evbuffer_new();
    unsigned i;

    if (buffer == NULL) /* there will be others */
        return;
    for (i = 0; i < SEATS; i++) {
        struct seat *seat = &http->seats.at[i];

        if (seat->state != SEAT_STREAMED)
            continue;
        if (evbuffer_add_printf(buffer, "retry: 2000\ndata: ") < 0 ||
            evbuffer_add(buffer, text->at, text->len) != 0 || evbuffer_add(buffer, "\n\n", 2) != 0)
            seats_push_out(seat);
        else
            evhttp_send_reply_chunk(seat->request, buffer);
        evbuffer_drain(buffer, evbuffer_get_length(buffer));
    }
    evbuffer_free(buffer);
}

static void tell_news(struct http *http, const struct look *look)
{
    struct reply text;

    http->news_due = false;
    if (look == NULL)
        return;
    reply_init(&text);
    news_print(&http->news, look, &text);
    send_news(http, &text);
    reply_fini(&text);
}

/* --- rounds --- */

static void begin_round(struct http *http)
{
    const struct timeval time = {ROUND_MILLISECONDS / 1000, ROUND_MILLISECONDS % 1000 * 1000};
    bool closely = http->news_due;
    unsigned i;

    for (i = 0; i < SEATS; i++) {
        struct seat *seat = &http->seats.at[i];

        seat->next = false;
        closely |= seat->state == SEAT_ASKED && seat->route->closely;
    }
    http->in_round = true;
    inspector_ask(http->inspector, closely ? LOOK_CLOSELY : NULL);
    event_add(&http->deadline, &time);
}

static bool somebody_waits(const struct http *http)
{
    return http->news_due || seats_in(&http->seats, SEAT_ASKED) > 0;
}

/* Who asks while a round is under way wants to know how it was after that, hence waits for the next. */
static void want_round(struct http *http)
{
    if (!http->in_round && somebody_waits(http))
        begin_round(http);
}

static void end_round(struct http *http)
{
    struct look *look = look_new(http->looks);
    unsigned i;

    http->in_round = false;
    event_del(&http->deadline);
    for (i = 0; i < SEATS; i++) {
        struct seat *seat = &http->seats.at[i];

        if (seat->state == SEAT_ASKED && !seat->next)
            seat->route->on_round(http, seat, look);
    }
    if (http->news_due)
        tell_news(http, look);
    look_free(look);
    want_round(http);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    end_round(context);
}

static void receive(struct http *http)
{
    inspector_receive(http->inspector, looks_take, http->looks);
    if (http->in_round && !inspector_waits(http->inspector))
        end_round(http);
}

/* --- who may ask --- */

/* clang-format off */
static const struct route routes[] = {
    { "/",           false, answer_page,  NULL },
    { "/events",     true,  begin_stream, NULL },
    { "/stats.json", true,  NULL,         answer_stats },
    { "/metrics",    false, NULL,         answer_metrics },
    { "/healthz",    false, NULL,         answer_health },
};
/* clang-format on */

static const struct route *route_of(struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    size_t i;

    for (i = 0; path != NULL && i < sizeof(routes) / sizeof(routes[0]); i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

static bool only_reads(struct evhttp_request *request)
{
    return evhttp_request_get_command(request) & (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
}

/* True when it was. */
static bool refuse(const struct http *http, struct seat *seat)
{
    if (!gate_knows_host(http->settings, seat->request)) {
        answer_plainly(seat, 421, "Misdirected Request",
                       "Host must be an address, localhost, or one of the option http-hosts.\n");
    } else if (!only_reads(seat->request)) {
        header(seat->request, "Allow", "GET, HEAD");
        answer_plainly(seat, HTTP_BADMETHOD, "Method Not Allowed", "Nothing is changed here.\n");
    } else if (seat->route == NULL) {
        answer_plainly(seat, HTTP_NOTFOUND, "Not Found",
                       "There are /, /metrics, /healthz, /stats.json and /events.\n");
    } else {
        return false;
    }
    return true;
}

static void on_request(struct evhttp_request *request, void *context)
{
    struct http *http = context;
    struct seat *seat = seats_of(&http->seats, request);

    seat->request = request;
    seat->route = route_of(request);
    if (refuse(http, seat))
        return;
    if (seat->route->on_asked != NULL) {
        seat->route->on_asked(http, seat);
    } else {
        seat->state = SEAT_ASKED;
        seat->next = http->in_round;
    }
    want_round(http);
}

/* --- making --- */

static bool open_word(struct http *http, const char *word, struct why *why)
{
    struct evhttp_bound_socket *bound;
    int fd;

    if (!address_open(word, BACKLOG, &http->port, &fd, why))
        return false;
    if (fd < 0)
        return true;
    bound = evhttp_accept_socket_with_handle(http->evhttp, fd);
    if (bound == NULL) {
        close(fd);
        why_set(why, "cannot accept clients on the HTTP port");
        return false;
    }
    seats_listen(&http->seats, evhttp_bound_socket_get_listener(bound));
    return true;
}

static bool open_port(struct http *http, struct why *why)
{
    const struct settings_list *words = &http->settings->http_bind;
    size_t i;

    http->port = http->settings->http_port == SETTINGS_AUTO ? 0 : (int)http->settings->http_port;
    for (i = 0; i < words->count; i++)
        if (!open_word(http, words->at[i], why))
            return false;
    if (http->seats.listener_count > 0)
        return true;
    why_set(why, "http-port is set, but there is no address in http-bind to listen on");
    return false;
}

static void on_woken(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context; /* being awake is all */
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct http *http = context;

    (void)fd;
    (void)what;
    seats_tidy(&http->seats);
    if (seats_in(&http->seats, SEAT_STREAMED) > 0)
        http->news_due = true;
    want_round(http);
}

static bool make_server(struct http *http, struct why *why)
{
    struct event_config *config = event_config_new();

    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    http->base = event_base_new_with_config(config);
    event_config_free(config);
    http->evhttp = http->base == NULL ? NULL : evhttp_new(http->base);
    if (http->evhttp == NULL) {
        why_set(why, "cannot make an HTTP server");
        return false;
    }
    evhttp_set_max_headers_size(http->evhttp, HEADERS_MOST);
    evhttp_set_max_body_size(http->evhttp, BODY_MOST);
    evhttp_set_timeout(http->evhttp, SEAT_SECONDS);
    evhttp_set_allowed_methods(http->evhttp, UINT16_MAX); /* refuse() has a better answer */
    evhttp_set_gencb(http->evhttp, on_request, http);
    return true;
}

static void watch(struct http *http)
{
    const struct timeval second = {1, 0};

    event_assign(&http->woken, http->base, inspector_fd(http->inspector),
                 EV_READ | EV_ET | EV_PERSIST, on_woken, http);
    event_add(&http->woken, NULL);
    event_assign(&http->tick, http->base, -1, EV_PERSIST, on_tick, http);
    event_assign(&http->deadline, http->base, -1, 0, on_deadline, http);
    /* Timers that are set take places in a list, which is there from now on. */
    event_add(&http->tick, &second);
    event_add(&http->deadline, &second);
    event_del(&http->tick);
    event_del(&http->deadline);
}

struct http *http_new(const struct settings *settings, const struct server_facts *facts,
                      struct why *why)
{
    struct http *http = must_calloc(1, sizeof(*http));

    http->facts = facts;
    http->settings = settings_clone(settings);
    http->inspector = inspector_new(facts->shards, shards_inspector(facts->shards),
                                    &look_at_shard_command, &look_at_loop_command);
    http->looks = looks_new(facts, http->inspector);
    live_policy(http->policy);
    if (!make_server(http, why)) {
        http_free(http);
        return NULL;
    }
    seats_init(&http->seats, http->base);
    seats_serve(&http->seats, http->evhttp);
    watch(http);
    if (!open_port(http, why)) {
        http_free(http);
        return NULL;
    }
    return http;
}

static void close_all(struct http *http)
{
    if (http->evhttp != NULL)
        evhttp_free(http->evhttp);
    http->evhttp = NULL;
}

void http_free(struct http *http)
{
    close_all(http);
    if (http->base != NULL) {
        seats_fini(&http->seats);
        event_base_free(http->base);
    }
    looks_free(http->looks);
    inspector_free(http->inspector);
    settings_free(http->settings);
    free(http);
}

int http_port(const struct http *http)
{
    return http->port;
}

/* --- running --- */

/* As long as anybody is there. */
static void keep_ticking(struct http *http)
{
    const struct timeval second = {1, 0};
    const bool ticks = event_pending(&http->tick, EV_TIMEOUT, NULL);
    const bool needed = http->seats.taken > 0 || http->seats.full;

    if (needed && !ticks)
        event_add(&http->tick, &second);
    else if (!needed && ticks)
        event_del(&http->tick);
}

static void wait(struct http *http)
{
    if (!inspector_may_sleep(http->inspector)) {
        event_base_loop(http->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        return;
    }
    event_base_loop(http->base, EVLOOP_ONCE);
    inspector_rise(http->inspector);
}

/* Takes in what has arrived; sleeps until there is more, unless it is over. */
static bool turn(struct http *http, bool (*is_over)(const struct http *http))
{
    receive(http);
    if (is_over(http))
        return false;
    keep_ticking(http);
    wait(http);
    return true;
}

static bool is_told_to_stop(const struct http *http)
{
    return inspector_is_told_to_stop(http->inspector);
}

static bool has_all_answers(const struct http *http)
{
    return !inspector_waits(http->inspector);
}

void http_run(struct http *http)
{
    while (turn(http, is_told_to_stop))
        ;
    close_all(http);
    while (turn(http, has_all_answers))
        ;
    inspector_end(http->inspector);
}
