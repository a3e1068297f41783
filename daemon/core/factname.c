#include "core/factname.h"

struct str
factname_of(const struct fact_key *key, char out[FACTNAME_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(key->b); i++) {
        out[2 * i] = digits[key->b[i] >> 4];
        out[2 * i + 1] = digits[key->b[i] & 15];
    }
    out[FACTNAME_MAX - 1] = '\0';
    return (struct str){out, FACTNAME_MAX - 1};
}

struct str
factname_short(const struct fact_key *key, char out[FACTNAME_MAX])
{
    return str_sub(factname_of(key, out), 0, FACTNAME_SHOWN);
}
