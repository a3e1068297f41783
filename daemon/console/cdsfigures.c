#include "console/cdsfigures.h"

const char *
cds_answer_name(enum cds_answer a)
{
    static const char *const names[CDS_ANSWER_COUNT] = {
        [CDS_CARDS] = "cards",
        [CDS_NOTHING_OPEN] = "nothing_open",
        [CDS_PATIENT_UNKNOWN] = "patient_unknown",
        [CDS_NO_PREFETCH] = "no_prefetch",
        [CDS_NO_IDENTIFIER] = "no_identifier",
        [CDS_OTHER_PATIENT] = "other_patient",
        [CDS_BAD_REQUEST] = "bad_request",
        [CDS_TOKEN_REFUSED] = "token_refused",
        [CDS_UNAVAILABLE] = "unavailable",
    };

    return names[a];
}

void
cds_figures_write(struct sb *b, const struct cds_figures *f)
{
    sb_add_c(b, "# HELP refractd_cds_requests_total Requests of CDS clients since the start, by "
                "what was answered.\n# TYPE refractd_cds_requests_total counter\n");
    for (int i = 0; i < CDS_ANSWER_COUNT; i++)
        sb_addf(b, "refractd_cds_requests_total{answer=\"%s\"} %llu\n",
                cds_answer_name((enum cds_answer)i), (unsigned long long)tally_get(&f->answer[i]));
}
