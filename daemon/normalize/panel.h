/*
 * What:    the OBX of the genomic panel LOINC 81247-9 in one order, put together by OBX-4.
 * Owns:    nothing; lives in the message's arena.
 * Threads: plain data.
 * Errors:  by walk; what is not understood is a warning, and never a finding.
 */
#ifndef RFD_NORMALIZE_PANEL_H
#define RFD_NORMALIZE_PANEL_H

#include "normalize/order.h"

/* What a group of OBX says of its alteration (LOINC 69548-6). */
enum panel_presence {
    PANEL_NOT_SAID,
    PANEL_PRESENT,
    PANEL_ABSENT,
    PANEL_NO_CALL, /* neither: the test failed at that place */
    PANEL_PRESENCE_COUNT,
};

/* The whole test's word (LOINC 51968-6), the least sure last. */
enum panel_overall {
    PANEL_OVERALL_NOT_SAID,
    PANEL_OVERALL_NEGATIVE,
    PANEL_OVERALL_POSITIVE,
    PANEL_OVERALL_FAILED, /* failure or inconclusive: covers nothing */
    PANEL_OVERALL_COUNT,
};

struct panel_strs {
    struct str *item;
    size_t count;
};

struct panel_group {
    struct str key; /* of OBX-4 */
    int rep;        /* 1, or the repetition of OBX-5 that it came from */
    size_t like;    /* the group whose gene and origin hold here too; panel_none */
    size_t before;  /* the one before under the same place in OBX-4; panel_none */
    size_t obx;     /* the first: its times and place are the fact's */
    enum fact_status status;
    struct panel_strs genes; /* each once */
    struct str protein;
    struct str coding;
    struct str name;
    struct str genomic;
    struct str type; /* "gain", "loss" by 48019-4 */
    struct quantity fraction;
    struct quantity copies;
    enum origin origin;
    enum panel_presence presence;
    bool changed;   /* one of protein, coding … : it speaks of an alteration, not only of genes */
    bool detail;    /* what only an alteration has: its allele, its significance */
    bool follows;   /* begun by a gene behind an alteration of the same group */
    bool wild;      /* 48019-4 or 48006-1: wild type */
    bool uncertain; /* 53037-8: of uncertain significance */
    bool benign;    /* 53037-8: benign or likely so */
};

static const size_t panel_none = (size_t)-1;

struct panel {
    struct panel_group *group;
    size_t count;
    enum panel_overall overall;
    size_t first_obx;         /* the message's segment count: no OBX of a panel */
    enum fact_status status;  /* of that one */
    struct panel_strs tested; /* genes, or "EGFR:T790M" */
    size_t tested_obx;        /* with tested only: the first OBX that said so */
    enum fact_status tested_status;
    enum origin origin; /* of all alterations that say none themselves */
};

bool panel_is_code(struct str loinc);
void panel_read(struct walk *w, const struct order *o, struct panel *out);

/* The test looked at these. What is taken back counts only where nothing else is said. */
void panel_covers(struct walk *w, struct panel *p, size_t obx, enum fact_status status,
                  const struct panel_strs *genes);

/* Adds s unless it is absent or there. */
void panel_add(struct walk *w, struct panel_strs *list, struct str s);
bool panel_has(const struct panel_strs *list, struct str s);

#endif
