#include "alert/mailbook.h"

const char *
mailbook_find(const struct mailbook *b, struct str id)
{
    for (size_t i = 0; i < b->count; i++) {
        if (str_eq(b->entry[i].id, id))
            return b->entry[i].address;
    }
    return NULL;
}
