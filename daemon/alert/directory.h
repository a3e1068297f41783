/*
 * What:    the site's directory: who is who, who is away and who covers, which service has which
 *          diseases; and whom an alert is for.
 * Owns:    nothing; read from a file by knowledge/directory.h.
 * Threads: read-only once made.
 * Errors:  none: whoever cannot be found is replaced by the fallback, which is never empty.
 */
#ifndef RFD_ALERT_DIRECTORY_H
#define RFD_ALERT_DIRECTORY_H

#include "model/alert.h"
#include "model/oncotree.h"

struct directory_absence {
    day_t from;
    day_t until; /* the last day */
    struct str cover;
};

struct directory_person {
    struct str id;            /* our name */
    struct str name;          /* as people know him; absent: id says it */
    const struct str *number; /* "7001" of whatever authority, or "HOSP:7001" of that one */
    size_t number_count;
    const struct directory_absence *absence;
    size_t absence_count;
};

struct directory_service {
    const struct oncotree_node *const *disease; /* and all below */
    size_t disease_count;
    const struct str *to;
    size_t to_count;
};

/* Who stands for a pool on these days. */
struct directory_on_call {
    struct str pool;
    day_t from;
    day_t until; /* the last day */
    struct str who;
};

/* What a code of ROL-3 or PRT-4 means at this site. */
struct directory_role_code {
    struct str role;
    struct str system; /* absent: of whatever system */
    struct str code;
};

struct directory {
    const struct directory_person *person;
    size_t person_count;
    const struct str *pool;
    size_t pool_count;
    const struct directory_service *service; /* the first that has the disease */
    size_t service_count;
    const struct directory_on_call *on_call;
    size_t on_call_count;
    const struct str *role; /* which count, the first that names somebody; NULL: the usual ones */
    size_t role_count;
    const struct directory_role_code *role_code;
    size_t role_code_count;
    const struct str *germline_gene; /* whose variants are taken for possibly inherited */
    size_t germline_gene_count;
    bool has_germline_vaf; /* below that share of reads (percent) they are not */
    struct dec germline_vaf;
    struct str germline;     /* the one role that hears of possibly inherited findings */
    struct str confidential; /* of confidential patients without a known physician; or absent */
    struct str mtb;          /* the tumour board's list, or absent */
    struct str fallback;     /* never empty */
};

/* Somebody whom messages name. */
struct directory_said {
    struct str role; /* ours; absent: only the code says it */
    struct code code;
    const struct provider *person;
    size_t person_count;
    bool several; /* several people; else several numbers of one */
};

/* What is known of the patient and of the finding. */
struct directory_ask {
    const struct directory_said *said;
    size_t said_count;
    const struct oncotree_node *disease;
    bool germline;
    bool confidential; /* VIP: no pool hears of him but one that is named for it */
    day_t today;
};

struct directory_answer {
    const struct alert_recipient
        *recipient; /* never empty; one of role "fallback": none was found */
    size_t count;
    const struct str *unknown; /* "attending HOSP:9999": who has a role that counts, and no entry */
    size_t unknown_count;
};

struct directory_answer
directory_resolve(const struct directory *d, const struct directory_ask *ask, struct arena *a);

/* Who is there on that day: whoever covers, or is on call for a pool. Fills id, name, covers. */
void directory_stand_in(const struct directory *d, struct alert_recipient *r, day_t day,
                        struct arena *a);

/* Do covers and calls lead back to where they began? */
bool directory_is_circle(const struct directory *d, struct str id, day_t day);

/* Is that a variant to be taken for possibly inherited? */
bool directory_is_germline(const struct directory *d, const struct variant *v);

/* "mtb" stands for the tumour board's list. Absent: no pool of that name. */
struct str directory_pool(const struct directory *d, struct str name);
bool directory_knows(const struct directory *d, struct str id);

#endif
