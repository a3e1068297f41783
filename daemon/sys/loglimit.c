#include "sys/clock.h"
#include "sys/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 48, NAME_BYTES = 64, MINUTE_MS = 60000 };

/* One event of one name, from its first line on for a minute. */
struct slot {
    char event[NAME_BYTES];
    char of[NAME_BYTES];
    enum log_level level;
    int64_t until_ms; /* 0: free */
    unsigned lines;
    unsigned more; /* that were not written */
};

/* Of the process, as the log itself is. */
static struct slot slots[SLOTS];
/* The console logs from its loop and from its worker. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
end_slot(struct slot *s)
{
    if (s->more > 0)
        log_event(s->level, "log.suppressed", LOG_NAME("event", s->event), LOG_NAME("of", s->of),
                  LOG_NUM("lines", s->more));
    s->until_ms = 0;
}

static void
tick(bool at_end)
{
    int64_t now = clock_mono_ms();

    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].until_ms != 0 && (at_end || slots[i].until_ms <= now))
            end_slot(&slots[i]);
    }
}

void
log_limits_tick(bool at_end)
{
    (void)pthread_mutex_lock(&lock);
    tick(at_end);
    (void)pthread_mutex_unlock(&lock);
}

/* A free one, or else that whose minute is over first. */
static struct slot *
slot_new(const char *event, const char *of, int64_t now)
{
    struct slot *s = &slots[0];

    for (size_t i = 1; i < SLOTS && s->until_ms != 0; i++) {
        if (slots[i].until_ms < s->until_ms)
            s = &slots[i];
    }
    if (s->until_ms != 0)
        end_slot(s);
    *s = (struct slot){.until_ms = now + MINUTE_MS};
    (void)snprintf(s->event, sizeof s->event, "%s", event);
    (void)snprintf(s->of, sizeof s->of, "%s", of);
    return s;
}

static struct slot *
slot_of(const char *event, const char *of)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].until_ms != 0 && strncmp(slots[i].event, event, NAME_BYTES - 1) == 0 &&
            strncmp(slots[i].of, of, NAME_BYTES - 1) == 0)
            return &slots[i];
    }
    return slot_new(event, of, clock_mono_ms());
}

/* Whether the line is one of those that are written. */
static bool
within_limit(enum log_level level, const char *event, const char *of)
{
    struct slot *s;

    tick(false);
    s = slot_of(event, of);
    s->level = level;
    if (s->lines == LOG_EACH_MINUTE) {
        s->more++;
        return false;
    }
    s->lines++;
    return true;
}

void
log_write_limited(enum log_level level, const char *event, const struct log_field *fields)
{
    const char *of = fields[0].kind == LOG_KIND_NAME ? fields[0].text : NULL;
    bool written;

    (void)pthread_mutex_lock(&lock);
    written = within_limit(level, event, of == NULL ? "" : of);
    (void)pthread_mutex_unlock(&lock);
    if (written)
        log_write(level, event, fields);
}
