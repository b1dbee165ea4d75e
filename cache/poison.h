/*
 * poison - tells the address sanitizer which bytes nobody may touch; nothing in other builds.
 *
 * Owner   pure function.
 * Memory  none.
 * Cost    none without the sanitizer.
 * Errors  none; who touches poisoned bytes stops there.
 *
 * What is mapped rather than malloc'ed is also named to the leak checker, or it would not see that
 * blocks are still pointed to from there.
 */
#ifndef CACHE_POISON_H
#define CACHE_POISON_H

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define POISON_ON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define POISON_ON 1
#endif

#ifdef POISON_ON
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#else
#define POISON_ON 0
#endif

/* Forbids the bytes. */
static inline void poison(const void *at, size_t size)
{
#if POISON_ON
    __asan_poison_memory_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

/* Allows the bytes again. */
static inline void poison_lift(const void *at, size_t size)
{
#if POISON_ON
    __asan_unpoison_memory_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

/* The bytes may hold pointers to what malloc gave ... */
static inline void poison_root(const void *at, size_t size)
{
#if POISON_ON
    __lsan_register_root_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

/* ... and no longer. */
static inline void poison_unroot(const void *at, size_t size)
{
#if POISON_ON
    __lsan_unregister_root_region(at, size);
#else
    (void)at;
    (void)size;
#endif
}

#endif
