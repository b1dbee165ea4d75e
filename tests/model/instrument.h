/*
 * instrument - what the compiler calls instead of the thread sanitizer's library, and the system
 * as the code under test finds it: futex, eventfd, write, memory (linked with --wrap).
 *
 * Owner   the execution. Memory the machine's. Cost a choice or several. Errors none.
 */
#ifndef TESTS_MODEL_INSTRUMENT_H
#define TESTS_MODEL_INSTRUMENT_H

/* As an event loop does: sleeps until the eventfd has been written to since the last time. */
void instrument_await_eventfd(void);

#endif
