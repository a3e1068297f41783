#include "core/enterwords.h"

#include "base/sb.h"
#include "core/factname.h"

enum { VALUE_MAX = 200, TEXT_MAX = 400 };

static const char *const field_names[ENTER_FIELD_COUNT] = {
    [ENTER_DRUG] = "drug",     [ENTER_START] = "start",       [ENTER_STOP] = "stop",
    [ENTER_DATE] = "date",     [ENTER_REASON] = "reason",     [ENTER_INTENT] = "intent",
    [ENTER_CODE] = "code",     [ENTER_CRITERIA] = "criteria", [ENTER_SITE] = "site",
    [ENTER_REPORT] = "report",
};

void
enter_fail(struct entering *e, const char *fmt, ...)
{
    struct sb b;
    va_list ap;

    sb_init_arena(&b, e->k->arena, TEXT_MAX);
    va_start(ap, fmt);
    sb_addv(&b, fmt, ap);
    va_end(ap);
    e->k->out->exit_code = 1;
    e->k->out->error = sb_str(&b);
}

void
enter_note(struct entering *e, const char *fmt, ...)
{
    struct sb b;
    va_list ap;

    if (e->note_count == ENTER_FACTS_MAX)
        return;
    sb_init_arena(&b, e->k->arena, TEXT_MAX);
    va_start(ap, fmt);
    sb_addv(&b, fmt, ap);
    va_end(ap);
    e->note[e->note_count++] = sb_str(&b);
}

static bool
is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    }
    return s.n > 0 && s.n <= VALUE_MAX;
}

static bool
read_field(struct entering *e, unsigned fields, struct str key, struct str value)
{
    for (unsigned i = 0; i < ENTER_FIELD_COUNT; i++) {
        if (!str_eq_c(key, field_names[i]) || (fields & 1u << i) == 0)
            continue;
        if (!is_plain(value)) {
            enter_fail(e, "--%s: a text of at most %d characters, in one line", field_names[i],
                       VALUE_MAX);
            return false;
        }
        e->field[i] = value;
        return true;
    }
    enter_fail(e, "this entry takes no --%.*s", STR_FMT(key));
    return false;
}

static bool
read_word(struct entering *e, size_t words, struct str s)
{
    if (e->word_count == words || e->word_count == ENTER_WORDS_MAX) {
        enter_fail(e, "too many words for this entry");
        return false;
    }
    e->word[e->word_count++] = s;
    return true;
}

bool
enter_read(struct entering *e, unsigned fields, size_t words)
{
    const struct control_request *rq = e->k->rq;

    for (size_t i = 2; i < rq->arg_count; i++) {
        struct str key;
        struct str value;
        bool pair = str_cut(rq->arg[i], '=', &key, &value);

        if (!(pair ? read_field(e, fields, key, value) : read_word(e, words, rq->arg[i])))
            return false;
    }
    return true;
}

bool
enter_need(struct entering *e, enum enter_field field)
{
    if (!str_is_absent(e->field[field]))
        return true;
    enter_fail(e, "--%s is missing", field_names[field]);
    return false;
}

static bool
is_before_birth(const struct entering *e, day_t day)
{
    size_t n;
    const struct fact *const *f = timeline_kind(&e->timeline, FACT_DEMOGRAPHICS, &n);

    return n > 0 && !stamp_is_absent(f[n - 1]->u.demographics.birth) &&
           day < stamp_day(f[n - 1]->u.demographics.birth);
}

bool
enter_day(struct entering *e, enum enter_field field, bool needed, day_t *out)
{
    struct str s = e->field[field];
    day_t day;

    *out = DAY_NONE;
    if (str_is_absent(s))
        return !needed || enter_need(e, field);
    if (!day_parse(s, &day)) {
        enter_fail(e, "--%s: no date: 2026-11-23", field_names[field]);
        return false;
    }
    if (day > e->timeline.today) {
        enter_fail(e, "--%s: %.*s lies in the future", field_names[field], STR_FMT(s));
        return false;
    }
    if (is_before_birth(e, day)) {
        enter_fail(e, "--%s: %.*s lies before the patient's birth", field_names[field], STR_FMT(s));
        return false;
    }
    *out = day;
    return true;
}

bool
enter_drug(struct entering *e, const struct drug_known **out)
{
    struct str word = e->field[ENTER_DRUG];
    struct str nearest;

    if (!enter_need(e, ENTER_DRUG))
        return false;
    *out = drug_table_find(&e->knowledge->drugs, word);
    if (*out != NULL)
        return true;
    nearest = drug_table_nearest(&e->knowledge->drugs, str_lower(e->k->arena, word));
    if (str_is_absent(nearest))
        enter_fail(e, "--drug: \"%.*s\" is no drug of the terminology", STR_FMT(word));
    else
        enter_fail(e, "--drug: \"%.*s\" is no drug of the terminology; did you mean \"%.*s\"?",
                   STR_FMT(word), STR_FMT(nearest));
    return false;
}

static struct fact *
room_for(struct entering *e)
{
    rfd_assert(e->fact_count < ENTER_FACTS_MAX);
    return &e->fact[e->fact_count++];
}

struct fact *
enter_add(struct entering *e, enum fact_kind kind, day_t day)
{
    struct fact *f = room_for(e);

    *f = (struct fact){.kind = kind, .status = FACT_FINAL, .patient = e->patient};
    f->collected = day == DAY_NONE ? STAMP_NONE : stamp_of_day(day, e->now.offset_min);
    return f;
}

/* Enough for any entry; who has entered one start more than that corrects them one by one. */
void
enter_withdraw(struct entering *e, const struct fact *f)
{
    struct fact *gone;

    if (e->fact_count == ENTER_FACTS_MAX - 2)
        return;
    gone = room_for(e);
    *gone = *f;
    gone->status = FACT_WITHDRAWN;
}

size_t
enter_find(const struct entering *e, struct str name, const struct fact **out)
{
    size_t found = 0;

    for (size_t i = 0; i < e->timeline.count; i++) {
        char hex[FACTNAME_MAX];

        if (!str_starts(factname_of(&e->timeline.item[i].key, hex), name))
            continue;
        *out = e->timeline.item[i].fact;
        found++;
    }
    return found;
}

const struct fact *
enter_in_force(const struct entering *e, size_t *count_out)
{
    struct fact *f = ARENA_ARRAY(e->k->arena, e->timeline.count, struct fact);

    for (size_t i = 0; i < e->timeline.count; i++)
        f[i] = *e->timeline.item[i].fact;
    *count_out = e->timeline.count;
    return f;
}
