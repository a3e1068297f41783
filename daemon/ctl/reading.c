#include "ctl/reading.h"

#include "intake/hl7intake.h"
#include "intake/native.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_MAP  "maps/default.yaml" /* what edge gives a feed that names none */
#define GIVEN_MAP    "maps/given.yaml"
#define DEFAULT_FEED "offline"

static const struct feed_settings *
find_feed(const struct call *c, const struct config *config)
{
    const struct feed_settings *first = NULL;

    for (size_t i = 0; config != NULL && i < config->settings.feeds; i++) {
        const struct feed_settings *f = &config->settings.feed[i];

        if (call_has(c, OPT_FEED) && strcmp(f->name, c->option[OPT_FEED]) == 0)
            return f;
        if (first == NULL && f->kind == (int)FEED_MLLP)
            first = f;
    }
    return call_has(c, OPT_FEED) ? NULL : first;
}

/* NAME beside the file of --map. */
static const char *
beside(const struct call *c, struct str name)
{
    struct str path = str_from_c(c->option[OPT_MAP]);
    size_t n = path.n;

    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return str_cz(c->arena, str_cat(c->arena, str_sub(path, 0, n), name));
}

/* A map given alone, with the tables of codes that it names. */
static const struct bundle_file *
given_map(const struct call *c, struct bundle *b, struct diags *d)
{
    const struct tree *tables;

    if (!bundle_add_file(b, GIVEN_MAP, c->option[OPT_MAP], d))
        return NULL;
    tables = tree_get(config_tree(&b->file[0], c->arena, d), "tables");
    for (size_t i = 0; i < tree_len(tables); i++) {
        struct str name;

        if (tree_str(tree_at(tables, i), d, &name) &&
            !bundle_add_file(b, str_cz(c->arena, str_cat(c->arena, STR("maps/"), name)),
                             beside(c, name), d))
            return NULL;
    }
    bundle_seal(b);
    return d->errors > 0 ? NULL : bundle_find(b, GIVEN_MAP);
}

static const struct bundle_file *
map_file(const struct call *c, const struct reading *r, const struct feed_settings *f,
         struct diags *d, const struct bundle **in)
{
    struct bundle *b;

    *in = r->folders.bundle;
    if (!call_has(c, OPT_MAP))
        return f != NULL && f->map != NULL ? config_map_of(r->folders.config, f)
                                           : bundle_find(r->folders.bundle, DEFAULT_MAP);
    b = bundle_new(c->arena);
    *in = b;
    return given_map(c, b, d);
}

static bool
read_map(const struct call *c, struct reading *r, const struct feed_settings *f)
{
    const struct bundle_file *file;
    const struct bundle *in;
    struct diags d;
    bool ok;

    diags_init(&d, c->arena);
    file = map_file(c, r, f, &d, &in);
    if (file == NULL && d.errors == 0)
        diag_error(&d, NULL, 0, 0, "there is no " DEFAULT_MAP ": say --map FILE");
    ok = file != NULL && knowledge_read_map(in, file, &r->terms, c->arena, &d, &r->map);
    call_print_diags(&d);
    return ok;
}

bool
reading_open(const struct call *c, struct reading *out)
{
    const struct feed_settings *f;

    *out = (struct reading){.feed = DEFAULT_FEED, .history_until = DAY_NONE};
    if (!folders_open(c, &out->folders))
        return false;
    f = find_feed(c, out->folders.config);
    if (f == NULL && call_has(c, OPT_FEED)) {
        (void)call_fail(CALL_FAILED, "the config has no feed \"%s\"", c->option[OPT_FEED]);
        return false;
    }
    if (f != NULL) {
        out->feed = f->name;
        out->history_until = f->history_until;
    }
    if (!folders_terms(c, &out->folders, &out->terms) || !read_map(c, out, f))
        return false;
    out->ack = out->map.ack;
    if (f != NULL && f->ack == (int)FEED_ACK_ORIGINAL)
        out->ack = HL7ACK_ORIGINAL;
    else if (f != NULL && f->ack == (int)FEED_ACK_ENHANCED)
        out->ack = HL7ACK_ENHANCED;
    return true;
}

void
reading_message(const struct reading *r, const struct message_text *m, struct stamp now,
                struct arena *a, struct result_message *out)
{
    struct hl7read read;
    const struct native_feed native = {r->feed, &r->map, &r->terms, r->history_until, NULL};

    if (m->native) {
        native_read(&native, m->bytes, a, out);
        return;
    }
    reading_hl7(r, m->bytes, now, a, &(struct reading_hl7){&read, NULL});
    *out = read.message;
}

void
reading_hl7(const struct reading *r, struct str bytes, struct stamp now, struct arena *a,
            const struct reading_hl7 *out)
{
    const struct hl7intake hl7 = {r->feed, &r->map, &r->terms, r->history_until, NULL, out->trace};

    hl7intake_read(&hl7, bytes, now, a, out->read);
}

static void
say(const struct message_text *m, const char *what, struct str reason, struct str place)
{
    (void)fprintf(stderr, "%s message %zu: %s: %.*s%s%.*s\n", m->path, m->nth, what,
                  STR_FMT(reason), str_is_empty(place) ? "" : " at ", STR_FMT(place));
}

bool
reading_report(const struct message_text *m, const struct result_message *msg)
{
    bool understood = str_is_absent(msg->quarantine_reason);

    for (size_t i = 0; i < msg->warning_count; i++)
        say(m, "warning", msg->warning[i], STR_NONE);
    if (!understood)
        say(m, "quarantined", msg->quarantine_reason, msg->quarantine_place);
    else if (!str_is_absent(msg->ignore_reason))
        say(m, "ignored", msg->ignore_reason, STR_NONE);
    return understood;
}
