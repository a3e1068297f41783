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
    const struct str *number; /* as PV1-7 and OBR-16 have it */
    size_t number_count;
    const struct directory_absence *absence;
    size_t absence_count;
};

struct directory_service {
    const struct oncotree_node *const *disease; /* and all below */
    size_t disease_count;
    struct str to;
};

struct directory {
    const struct directory_person *person;
    size_t person_count;
    const struct str *pool;
    size_t pool_count;
    const struct directory_service *service; /* the first that has the disease */
    size_t service_count;
    const struct str *germline_gene; /* whose variants are taken for possibly inherited */
    size_t germline_gene_count;
    struct str germline;     /* the one role that hears of possibly inherited findings */
    struct str confidential; /* of confidential patients without a known physician; or absent */
    struct str mtb;          /* the tumour board's list, or absent */
    struct str fallback;     /* never empty */
};

/* What is known of the patient and of the finding. */
struct directory_ask {
    struct str attending; /* provider numbers; absent: not known */
    struct str ordering;
    const struct oncotree_node *disease;
    bool germline;
    bool confidential; /* VIP: no pool hears of him but one that is named for it */
    day_t today;
};

/* Never empty. A recipient of role "fallback": nobody else could be found. */
const struct alert_recipient *
directory_resolve(const struct directory *d, const struct directory_ask *ask, struct arena *a,
                  size_t *count_out);

/* Is that a variant to be taken for possibly inherited? */
bool directory_is_germline(const struct directory *d, const struct variant *v);

/* "mtb" stands for the tumour board's list. Absent: no pool of that name. */
struct str directory_pool(const struct directory *d, struct str name);
bool directory_knows(const struct directory *d, struct str id);

#endif
