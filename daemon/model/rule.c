#include "model/rule.h"

#include "base/assert.h"

static const char *const consequence_names[CONSEQUENCE_COUNT] = {
    [CONSEQUENCE_WATCH] = "watch",         [CONSEQUENCE_REPEAT] = "repeat",
    [CONSEQUENCE_RESTAGE] = "restage",     [CONSEQUENCE_BIOPSY] = "biopsy",
    [CONSEQUENCE_ADHERENCE] = "adherence", [CONSEQUENCE_OPTIONS] = "options",
};

/* What the source says comes next, told and not ordered (DESIGN.md section 1, promise 8). */
static const char *const consequence_texts[CONSEQUENCE_COUNT] = {
    [CONSEQUENCE_WATCH] = "kept under watch: no paper draws a consequence from this alone",
    [CONSEQUENCE_REPEAT] = "the paper calls for a repeat test before this counts as confirmed",
    [CONSEQUENCE_RESTAGE] = "restaging by imaging is the next step that the paper names",
    [CONSEQUENCE_BIOPSY] =
        "molecular testing of a new sample is the next step that the paper names",
    [CONSEQUENCE_ADHERENCE] = "missed doses are the first explanation that the paper names",
    [CONSEQUENCE_OPTIONS] = "therapy options are open for discussion by the care team",
};

static const char *const mode_names[RULE_MODE_COUNT] = {
    [RULE_SHADOW] = "shadow",
    [RULE_REVIEW] = "review",
    [RULE_LIVE] = "live",
};

const char *
consequence_name(enum consequence c)
{
    rfd_assert((unsigned)c < CONSEQUENCE_COUNT);
    return consequence_names[c];
}

const char *
consequence_text(enum consequence c)
{
    rfd_assert((unsigned)c < CONSEQUENCE_COUNT);
    return consequence_texts[c];
}

const char *
rule_mode_name(enum rule_mode m)
{
    rfd_assert((unsigned)m < RULE_MODE_COUNT);
    return mode_names[m];
}
