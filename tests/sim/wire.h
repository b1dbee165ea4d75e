/*
 * wire - a connection in memory: a transport at the server's end, a few calls at the client's.
 *
 *     client --put--> sent, not arrived yet --(the network moves)--> arrived --> receive by the
 * loop client <--get-- room that the client has made by reading   <-------------- send by the loop
 *
 *     It keeps the edge-triggered contract of net/transport.h and uses all the freedom that it
 * leaves: reads and writes come out short, calls are interrupted or would block, news is late and
 * comes together or apart.
 *
 * Owner   the world, which frees it when both ends are gone.
 * Memory  bounded in both directions.
 * Cost    copies.
 * Errors  as sockets have them.
 */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

#include <stdbool.h>

#include "cache/bytes.h"
#include "cache/random.h"
#include "net/transport.h"

struct wire;

struct wire *wire_new(struct random *random, unsigned number, size_t up, size_t down);
void wire_free(struct wire *wire);
void wire_refuse(struct wire *wire); /* instead of using it: both ends are gone */
bool wire_is_gone(const struct wire *wire);
struct transport *wire_transport(struct wire *wire);

/* The client's end. */
size_t wire_room(const struct wire *wire);            /* for put */
void wire_put(struct wire *wire, struct bytes bytes); /* no more than there is room for */
void wire_put_end(struct wire *wire);                 /* sends no more, still reads */
struct bytes wire_get(struct wire *wire);             /* what can be read now */
void wire_got(struct wire *wire, size_t len);
bool wire_is_over(const struct wire *wire); /* closed by the server, all read */
void wire_cut(struct wire *wire);           /* the client's end is gone, at once */

/* The network: is there anything that may arrive or be told? Then one of these happens. True: told
 * the loop. */
bool wire_can_move(const struct wire *wire);
bool wire_move(struct wire *wire);

#endif
