#include "cache/ghosts.h"

#include <string.h>

#define LINE 32
#define BLOCK_BYTES ((size_t)64 << 10)
#define BLOCK_LINES ((uint32_t)(BLOCK_BYTES / 64))
#define LINES_LEAST 4
#define CODE_BITS 4

/* The counts that a code stands for. */
static const uint8_t counts[1 << CODE_BITS] = {1,  2,  3,  4,  6,  8,   12,  16,
                                               24, 32, 48, 64, 96, 128, 192, 255};

static unsigned code_of(uint32_t count)
{
    unsigned code = 0;

    while (code + 1 < 1 << CODE_BITS && counts[code + 1] <= count)
        code++;
    return code;
}

static size_t block_bytes(const struct ghosts *ghosts)
{
    return (size_t)ghosts->block_lines * LINE * sizeof(uint16_t);
}

static void drop_block(struct ghosts *ghosts, struct memory *memory)
{
    memory_free(memory, ghosts->blocks[--ghosts->block_count], block_bytes(ghosts));
}

void ghosts_fini(struct ghosts *ghosts, struct memory *memory)
{
    while (ghosts->block_count > 0)
        drop_block(ghosts, memory);
    if (ghosts->blocks != NULL)
        memory_free(memory, ghosts->blocks, ghosts->block_room * sizeof(*ghosts->blocks));
    *ghosts = (struct ghosts){0};
}

size_t ghosts_bytes(const struct ghosts *ghosts, const struct memory *memory)
{
    if (ghosts->blocks == NULL)
        return 0;
    return ghosts->block_count * memory_cost(memory, block_bytes(ghosts)) +
           memory_cost(memory, ghosts->block_room * sizeof(*ghosts->blocks));
}

static bool make_room(struct ghosts *ghosts, struct memory *memory)
{
    const uint32_t room = ghosts->block_room == 0 ? 4 : 2 * ghosts->block_room;
    uint16_t **blocks;

    if (ghosts->block_count < ghosts->block_room)
        return true;
    blocks = memory_alloc(memory, room * sizeof(*blocks));
    if (blocks == NULL)
        return false;
    if (ghosts->blocks != NULL) {
        memcpy(blocks, ghosts->blocks, ghosts->block_count * sizeof(*blocks));
        memory_free(memory, ghosts->blocks, ghosts->block_room * sizeof(*blocks));
    }
    ghosts->blocks = blocks;
    ghosts->block_room = room;
    return true;
}

static void add_block(struct ghosts *ghosts, struct memory *memory)
{
    uint16_t *block;

    if (!make_room(ghosts, memory))
        return;
    block = memory_alloc_lines(memory, block_bytes(ghosts));
    if (block != NULL)
        ghosts->blocks[ghosts->block_count++] = block;
}

/* Lines of the one block, or of each of several. */
static uint32_t suitable_lines(uint64_t entries)
{
    uint32_t lines = LINES_LEAST;

    while (lines < BLOCK_LINES && (uint64_t)lines * LINE < entries)
        lines *= 2;
    return lines;
}

/* Whole blocks are added when there are more entries than ghosts, and dropped when there are less
 * than half as many. */
static void fit_blocks(struct ghosts *ghosts, struct memory *memory, uint64_t entries)
{
    const uint64_t each = (uint64_t)BLOCK_LINES * LINE;

    if (ghosts->block_count == 0 || entries > ghosts->block_count * each)
        add_block(ghosts, memory);
    else if (ghosts->block_count > 1 && entries < ghosts->block_count * each / 2)
        drop_block(ghosts, memory);
}

void ghosts_fit(struct ghosts *ghosts, struct memory *memory, uint64_t entries)
{
    const uint32_t lines = suitable_lines(entries);
    const bool is_too_large = ghosts->block_count <= 1 && 2 * lines < ghosts->block_lines;

    if (lines > ghosts->block_lines || is_too_large) {
        while (ghosts->block_count > 0)
            drop_block(ghosts, memory);
        ghosts->block_lines = lines;
    }
    if (ghosts->block_lines == BLOCK_LINES)
        fit_blocks(ghosts, memory, entries);
    else if (ghosts->block_count == 0)
        add_block(ghosts, memory);
}

/* The map and the shards have used bits of the hash already: these are mixed anew. */
static uint64_t mixed(uint64_t hash)
{
    return (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint16_t *line_of(const struct ghosts *ghosts, uint64_t mix)
{
    const uint64_t high = mix >> 32;
    const uint64_t line = high * ((uint64_t)ghosts->block_count * ghosts->block_lines) >> 32;

    return &ghosts->blocks[line / ghosts->block_lines][line % ghosts->block_lines * LINE];
}

/* Not 0, which is no ghost. */
static uint16_t mark_of(uint64_t mix)
{
    const uint16_t mark = (uint16_t)(mix & 0xfff0);

    return mark == 0 ? 1u << CODE_BITS : mark;
}

void ghosts_remember(struct ghosts *ghosts, uint64_t hash, uint32_t count)
{
    const uint64_t mix = mixed(hash);
    uint16_t *line;

    if (ghosts->block_count == 0)
        return;
    line = line_of(ghosts, mix);
    memmove(line + 1, line, (LINE - 1) * sizeof(*line));
    line[0] = (uint16_t)(mark_of(mix) | code_of(count));
}

uint32_t ghosts_recall(struct ghosts *ghosts, uint64_t hash)
{
    const uint64_t mix = mixed(hash);
    const uint16_t mark = mark_of(mix);
    uint16_t *line;
    unsigned i;

    if (ghosts->block_count == 0)
        return 0;
    line = line_of(ghosts, mix);
    for (i = 0; i < LINE; i++)
        if ((line[i] & 0xfff0) == mark) {
            const uint32_t count = counts[line[i] & 0xf];

            memmove(&line[i], &line[i + 1], (LINE - 1 - i) * sizeof(*line));
            line[LINE - 1] = 0;
            return count;
        }
    return 0;
}
