#include "tests/diff/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "tests/diff/compare.h"
#include "tests/tap/tap.h"

enum { TRIES_MAX = 3000 };

struct shrinking {
    struct subject *subjects[2];
    unsigned tries;
    struct scenario trial;
};

static size_t difference(struct shrinking *it, const struct scenario *scenario)
{
    it->tries++;
    subject_hear(it->subjects, 2, scenario);
    return compare_answers(scenario, it->subjects[0], it->subjects[1]);
}

static void swap(struct scenario *one, struct scenario *other)
{
    const struct scenario kept = *one;

    *one = *other;
    *other = kept;
}

/* Takes the trial when it still shows a difference. */
static bool accept(struct shrinking *it, struct scenario *scenario)
{
    if (it->tries >= TRIES_MAX || difference(it, &it->trial) == COMPARE_SAME)
        return false;
    swap(scenario, &it->trial);
    return true;
}

static bool *all_kept(const struct scenario *scenario)
{
    bool *keep = malloc(scenario->count + 1);

    if (keep == NULL)
        tap_bail("no memory to shrink");
    memset(keep, true, scenario->count + 1);
    return keep;
}

/* Without `count` requests from `first` on. */
static bool drop_requests(struct shrinking *it, struct scenario *scenario, size_t first,
                          size_t count)
{
    bool *keep = all_kept(scenario);

    for (size_t i = first; i < first + count && i < scenario->count; i++)
        keep[i] = false;
    scenario_select(scenario, keep, &it->trial);
    free(keep);
    return accept(it, scenario);
}

static void drop_parts(struct shrinking *it, struct scenario *scenario)
{
    for (size_t step = scenario->count / 2; step > 0; step /= 2) {
        size_t at = scenario->count;

        /* From the end, so that what comes first can still prepare what stays. */
        while (at > 0) {
            const size_t part = step < at ? step : at;

            at -= part;
            drop_requests(it, scenario, at, part);
        }
    }
}

static void drop_circumstances(struct shrinking *it, struct scenario *scenario)
{
    bool *keep = all_kept(scenario);

    scenario_select(scenario, keep, &it->trial);
    it->trial.cuts = 0;
    accept(it, scenario);
    scenario_select(scenario, keep, &it->trial);
    it->trial.scans = false;
    accept(it, scenario);
    free(keep);
}

/* What is left out must not come in again. */
static bool may_be_said(const struct scenario *scenario, const struct sentence *sentence)
{
    return scenario_rule(scenario, sentence)->comparison != COMPARE_NOTHING;
}

/* With other words in one request. */
static bool reword(struct shrinking *it, struct scenario *scenario, size_t index,
                   const struct sentence *sentence)
{
    struct scenario *trial = &it->trial;
    bool *keep;

    if (!may_be_said(scenario, sentence))
        return false;
    keep = all_kept(scenario);
    scenario_select(scenario, keep, trial);
    free(keep);
    trial->count = 0;
    text_clear(&trial->bytes);
    for (size_t i = 0; i < scenario->count; i++) {
        const struct said *said = &scenario->said[i];

        scenario_begin(trial);
        if (i == index)
            sentence_request(sentence, &trial->bytes);
        else
            text_add(&trial->bytes, scenario->bytes.data + said->at, said->len);
        scenario_end(trial, said->production, said->comparison, said->raw);
    }
    return accept(it, scenario);
}

static bool drop_word(struct shrinking *it, struct scenario *scenario, size_t index, size_t word)
{
    struct sentence sentence = {0};
    bool dropped;

    scenario_words(scenario, index, &sentence);
    sentence_drop(&sentence, word);
    dropped = reword(it, scenario, index, &sentence);
    text_fini(&sentence.bytes);
    return dropped;
}

/* Half as long, from either end. */
static bool shorten_word(struct shrinking *it, struct scenario *scenario, size_t index, size_t word,
                         bool front)
{
    struct sentence sentence = {0};
    size_t cut;
    bool shortened = false;

    scenario_words(scenario, index, &sentence);
    cut = (sentence.words[word].len + 1) / 2;
    if (sentence.words[word].len > 1) {
        sentence.words[word].len -= cut;
        sentence.words[word].at += front ? cut : 0;
        shortened = reword(it, scenario, index, &sentence);
    }
    text_fini(&sentence.bytes);
    return shortened;
}

static size_t words_in(const struct scenario *scenario, size_t index)
{
    struct sentence sentence = {0};
    size_t count;

    if (scenario->said[index].raw)
        return 0;
    scenario_words(scenario, index, &sentence);
    count = sentence.count;
    text_fini(&sentence.bytes);
    return count;
}

static void shorten_words(struct shrinking *it, struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->count; i++) {
        for (size_t word = words_in(scenario, i); word-- > 1;)
            if (!drop_word(it, scenario, i, word))
                while (shorten_word(it, scenario, i, word, false) ||
                       shorten_word(it, scenario, i, word, true))
                    ;
    }
}

bool shrink(struct scenario *scenario, struct subject *oracle, struct subject *other)
{
    struct shrinking it = {.subjects = {oracle, other}};
    size_t found = difference(&it, scenario);

    if (found != COMPARE_SAME) {
        drop_circumstances(&it, scenario);
        found = difference(&it, scenario);
        if (found < scenario->count)
            drop_requests(&it, scenario, found + 1, scenario->count);
        drop_parts(&it, scenario);
        shorten_words(&it, scenario);
        drop_parts(&it, scenario);
        found = difference(&it, scenario);
    }
    scenario_fini(&it.trial);
    return found != COMPARE_SAME;
}
