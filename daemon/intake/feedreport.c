#include "intake/feedreport.h"

void
feedreport_fill(const struct corepipe *p, const struct feedreport *from, struct feed_status *out)
{
    *out = (struct feed_status){.name = str_from_c(from->name),
                                .kind = str_from_c(from->kind),
                                .address = str_from_c(from->address),
                                .state = str_from_c(from->state)};
    corepipe_counts(p, from->name, &out->messages, &out->last_s);
    if (from->mllp != NULL)
        mllpd_status(from->mllp, out);
}
