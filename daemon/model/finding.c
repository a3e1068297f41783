#include "model/finding.h"

static const char *const status_names[FINDING_STATUS_COUNT] = {
    [FINDING_NOT_EVALUABLE] = "not_evaluable",
    [FINDING_NOT_MET] = "not_met",
    [FINDING_UNCONFIRMED] = "unconfirmed",
    [FINDING_MET] = "met",
};

static const char *const part_names[EVIDENCE_PART_COUNT] = {
    [EVIDENCE_BASELINE] = "baseline",         [EVIDENCE_NADIR] = "nadir",
    [EVIDENCE_REFERENCE] = "reference",       [EVIDENCE_CANDIDATE] = "candidate",
    [EVIDENCE_CONFIRMATION] = "confirmation", [EVIDENCE_THERAPY] = "therapy",
    [EVIDENCE_CONTEXT] = "context",
};

const char *
finding_status_name(enum finding_status s)
{
    rfd_assert((unsigned)s < FINDING_STATUS_COUNT);
    return status_names[s];
}

const char *
evidence_part_name(enum evidence_part p)
{
    rfd_assert((unsigned)p < EVIDENCE_PART_COUNT);
    return part_names[p];
}
