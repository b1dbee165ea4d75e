/*
 * link - a list that goes both ways through its members: a ring with its head in it.
 *
 * Owner   whoever holds the head; one thread. A member is in at most one list.
 * Memory  none of its own: a struct link in the head and in each member, best as its first field. A
 *         head that has been cleared stays where it is, because its members point to it.
 * Cost    four stores, no branch.
 * Errors  none; taking out what is in no list is a bug.
 */
#ifndef CACHE_LINK_H
#define CACHE_LINK_H

#include <stdbool.h>

struct link {
    struct link *next;
    struct link *previous;
};

static inline void link_clear(struct link *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool link_is_empty(const struct link *head)
{
    return head->next == head;
}

static inline void link_between(struct link *left, struct link *member, struct link *right)
{
    member->previous = left;
    member->next = right;
    left->next = member;
    right->previous = member;
}

static inline void link_push_front(struct link *head, struct link *member)
{
    link_between(head, member, head->next);
}

static inline void link_push_back(struct link *head, struct link *member)
{
    link_between(head->previous, member, head);
}

static inline void link_take_out(struct link *member)
{
    member->previous->next = member->next;
    member->next->previous = member->previous;
}

#endif
