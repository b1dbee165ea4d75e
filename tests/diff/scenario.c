#include "tests/diff/scenario.h"

#include <stdlib.h>

#include "tests/tap/tap.h"

void scenario_clear(struct scenario *scenario)
{
    text_clear(&scenario->bytes);
    sentence_clear(&scenario->scan);
    scenario->count = 0;
    scenario->seed = scenario->cuts = 0;
    scenario->ends = scenario->configures = scenario->buries = scenario->scans = false;
}

void scenario_fini(struct scenario *scenario)
{
    text_fini(&scenario->bytes);
    text_fini(&scenario->scan.bytes);
    free(scenario->said);
    *scenario = (struct scenario){0};
}

void scenario_begin(struct scenario *scenario)
{
    if (scenario->count == scenario->room) {
        scenario->room = scenario->room == 0 ? 64 : 2 * scenario->room;
        scenario->said = realloc(scenario->said, scenario->room * sizeof(*scenario->said));
        if (scenario->said == NULL)
            tap_bail("no memory for a scenario");
    }
    scenario->said[scenario->count].at = scenario->bytes.len;
}

void scenario_end(struct scenario *scenario, struct production *production,
                  enum comparison comparison, bool raw)
{
    struct said *said = &scenario->said[scenario->count++];

    said->len = scenario->bytes.len - said->at;
    said->production = production;
    said->comparison = comparison;
    said->raw = raw;
}

void scenario_select(const struct scenario *from, const bool *keep, struct scenario *to)
{
    scenario_clear(to);
    to->dialect = from->dialect;
    to->seed = from->seed;
    to->cuts = from->cuts;
    to->configures = from->configures;
    to->scans = from->scans;
    to->ends = from->ends && keep[from->count - 1];
    for (size_t i = 0; i < from->scan.count; i++)
        sentence_add(&to->scan, sentence_word(&from->scan, i), from->scan.words[i].len);
    for (size_t i = 0; i < from->count; i++) {
        const struct said *said = &from->said[i];

        if (!keep[i])
            continue;
        scenario_begin(to);
        text_add(&to->bytes, from->bytes.data + said->at, said->len);
        scenario_end(to, said->production, said->comparison, said->raw);
    }
}

/* We wrote these bytes: they are as they should be. */
static size_t number_after(const char **at)
{
    char *end;
    const size_t number = strtoul(*at + 1, &end, 10);

    *at = end + 2;
    return number;
}

void scenario_words(const struct scenario *scenario, size_t index, struct sentence *sentence)
{
    const char *at = scenario->bytes.data + scenario->said[index].at;
    size_t count = number_after(&at);

    sentence_clear(sentence);
    for (; count > 0; count--) {
        const size_t len = number_after(&at);

        sentence_add(sentence, at, len);
        at += len + 2;
    }
}

static const struct rule *subcommand_rule(const struct dialect *dialect,
                                          const struct sentence *sentence)
{
    struct text name = {0};
    const struct rule *rule;

    text_add(&name, sentence_word(sentence, 0), sentence->words[0].len);
    text_add_char(&name, '|');
    text_add(&name, sentence_word(sentence, 1), sentence->words[1].len);
    rule = rule_of(dialect, name.data, name.len);
    text_fini(&name);
    return rule;
}

const struct rule *scenario_rule(const struct scenario *scenario, const struct sentence *sentence)
{
    const struct dialect *dialect = scenario->dialect;
    const struct rule *rule = sentence->count > 1 ? subcommand_rule(dialect, sentence) : NULL;

    if (rule != NULL && *rule->name != '\0')
        return rule;
    return sentence->count == 0
               ? rule_of(dialect, "", 0)
               : rule_of(dialect, sentence_word(sentence, 0), sentence->words[0].len);
}
