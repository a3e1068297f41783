#include "console/patient.h"

#include "codec/message.h"
#include "sys/clock.h"

enum { REASON_MIN = 10, REASON_MAX = 200 };

static bool
numbers_of(struct page *p, uint64_t number, uint64_t **numbers, size_t *count)
{
    uint64_t survivor;

    return store_patient_joined(p->store, number, p->r->arena, numbers, count, &survivor) ==
           STORE_OK;
}

bool
patient_timeline(struct page *p, uint64_t number, struct timeline *out)
{
    struct arena *a = p->r->arena;
    struct stored_fact *stored;
    struct fact *fact;
    uint64_t *numbers;
    size_t n;
    size_t count;
    size_t kept = 0;
    const char *why;

    if (!numbers_of(p, number, &numbers, &n) ||
        store_facts_load(p->store, numbers, n, a, &stored, &count) != STORE_OK)
        return false;
    fact = ARENA_ARRAY(a, count, struct fact);
    for (size_t i = 0; i < count; i++) {
        if (!codec_fact_unpack(a, stored[i].packed, &fact[kept], &why))
            continue;
        fact[kept].key = stored[i].key;
        fact[kept++].keyed = true;
    }
    *out = timeline_build(a, fact, kept, stamp_of_utc(clock_wall_s()));
    return true;
}

static bool
restricts_views(const struct fact *f)
{
    return f->u.restriction.active && (str_eq_c(f->u.restriction.name, "vip") ||
                                       str_eq_c(f->u.restriction.name, "confidential"));
}

/* Restrictions alone: a worklist asks this for each of its patients. What cannot be read
 * restricts. */
static bool
number_confidential(struct page *p, uint64_t number)
{
    struct arena *a = p->r->arena;
    struct str *packed;
    struct fact *fact;
    struct timeline t;
    const struct fact *const *f;
    const char *why;
    size_t n;

    if (store_facts_of_kind(p->store, number, FACT_RESTRICTION, a, &packed, &n) != STORE_OK)
        return true;
    fact = ARENA_ARRAY(a, n, struct fact);
    for (size_t i = 0; i < n; i++) {
        if (!codec_fact_unpack(a, packed[i], &fact[i], &why))
            return true;
    }
    t = timeline_build(a, fact, n, stamp_of_utc(clock_wall_s()));
    f = timeline_kind(&t, FACT_RESTRICTION, &n);
    for (size_t i = 0; i < n; i++) {
        if (restricts_views(f[i]))
            return true;
    }
    return false;
}

static bool
is_confidential(struct page *p, uint64_t number)
{
    uint64_t *numbers;
    size_t n;

    if (!numbers_of(p, number, &numbers, &n))
        return true; /* not known: not shown */
    for (size_t i = 0; i < n; i++) {
        if (number_confidential(p, numbers[i]))
            return true;
    }
    return false;
}

bool
patient_visible(struct page *p, uint64_t number)
{
    return session_has_glass(p->session, number, p->now) || !is_confidential(p, number);
}

bool
patient_ref_visible(struct page *p, struct patient_ref ref, uint64_t *number_out)
{
    *number_out = 0;
    return store_patient_find(p->store, ref, number_out) == STORE_OK &&
           patient_visible(p, *number_out);
}

void
patient_glass_page(struct page *p, uint64_t number)
{
    page_open(p, "This patient is confidential");
    page_form(p, STR("/glass"));
    sb_addf(&p->html,
            "<input type=\"hidden\" name=\"number\" value=\"%llu\"><input type=\"hidden\" "
            "name=\"back\" value=\"",
            (unsigned long long)number);
    html_url(&p->html, p->r->path);
    sb_add_c(&p->html,
             "\"><p><label for=\"reason\">Why you need to see this case (it is written down with "
             "your name)</label><input id=\"reason\" name=\"reason\" required minlength=\"10\" "
             "maxlength=\"200\" size=\"60\"></p><p><button type=\"submit\">Show the case</button>"
             "</p></form>\n");
    page_close(p);
}

void
glass_act(struct page *p)
{
    struct str reason = str_sub(http_form(p->r, "reason"), 0, REASON_MAX);
    struct arena *a = p->r->arena;
    struct patient_ref ref;
    struct str who;
    uint64_t number;

    if (reason.n < REASON_MIN || !str_to_u64(http_form(p->r, "number"), &number) ||
        store_patient_ref(p->store, number, a, &ref) != STORE_OK) {
        page_refuse(p, HTTP_BAD_REQUEST, "A reason of at least ten letters is needed.");
        return;
    }
    who = str_cat(a, str_cat(a, ref.authority, STR(":")), ref.id);
    if (!page_note_view(p, "break_glass", str_cat(a, str_cat(a, who, STR(": ")), reason)))
        return;
    session_break_glass(p->session, number, p->now);
    page_redirect(p, page_way_back(p, http_form(p->r, "back")));
}
