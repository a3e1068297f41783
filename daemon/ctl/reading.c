#include "ctl/reading.h"

#include "intake/hl7intake.h"
#include "intake/native.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_MAP  "maps/default.yaml" /* what edge gives a feed that names none */
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

static const struct bundle_file *
map_file(const struct call *c, const struct reading *r, const struct feed_settings *f,
         struct diags *d)
{
    struct bundle *b;

    if (!call_has(c, OPT_MAP))
        return f != NULL && f->map != NULL ? config_map_of(r->folders.config, f)
                                           : bundle_find(r->folders.bundle, DEFAULT_MAP);
    b = bundle_new(c->arena);
    return bundle_add_file(b, "maps/given.yaml", c->option[OPT_MAP], d) ? &b->file[0] : NULL;
}

static bool
read_map(const struct call *c, struct reading *r, const struct feed_settings *f)
{
    const struct bundle_file *file;
    struct diags d;
    bool ok;

    diags_init(&d, c->arena);
    file = map_file(c, r, f, &d);
    if (file == NULL && d.errors == 0)
        diag_error(&d, NULL, 0, 0, "there is no " DEFAULT_MAP ": say --map FILE");
    ok = file != NULL && knowledge_read_map(file, &r->terms, c->arena, &d, &r->map);
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
    return folders_terms(c, &out->folders, &out->terms) && read_map(c, out, f);
}

void
reading_message(const struct reading *r, const struct message_text *m, struct stamp now,
                struct arena *a, struct result_message *out)
{
    struct hl7read read;
    const struct native_feed native = {r->feed, &r->map, &r->terms, r->history_until, NULL};
    const struct hl7intake hl7 = {r->feed, &r->map, &r->terms, r->history_until, NULL};

    if (m->native) {
        native_read(&native, m->bytes, a, out);
        return;
    }
    hl7intake_read(&hl7, m->bytes, now, a, &read);
    *out = read.message;
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
