#include "match/labels.h"

#include "base/sb.h"

enum { LABELS_TEXT_MAX = 400 };

/* The option's own standing as one label among others. */
static struct therapy_label
own_label(const struct therapy_option *o)
{
    return (struct therapy_label){
        .jurisdiction = o->jurisdiction, .status = o->status, .status_date = o->status_date};
}

static bool
find_label(const struct therapy_option *o, struct str where, struct therapy_label *out)
{
    if (str_eq(o->jurisdiction, where)) {
        *out = own_label(o);
        return true;
    }
    for (size_t i = 0; i < o->label_count; i++) {
        if (str_eq(o->label[i].jurisdiction, where)) {
            *out = o->label[i];
            return true;
        }
    }
    return false;
}

/* A guideline is no label, but it is a word of that jurisdiction. */
static bool
stands(const struct therapy_label *l)
{
    return !str_eq(l->status, STR("none")) && !str_eq(l->status, STR("withdrawn"));
}

enum labels_rank
labels_rank(const struct therapy_option *o, struct str site)
{
    struct therapy_label l;

    if (str_is_empty(site)) {
        return LABELS_HERE;
    }
    if (!find_label(o, site, &l)) {
        return LABELS_NOT_RECORDED;
    }
    return stands(&l) ? LABELS_HERE : LABELS_ELSEWHERE;
}

static void
add_label(struct sb *b, const struct therapy_label *l)
{
    char day[DAY_TEXT_MAX];
    struct str as_of = day_format(l->status_date, day);

    sb_add_c(b, sb_str(b).n == 0 ? "" : "; ");
    if (str_eq(l->status, STR("none"))) {
        sb_addf(b, "not labelled in %.*s as of %.*s", STR_FMT(l->jurisdiction), STR_FMT(as_of));
    } else {
        sb_addf(b, "%.*s %.*s as of %.*s", STR_FMT(l->jurisdiction), STR_FMT(l->status),
                STR_FMT(as_of));
    }
    if (!str_is_empty(l->citation)) {
        sb_addf(b, " [%.*s]", STR_FMT(l->citation));
    }
}

static void
add_unrecorded(struct sb *b, struct str where)
{
    sb_addf(b, "%s%.*s status not recorded", sb_str(b).n == 0 ? "" : "; ", STR_FMT(where));
}

/* One that is recorded nowhere but in its own jurisdiction says which of the two large ones is
 * missing, for a site that has not said where it is. */
static void
add_missing(struct sb *b, const struct therapy_option *o, struct str site)
{
    static const char *const both[] = {"EU", "US"};
    struct therapy_label l;

    for (size_t i = 0; i < RFD_COUNT(both); i++) {
        struct str where = str_from_c(both[i]);

        if (!find_label(o, where, &l) && !str_eq(where, site)) {
            add_unrecorded(b, where);
        }
    }
}

struct str
labels_text(struct arena *a, const struct therapy_option *o, struct str site)
{
    struct therapy_label l;
    struct sb b;

    if (!jurisdiction_known(o->jurisdiction)) {
        return STR_NONE;
    }
    sb_init_arena(&b, a, LABELS_TEXT_MAX);
    if (!str_is_empty(site)) {
        if (find_label(o, site, &l)) {
            add_label(&b, &l);
        } else {
            add_unrecorded(&b, site);
        }
    }
    if (!str_eq(o->jurisdiction, site)) {
        l = own_label(o);
        add_label(&b, &l);
    }
    for (size_t i = 0; i < o->label_count; i++) {
        if (!str_eq(o->label[i].jurisdiction, site)) {
            add_label(&b, &o->label[i]);
        }
    }
    add_missing(&b, o, site);
    return sb_str(&b);
}
