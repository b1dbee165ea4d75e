/*
 * watch - what must be true of the server after each turn of any of its threads.
 *
 *     what a connection holds is within its limits; answers under way are no more than may be; a pool
 *     has no more out than there are; now and then, and at the end, all bytes of a shard are counted
 *     one by one and must be as many as it says
 *
 * Owner   the world.
 * Memory  none.
 * Cost    a look at the connections of one loop per turn; a walk through all keys now and then.
 * Errors  what is not as it must be ends the program through world_fail.
 */
#ifndef TESTS_SIM_WATCH_H
#define TESTS_SIM_WATCH_H

struct world;

void watch_turn(struct world *world, unsigned thread);
void watch_end(struct world *world);

#endif
