#include "base/near.h"

enum { WORD_MAX = 64 };

/* Levenshtein with one row; words are at most WORD_MAX long. */
static size_t
edits(struct str a, struct str b)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);

            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
        }
    }
    return row[b.n];
}

struct near
near_start(struct str word)
{
    size_t cost = word.n < 3 ? 1 : word.n < 5 ? 2 : 3;

    return (struct near){word, STR_NONE, word.n == 0 || word.n > WORD_MAX ? 0 : cost};
}

void
near_offer(struct near *n, struct str name)
{
    size_t cost;

    if (n->cost == 0 || name.n > WORD_MAX)
        return;
    cost = edits(n->word, name);
    if (cost < n->cost) {
        n->cost = cost;
        n->nearest = name;
    }
}
