#include "core/identity.h"

#include "core/person.h"

/* What is known of a number, against what a message states. */
struct comparison {
    bool birth_known;
    bool birth_same;
    bool sex_known;
    bool sex_same;
};

/* 1961 and 1961-02-03 do not contradict each other. */
static bool
birth_fits(struct stamp x, struct stamp y)
{
    uint8_t least = x.precision < y.precision ? x.precision : y.precision;
    int xy, xm, xd, yy, ym, yd;

    day_to_ymd(stamp_day(x), &xy, &xm, &xd);
    day_to_ymd(stamp_day(y), &yy, &ym, &yd);
    return xy == yy && (least < PRECISION_MONTH || xm == ym) && (least < PRECISION_DAY || xd == yd);
}

static bool
says_sex(enum sex s)
{
    return s == SEX_FEMALE || s == SEX_MALE;
}

static void
compare(struct comparison *c, const struct demographics *known, const struct demographics *stated)
{
    if (!stamp_is_absent(known->birth) && !stamp_is_absent(stated->birth)) {
        c->birth_known = true;
        c->birth_same = c->birth_same || birth_fits(known->birth, stated->birth);
    }
    if (says_sex(known->sex) && says_sex(stated->sex)) {
        c->sex_known = true;
        c->sex_same = c->sex_same || known->sex == stated->sex;
    }
}

/* Every version ever received is looked at, so that an older message is not taken for another
 * person's once the register has corrected something. */
static enum store_result
compare_known(struct store *s, const struct identity *id, struct arena *a, struct comparison *c)
{
    uint64_t number;
    struct str *packed;
    size_t count;
    enum store_result r = store_patient_find(s, id->patient, &number);

    if (r == STORE_OK)
        r = store_facts_of_kind(s, number, FACT_DEMOGRAPHICS, a, &packed, &count);
    if (r != STORE_OK)
        return r == STORE_NONE ? STORE_OK : r;
    for (size_t i = 0; i < count; i++) {
        struct fact f = person_fact(a, packed[i]);

        if ((f.flags & FACT_TEST_MESSAGE) == 0)
            compare(c, &f.u.demographics, &id->stated);
    }
    return STORE_OK;
}

static enum store_result
check_one(struct store *s, const struct identity *id, struct arena *a, bool *conflict)
{
    struct comparison c = {0};
    enum store_result r = compare_known(s, id, a, &c);
    bool birth = c.birth_known && !c.birth_same;
    bool sex = c.sex_known && !c.sex_same;

    if (id->corrects ? birth && sex : birth || sex)
        *conflict = true;
    return r;
}

enum store_result
identity_check(struct store *s, const struct result_message *m, struct arena *a, bool *conflict_out)
{
    enum store_result r = STORE_OK;
    bool conflict = false;

    if (!str_is_empty(m->identity.patient.id))
        r = check_one(s, &m->identity, a, &conflict);
    for (size_t i = 0; i < m->fact_count && r == STORE_OK; i++) {
        const struct fact *f = &m->fact[i];
        struct identity id = {f->patient, f->u.demographics, true};

        if (f->kind == FACT_DEMOGRAPHICS)
            r = check_one(s, &id, a, &conflict);
    }
    *conflict_out = conflict;
    return r;
}
