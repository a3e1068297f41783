#include "model/drugtable.h"

#include "base/near.h"

const struct drug_known *
drug_table_find(const struct drug_table *t, struct str word)
{
    for (size_t i = 0; i < t->word_count; i++) {
        if (str_eq_nocase(t->word[i].word, word))
            return &t->drug[t->word[i].drug];
    }
    return NULL;
}

struct str
drug_table_nearest(const struct drug_table *t, struct str lower)
{
    struct near n = near_start(lower);

    for (size_t i = 0; i < t->word_count; i++)
        near_offer(&n, t->word[i].word);
    return n.nearest;
}
