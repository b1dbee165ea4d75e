#include "conf/settings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/option.h"
#include "conf/value.h"

#define EACH_ROW(i, row)            \
    (i) = 0;                        \
    ((row) = option_at(i)) != NULL; \
    (i)++

static bool has_field(const struct option *option)
{
    return option->kind == KIND_OPTION || option->kind == KIND_REPEATED;
}

static bool is_in_config(const struct option *option)
{
    return option->kind != KIND_REPEATED && option->kind != KIND_FORBIDDEN;
}

static void *field_of(struct settings *settings, const struct option *option)
{
    assert(has_field(option));
    return (char *)settings + option->place;
}

static const void *field_in(const struct settings *settings, const struct option *option)
{
    assert(has_field(option));
    return (const char *)settings + option->place;
}

static bool copy_text(char **copy, const char *text)
{
    *copy = text == NULL ? NULL : strdup(text);
    return (*copy == NULL) == (text == NULL);
}

static bool lacks_memory(struct why *why)
{
    why_set(why, "out of memory");
    return false;
}

/* A default that its own row refuses would be a bug: what can be wrong is that there is no memory. */
static bool set_standards(struct settings *settings)
{
    const struct option *option;
    struct why why;
    size_t i;

    for (EACH_ROW(i, option))
        if (option->kind == KIND_OPTION &&
            !settings_set_text(settings, option->name, option->standard, &why)) {
            assert(strcmp(why.text, "out of memory") == 0);
            return false;
        }
    return true;
}

struct settings *settings_new(void)
{
    struct settings *settings = calloc(1, sizeof(*settings));

    if (settings == NULL || set_standards(settings))
        return settings;
    settings_free(settings);
    return NULL;
}

static bool copy_all(struct settings *clone, const struct settings *settings)
{
    const struct option *option;
    size_t i;

    for (EACH_ROW(i, option))
        if (has_field(option) &&
            !value_copy(option, field_of(clone, option), field_in(settings, option)))
            return false;
    for (i = 0; i < SETTINGS_KNOWN; i++)
        if (!copy_text(&clone->known[i], settings->known[i]))
            return false;
    return copy_text(&clone->config_file, settings->config_file);
}

struct settings *settings_clone(const struct settings *settings)
{
    struct settings *clone = calloc(1, sizeof(*clone));

    if (clone == NULL || copy_all(clone, settings))
        return clone;
    settings_free(clone);
    return NULL;
}

void settings_free(struct settings *settings)
{
    const struct option *option;
    size_t i;

    if (settings == NULL)
        return;
    for (EACH_ROW(i, option))
        if (has_field(option))
            value_clear(option, field_of(settings, option));
    for (i = 0; i < SETTINGS_KNOWN; i++)
        free(settings->known[i]);
    free(settings->config_file);
    free(settings);
}

/* As CONFIG GET is to show it: 64mb is remembered as 67108864. */
static char *known_text(const struct option *option, const struct words *values, struct why *why)
{
    union value value;
    char *text = NULL;

    memset(&value, 0, sizeof(value));
    if (value_parse(option, values, &value, why) && (text = value_text(option, &value)) == NULL)
        lacks_memory(why);
    value_clear(option, &value);
    return text;
}

static bool set_known(struct settings *settings, const struct option *option,
                      const struct words *values, struct why *why)
{
    char **place = &settings->known[option_known(option)];
    char *text = known_text(option, values, why);

    if (text == NULL)
        return false;
    free(*place);
    *place = text;
    return true;
}

static char *joined(const struct words *values)
{
    char *text = NULL;
    size_t len;
    size_t i;
    FILE *out = open_memstream(&text, &len);

    for (i = 0; out != NULL && i < values->count; i++)
        fprintf(out, "%s%s", i == 0 ? "" : " ", values->at[i]);
    if (out != NULL && fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static bool set_refused(const struct option *option, const struct words *values, struct why *why)
{
    char *text = joined(values);
    bool harmless;

    if (text == NULL)
        return lacks_memory(why);
    harmless = strcasecmp(text, option->other) == 0 || strcasecmp(text, option->standard) == 0;
    free(text);
    if (!harmless)
        why_set(why, "%s", option->help);
    return harmless;
}

static bool add_words(struct settings *settings, const struct option *option,
                      const struct words *values, struct why *why)
{
    if (values->count != (size_t)option->low) {
        why_set(why, "Bad directive or wrong number of arguments");
        return false;
    }
    return value_append(field_of(settings, option), values, why);
}

bool settings_set(struct settings *settings, const char *name, const struct words *values,
                  struct why *why)
{
    const struct option *option = option_find(name);

    if (option == NULL) {
        why_set(why, "Bad directive or wrong number of arguments");
        return false;
    }
    switch (option->kind) {
    case KIND_OPTION:
        return value_parse(option, values, field_of(settings, option), why);
    case KIND_KNOWN:
        return set_known(settings, option, values, why);
    case KIND_REFUSED:
        return set_refused(option, values, why);
    case KIND_REPEATED:
        return add_words(settings, option, values, why);
    case KIND_ALIAS:
    case KIND_FORBIDDEN:
        break;
    }
    why_set(why, "%s", option->help);
    return false;
}

bool settings_set_text(struct settings *settings, const char *name, const char *value,
                       struct why *why)
{
    struct words values = {0, NULL, NULL};
    const bool set = words_add(&values, value, strlen(value))
                         ? settings_set(settings, name, &values, why)
                         : lacks_memory(why);

    words_free(&values);
    return set;
}

static void blame(const char *name, const char *reason, struct why *why)
{
    struct why whole;

    why_set(&whole, "CONFIG SET failed (possibly related to argument '%.64s') - %.400s", name,
            reason);
    *why = whole;
}

static bool named_before(const struct words *pairs, size_t at)
{
    size_t i;

    for (i = 0; i < at; i += 2)
        if (strcasecmp(pairs->at[i], pairs->at[at]) == 0)
            return true;
    return false;
}

/* Whether the name at this place may be set now at all. */
static bool may_change(const struct words *pairs, size_t at, struct why *why)
{
    const char *name = pairs->at[at];
    const struct option *option = option_find(name);

    if (option == NULL || !is_in_config(option))
        why_set(why, "Unknown option or number of arguments for CONFIG SET - '%.400s'", name);
    else if ((option->when & PROTECTED) != 0)
        blame(name, "can't set protected config", why);
    else if ((option->when & LIVE) == 0)
        blame(name, "can't set immutable config", why);
    else if (named_before(pairs, at))
        blame(name, "duplicate parameter", why);
    else
        return true;
    return false;
}

static bool change(struct settings *settings, const char *name, const char *value, size_t len,
                   struct why *why)
{
    struct words values = {0, NULL, NULL};
    const bool set = words_add(&values, value, len) ? settings_set(settings, name, &values, why)
                                                    : lacks_memory(why);

    if (!set) {
        const struct why reason = *why;

        blame(option_find(name)->name, reason.text, why); /* as it is written in the manual */
    }
    words_free(&values);
    return set;
}

struct settings *settings_change(const struct settings *settings, const struct words *pairs,
                                 struct why *why)
{
    struct settings *changed;
    size_t i;

    if (pairs->count % 2 != 0) {
        why_set(why, "syntax error");
        return NULL;
    }
    for (i = 0; i < pairs->count; i += 2)
        if (!may_change(pairs, i, why))
            return NULL;
    changed = settings_clone(settings);
    if (changed == NULL)
        lacks_memory(why);
    for (i = 0; changed != NULL && i < pairs->count; i += 2)
        if (!change(changed, pairs->at[i], pairs->at[i + 1], pairs->len[i + 1], why)) {
            settings_free(changed);
            return NULL;
        }
    return changed;
}

const char *settings_name(size_t index)
{
    const struct option *option = option_at(index);

    return option == NULL || !is_in_config(option) ? NULL : option->name;
}

char *settings_value(const struct settings *settings, const char *name)
{
    const struct option *option = option_find(name);
    const char *known = NULL;

    if (option == NULL || !is_in_config(option))
        return NULL;
    if (option->kind == KIND_OPTION)
        return value_text(option, field_in(settings, option));
    if (option->kind == KIND_KNOWN)
        known = settings->known[option_known(option)];
    return strdup(known != NULL ? known : option->standard);
}

static bool is_without_effect(const struct option *option)
{
    return option->kind == KIND_KNOWN || (option->when & UNUSED) != 0;
}

bool settings_without_effect(const char *name)
{
    const struct option *option = option_find(name);

    return option != NULL && is_without_effect(option);
}

static bool is_ignored(const struct settings *settings, const struct option *option)
{
    char *text;
    bool ignored;

    if (!is_without_effect(option))
        return false;
    text = settings_value(settings, option->name);
    ignored = text != NULL && strcasecmp(text, option->standard) != 0;
    free(text);
    return ignored;
}

const char *settings_next_ignored(const struct settings *settings, size_t *index)
{
    const struct option *option;

    while ((option = option_at((*index)++)) != NULL)
        if (is_ignored(settings, option))
            return option->name;
    (*index)--;
    return NULL;
}
