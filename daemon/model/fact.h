/*
 * What:    a fact: one thing that a message, a file or a person says of a patient, in normal form.
 * Owns:    nothing; all text and arrays are slices into the arena of the message or step.
 * Threads: plain data.
 * Errors:  none here; what could not be understood is a flag on the fact, never a guess.
 */
#ifndef RFD_MODEL_FACT_H
#define RFD_MODEL_FACT_H

#include "base/arena.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/sha256.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact_kind {
    FACT_OBSERVATION,  /* a measured value: tumour marker, sum of diameters, creatinine */
    FACT_VARIANT,      /* one alteration in one gene, found or tested for and absent */
    FACT_BIOMARKER,    /* PD-L1, MSI, TMB, HER2 status */
    FACT_RESPONSE,     /* coded tumour response */
    FACT_THERAPY,      /* one piece of evidence that a drug is, was or will be given */
    FACT_DIAGNOSIS,    /* a primary tumour */
    FACT_PERFORMANCE,  /* ECOG, Karnofsky */
    FACT_PROCEDURE,    /* operation, paracentesis, radiotherapy */
    FACT_NEGATIVE,     /* a test that covered genes and reported none of them */
    FACT_REPORT,       /* narrative or PDF, unread */
    FACT_RESTRICTION,  /* VIP, no use, no contact, opted out */
    FACT_DEMOGRAPHICS, /* birth date, sex, death */
    FACT_LINK,         /* two identifiers are one person, or are so no longer */
    FACT_ROLE,         /* who cares for the patient: attending, consulting … */
    FACT_KIND_COUNT,
};

/* Where a version of a fact stands. The order is the order of precedence at equal status time. */
enum fact_status {
    FACT_PRELIMINARY, /* OBX-11 P R S: may be shown, never triggers */
    FACT_FINAL,       /* F A B V U, empty by feed setting */
    FACT_CORRECTED,   /* C */
    FACT_WITHDRAWN,   /* W D, and X after a value: the fact is not so */
    FACT_STATUS_COUNT,
};

/* Flags: what was odd about it. Flagged facts are kept and shown; rules say which they leave
 * out. */
enum fact_flag {
    FACT_UNIT_UNKNOWN = 1u << 0,  /* unit not in the table: not comparable, no rule reads it */
    FACT_VALUE_TEXT = 1u << 1,    /* value is no number although the analyte has one */
    FACT_TIME_PARTIAL = 1u << 2,  /* collection time less exact than a day */
    FACT_ZONE_ASSUMED = 1u << 3,  /* no offset in value or message: the feed's was taken */
    FACT_CODE_CONFLICT = 1u << 4, /* code and display contradict each other */
    FACT_IMPORTED = 1u << 5,      /* from a file, not a live feed */
    FACT_PLASMA_CHIP = 1u << 6,   /* plasma variant in a gene of clonal haematopoiesis */
    FACT_TEST_MESSAGE = 1u << 7,  /* MSH-11 T or D: stored, never alerts */
    FACT_CODE_UNMAPPED = 1u << 8, /* no map entry: kept with its own code, no rule reads it */
    FACT_STATUS_ONLY = 1u << 9,   /* OBX-11 U without a value: the preliminary one is final now */
};

struct code {
    struct str system; /* "LN", "ICD10CM", "L" … as the sender named it, normalised */
    struct str code;
    struct str display;
};

/* (assigning authority, identifier): never a name. */
struct patient_ref {
    struct str authority;
    struct str id;
};

/* Where a fact came from. */
struct fact_source {
    uint64_t journal; /* journal number of its message */
    struct str feed;
    struct str control_id; /* MSH-10, or publisher:seq */
    struct str place;      /* "OBX[3]" */
};

struct quantity {
    enum cmp_op cmp; /* CMP_LT for "<0.1" */
    struct dec value;
    bool present;
};

struct observation {
    struct str analyte; /* our name: psa, ca125, bcr_abl_is, tumor_sum …; absent when unmapped */
    struct code code;   /* as sent */
    struct quantity value;
    struct str text;          /* as sent */
    struct str unit_reported; /* as sent */
    struct str unit;          /* UCUM; absent when unknown */
    struct quantity low;      /* OBX-7, in the same unit */
    struct quantity high;     /* the laboratory's upper limit of normal */
    struct str method;        /* OBX-17 or the code itself when codes differ by assay */
    struct str laboratory;    /* OBX-23 */
    struct str matrix;        /* blood, marrow, serum, urine, pleural … ; absent: not said */
};

enum origin {
    ORIGIN_UNKNOWN,
    ORIGIN_SOMATIC,
    ORIGIN_GERMLINE,
    ORIGIN_COUNT,
};

enum variant_category {
    VARIANT_MUTATION, /* small: substitution, insertion, deletion */
    VARIANT_COPY_GAIN,
    VARIANT_COPY_LOSS,
    VARIANT_FUSION,
    VARIANT_OTHER, /* expression, skipping, splice variant reported as such */
    VARIANT_CATEGORY_COUNT,
};

struct variant {
    struct str gene;   /* HGNC symbol */
    struct str name;   /* normal form: L858R, T790M, ex19del, V600E, amplification, fusion */
    struct str hgvs_p; /* p.(Leu858Arg) as sent */
    struct str hgvs_c;
    struct str partner; /* the other gene of a fusion */
    int32_t exon;       /* 0: not said */
    bool present;       /* false: tested for and not found */
    enum variant_category category;
    enum origin origin;
    struct str source;   /* tissue, plasma, marrow, blood; absent: not said */
    struct quantity vaf; /* percent */
    struct quantity copies;
};

struct biomarker {
    struct str name; /* pdl1, msi, mmr, tmb, her2, er, pr, hrd */
    struct str
        value; /* normal form: high, stable, deficient, proficient, positive, low, negative … */
    struct quantity number; /* score; unit says which: %TPS, CPS, /Mb */
    struct str unit;
    struct str method; /* clone or assay */
};

enum response_code {
    RESPONSE_CR,
    RESPONSE_PR,
    RESPONSE_SD,
    RESPONSE_PD,
    RESPONSE_NE,
    RESPONSE_ICR,
    RESPONSE_IPR,
    RESPONSE_ISD,
    RESPONSE_IUPD,
    RESPONSE_ICPD,
    RESPONSE_CODE_COUNT,
};

struct response {
    enum response_code code;
    struct str criteria; /* recist11, irecist, … ; absent: not said */
    struct str site;     /* where progression is: cns, bone, …; absent: unknown */
};

/* How surely a drug was taken: the ladder of DESIGN.md section 5, surest first. */
enum therapy_rung {
    THERAPY_ENTERED, /* a clinician's or pharmacist's own entry: outranks inference */
    THERAPY_GIVEN,   /* RAS, MAR */
    THERAPY_DISPENSED,
    THERAPY_BILLED,
    THERAPY_ORDERED, /* intent */
    THERAPY_STATED,
    THERAPY_RUNG_COUNT,
};

enum therapy_action {
    THERAPY_START,     /* begins on this day */
    THERAPY_DOSE,      /* given, dispensed, billed on this day */
    THERAPY_CHANGE,    /* dose or order changed: goes on */
    THERAPY_HOLD,      /* paused */
    THERAPY_STOP,      /* ended on this day */
    THERAPY_NOT_GIVEN, /* RXA-20 RE, NA: evidence against */
    THERAPY_ACTION_COUNT,
};

struct therapy {
    enum therapy_action action;
    enum therapy_rung rung;
    struct str drug;           /* generic name, lower case; absent when only the class is known */
    const struct str *classes; /* egfr_tki, anti_pd1, …, and the drug's own name */
    size_t class_count;
    int32_t cover_days; /* how long one piece of evidence speaks for: 42 for six-weekly */
    struct str order;   /* order number */
    struct str intent;  /* adjuvant, palliative …; absent: not said */
    struct str regimen;
    int32_t cycle;     /* of the regimen, from 1; 0: not said */
    struct str reason; /* of a stop: toxicity, progression, … */
    struct code code;  /* as sent */
};

struct diagnosis {
    struct str oncotree; /* as deep as the code really says; absent when unmapped */
    struct code code;
    bool active;
};

struct performance {
    struct str scale; /* ecog, kps */
    int32_t score;
};

/* Orders that show that the team acts: no interventions. */
#define PROCEDURE_STAGING "staging_imaging"
#define PROCEDURE_BOARD   "tumour_board"

struct procedure {
    struct str name; /* paracentesis, thoracentesis, … */
    struct code code;
};

struct negative {
    struct str panel;
    const struct str *genes; /* that the test covered; "EGFR:T790M" narrows to one alteration */
    size_t gene_count;
    struct str source; /* tissue, plasma … */
};

struct report {
    struct str category; /* radiology, pathology, molecular, document */
    struct str media;    /* text/plain, application/pdf */
    uint64_t bytes;      /* of what there is to read */
    struct str sha;      /* its SHA-256 in hex; absent: it was not sent along */
    struct str problem;  /* why it cannot be shown as it is: invalid_base64 …; absent: it can */
    struct str parent;   /* number of the document that this one adds to */
    bool read;           /* no report: a person has read the one of this order, time and sha */
};

struct restriction {
    struct str name; /* vip, no_use, no_contact, opted_out, hospice */
    bool active;
};

enum sex {
    SEX_UNKNOWN,
    SEX_FEMALE,
    SEX_MALE,
    SEX_OTHER,
    SEX_COUNT,
};

struct demographics {
    struct stamp birth;
    enum sex sex;
    struct stamp death;   /* absent: alive as far as known */
    bool dead;            /* PID-30 Y, with or without a date */
    struct str attending; /* provider number, of publishers that know no roles */
};

struct link {
    struct patient_ref other; /* fact.patient survives; other leads to it */
    bool live;                /* false: undone */
};

/* A physician or nurse: (assigning authority, identifier), never a name. */
struct provider {
    struct str authority; /* absent: not said */
    struct str id;
};

/* Who has a role in the patient's care. A visit (PV1) names all who have it: whoever it does not
 * name has it no more. A role of its own (ROL, PRT) begins and ends by itself. */
struct care_role {
    struct str role; /* ours: attending, consulting …; absent: HL7's tables do not know the code */
    struct code code;              /* as sent by ROL-3 or PRT-4; absent in a visit's */
    bool visit;                    /* by PV1 */
    struct str instance;           /* ROL-1, PRT-1; absent: none */
    const struct provider *person; /* numbers of one person; of a visit's consulting, of several */
    size_t person_count;           /* 0: the sender took it back */
    struct stamp begin;            /* absent: not said */
    struct stamp end;
    bool active;
};

/* 128 bits of SHA-256 over what makes two statements versions of one fact. */
struct fact_key {
    uint8_t b[16];
};

struct fact {
    enum fact_kind kind;
    enum fact_status status;
    uint32_t flags; /* enum fact_flag */
    struct patient_ref patient;
    struct stamp collected;   /* clinical time: when the specimen was taken, the drug given */
    struct stamp status_time; /* OBR-22, lastUpdated, else message time: orders versions */
    struct stamp received;    /* journal instant; absent before it is journaled */
    struct str order;         /* filler order number */
    struct str orderer;       /* number of who ordered it, of publishers that know no more */
    const struct provider *ordered_by; /* the same person's numbers: OBR-16, ORC-12, PRT OP */
    size_t ordered_by_count;
    const struct provider *attended_by; /* PV1-7 beside a result: of that visit */
    size_t attended_by_count;
    struct str specimen;
    struct str group;    /* OBX-4 */
    struct str map_hash; /* of the feed's map; hex */
    struct fact_source source;
    struct fact_key key; /* kept beside a stored fact; only with keyed */
    bool keyed;          /* fact_key() need not compute it again */
    union {
        struct observation observation;
        struct variant variant;
        struct biomarker biomarker;
        struct response response;
        struct therapy therapy;
        struct diagnosis diagnosis;
        struct performance performance;
        struct procedure procedure;
        struct negative negative;
        struct report report;
        struct restriction restriction;
        struct demographics demographics;
        struct link link;
        struct care_role role;
    } u;
};

/* Patient, kind, what it is of (below), filler order, specimen, collection instant with precision,
 * OBX-4 group; never feed, status or value. A correction of the instant itself is a new fact and a
 * withdrawal.
 * Of what: observation: analyte, or system and code when unmapped. variant: gene, name, partner
 * (HGVS when it has no name). biomarker: name and unit (PD-L1 as %TPS and as CPS are two).
 * response:
 * nothing more. therapy: action, rung, drug (else classes, else code), order. performance: scale.
 * procedure: name, else code. negative: panel and source (genes when no panel is named). report:
 * category and media. diagnosis: code. restriction: name. link: the other number. role: of a visit
 * its name, else name or code with its instance, else with who has it.
 * Standing facts (diagnosis, restriction, demographics, link, role) hold until a newer statement
 * replaces them: their keys leave out order, specimen, instant and group. There is one demographics
 * fact per patient number. */
struct fact_key fact_key(const struct fact *f);
int fact_key_cmp(const struct fact_key *a, const struct fact_key *b);
/* Of everything that the sender said (not of source, received, flags, map_hash, which are ours):
 * equal content, equal hash, whichever feed brought it. */
struct sha256 fact_content(const struct fact *f);
/* Versions of one key: by status time, then status, then content hash. Arrival never decides. */
int fact_version_cmp(const struct fact *a, const struct fact *b);
/* Facts: by collection time, then key, then version. */
int fact_order_cmp(const struct fact *a, const struct fact *b);
day_t fact_day(const struct fact *f); /* local collection day; DAY_NONE when no time is known */

/* Names as they stand in JSON output and in the proto: "observation", "final", "given" … */
const char *fact_kind_name(enum fact_kind k);
const char *fact_status_name(enum fact_status s);
const char *response_code_name(enum response_code c); /* "PD", "iUPD" */
RFD_MUSTCHECK bool response_code_parse(struct str s, enum response_code *out);
const char *therapy_rung_name(enum therapy_rung r);
const char *therapy_action_name(enum therapy_action a);
const char *variant_category_name(enum variant_category c);
const char *origin_name(enum origin o);
bool therapy_has_class(const struct therapy *t, struct str name); /* "any" is every class */

#endif
