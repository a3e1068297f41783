/*
 * What:    therapy options compiled from the YAML files of config/therapies.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  therapy_compile() is false, with diags, for whatever is not understood: an unknown name
 *          in a therapy refuses the set.
 */
#ifndef RFD_MATCH_THERAPY_H
#define RFD_MATCH_THERAPY_H

#include "base/sha256.h"
#include "match/expr.h"

struct contraindication {
    int32_t when; /* node of the table: true sets the option aside */
    struct str reason;
    struct str citation;
};

/* What one regulator says; of the option's own jurisdiction or of another. */
struct therapy_label {
    struct str jurisdiction; /* US, EU … */
    struct str status;       /* approved, accelerated, conditional, withdrawn, none */
    day_t status_date;
    struct str citation; /* absent: as the option's */
};

struct therapy_option {
    struct str id;
    struct str title;
    const struct str *drug;
    size_t drug_count;
    const struct str *continues; /* drugs or classes that go on beside it */
    size_t continues_count;
    int32_t root;       /* disease, lines and match in one tree */
    bool specific;      /* asks for a disease by name */
    struct str level;   /* "ESCAT I-A": the scale is named */
    int32_t level_rank; /* smaller is stronger */
    struct str basis;
    struct str citation;
    struct str verified;
    struct str jurisdiction;
    struct str status;
    day_t status_date;
    const struct therapy_label *label; /* what is known of other jurisdictions */
    size_t label_count;
    bool withdrawn;
    bool signed_off;       /* by the site, as it stands */
    struct sha256 content; /* what a site signs: all but its review */
    const struct tree *at;
    bool against;    /* imported evidence of resistance, or that does not support: never offered */
    bool board_only; /* case report or preclinical: for the tumour board, in no alert */
    const struct contraindication *contra;
    size_t contra_count;
    const struct str *unchecked;
    size_t unchecked_count;
};

struct therapy_set {
    struct therapy_option *option;
    size_t count;
    size_t room;
};

/* US, EU, UK …: those that a site may be in and a label may speak for. */
bool jurisdiction_known(struct str name);

/* Adds the options of one file ({therapies: […]}) to the set, which starts as all zero. */
RFD_MUSTCHECK bool
therapy_compile(struct expr_build *b, const struct tree *file, struct therapy_set *set);

/* The site's sign-offs: entries {option, version, sha256, by, on} of the list root, which may be
 * absent; others are passed over. What was signed and has changed since gives a warning. */
void therapy_sign_off(struct therapy_set *set, const struct tree *root, struct diags *d);

#endif
