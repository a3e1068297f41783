#include "intake/folderd.h"

#include "intake/dropfile.h"
#include "intake/dropfolder.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    TICK_MS = 250,
    BUSY_MS = 1000, /* how long a core without room for more is left alone */
    WORDS_MAX = 120,
};

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

enum folder_state {
    FOLDER_WAITING,     /* for a file */
    FOLDER_UNREACHABLE, /* no such folder, or none that can be written to */
    FOLDER_READING,
    FOLDER_BUSY,   /* core has no room: reading goes on later, where it did not take a message */
    FOLDER_MOVING, /* all is answered; the file could not be moved yet */
    FOLDER_STATE_COUNT,
};

/* A message without an answer. */
struct sent {
    bool open;
    bool taken; /* answered, and not with busy */
    uint64_t tag;
    struct drop_place place;
};

struct folderd {
    struct loop *loop;
    struct corepipe *pipe;
    struct folderd_config cfg;
    enum folder_state state;
    bool said_unreachable;
    bool said_stuck;
    bool stopped;
    bool all_read;
    bool busy;    /* one of those sent was not taken */
    bool resumed; /* some of those after it were */
    struct drop_place back_to;
    int64_t resume_ms;
    struct dropfolder_found found;
    struct dropfile file;
    struct sent sent[FOLDERD_WINDOW];
    size_t open;
    uint64_t last_tag;
    size_t count[OUTCOME_COUNT];
    struct arena arena;
    int timer;
};

static void pump(struct folderd *f);

static struct stamp
wall_now(void)
{
    return stamp_of_utc(clock_wall_s());
}

/* --- the end of a file */

static bool
was_touched(struct folderd *f)
{
    struct stat st;

    return fstat(f->file.fd, &st) != 0 || st.st_size != f->found.st.st_size ||
           st.st_mtim.tv_sec != f->found.st.st_mtim.tv_sec ||
           st.st_mtim.tv_nsec != f->found.st.st_mtim.tv_nsec;
}

static void
words_of(const struct folderd *f, char words[WORDS_MAX])
{
    int n = snprintf(words, WORDS_MAX, "stored-%zu.duplicate-%zu.ignored-%zu.quarantined-%zu",
                     f->count[OUTCOME_STORED], f->count[OUTCOME_DUPLICATE],
                     f->count[OUTCOME_IGNORED], f->count[OUTCOME_QUARANTINED]);

    if (f->count[OUTCOME_REFUSED] > 0)
        (void)snprintf(words + n, WORDS_MAX - (size_t)n, ".refused-%zu", f->count[OUTCOME_REFUSED]);
}

static void
say_taken(const struct folderd *f)
{
    log_note("folder.taken", LOG_NAME("feed", f->cfg.hl7.feed),
             LOG_NUM("stored", f->count[OUTCOME_STORED]),
             LOG_NUM("duplicate", f->count[OUTCOME_DUPLICATE]),
             LOG_NUM("ignored", f->count[OUTCOME_IGNORED]),
             LOG_NUM("quarantined", f->count[OUTCOME_QUARANTINED]),
             LOG_NUM("refused", f->count[OUTCOME_REFUSED]));
}

/* Tried again each tick, and the file is not read a second time for it. */
static void
stuck(struct folderd *f)
{
    if (!f->said_stuck)
        log_error("folder.cannot_move", LOG_NAME("feed", f->cfg.hl7.feed), LOG_ERRNO("why", errno));
    f->said_stuck = true;
    f->state = FOLDER_MOVING;
}

static void
move_done(struct folderd *f)
{
    char words[WORDS_MAX];

    words_of(f, words);
    if (!dropfolder_move(f->cfg.path, f->found.name, "done", words, NULL, wall_now()) &&
        errno != ENOENT) {
        stuck(f);
        return;
    }
    say_taken(f);
    f->said_stuck = false;
    f->state = FOLDER_WAITING;
}

static void
move_failed(struct folderd *f)
{
    const char *reason = f->found.reason != NULL ? f->found.reason : f->file.reason;
    char words[WORDS_MAX] = "unread";

    if (f->count[OUTCOME_STORED] + f->count[OUTCOME_DUPLICATE] > 0)
        words_of(f, words);
    if (!dropfolder_move(f->cfg.path, f->found.name, "failed", words, reason, wall_now()) &&
        errno != ENOENT) {
        stuck(f);
        return;
    }
    log_warn("folder.failed", LOG_NAME("feed", f->cfg.hl7.feed),
             LOG_NUM("stored", f->count[OUTCOME_STORED]));
    corepipe_refuse(f->pipe, f->cfg.hl7.feed, "unreadable_file");
    f->said_stuck = false;
    f->state = FOLDER_WAITING;
}

static void
move_file(struct folderd *f)
{
    if (f->file.broken || f->found.reason != NULL)
        move_failed(f);
    else
        move_done(f);
}

/* Every message of it has its answer. */
static void
file_answered(struct folderd *f)
{
    bool touched = was_touched(f);

    dropfile_close(&f->file);
    if (touched && !f->file.broken) {
        log_note("folder.changed_while_read", LOG_NAME("feed", f->cfg.hl7.feed));
        f->state = FOLDER_WAITING;
        return;
    }
    move_file(f);
}

/* --- messages */

static void
note_busy(struct folderd *f, struct drop_place place)
{
    if (!f->busy || place.at < f->back_to.at)
        f->back_to = place;
    f->busy = true;
}

static void
all_answered(struct folderd *f)
{
    if (f->busy) {
        f->state = FOLDER_BUSY;
        f->resume_ms = clock_mono_ms() + BUSY_MS;
        return;
    }
    if (f->all_read)
        file_answered(f);
    else
        pump(f);
}

static void
on_reply(void *arg, uint64_t tag, const struct ingest_reply *reply)
{
    struct folderd *f = arg;
    struct sent *s = &f->sent[tag % FOLDERD_WINDOW];

    rfd_assert(s->open && s->tag == tag);
    s->open = false;
    s->taken = reply->outcome != OUTCOME_BUSY;
    f->open--;
    if (reply->outcome == OUTCOME_BUSY)
        note_busy(f, s->place);
    else
        f->count[reply->outcome]++;
    if (f->open == 0)
        all_answered(f);
}

static void
hand_over(struct folderd *f, const struct result_message *m, struct drop_place place)
{
    struct sent *s = &f->sent[++f->last_tag % FOLDERD_WINDOW];

    rfd_assert(!s->open);
    *s = (struct sent){.open = true, .tag = f->last_tag, .place = place};
    f->open++;
    corepipe_send(f->pipe, m, on_reply, f, f->last_tag);
}

static bool
may_read(const struct folderd *f)
{
    return f->state == FOLDER_READING && !f->stopped && !f->all_read && !f->busy &&
           f->open < FOLDERD_WINDOW && !f->sent[(f->last_tag + 1) % FOLDERD_WINDOW].open &&
           !corepipe_is_full(f->pipe);
}

/* After a pause: core has it already. What was sent within a window of the message that it had no
 * room for is still in its slot when reading comes to it: no slot is used anew before that. */
static bool
was_taken(const struct folderd *f, struct drop_place place)
{
    for (size_t i = 0; i < FOLDERD_WINDOW && f->resumed; i++) {
        if (f->sent[i].taken && f->sent[i].place.at == place.at)
            return true;
    }
    return false;
}

static void
read_one(struct folderd *f)
{
    struct result_message m;
    struct drop_place place = {0};

    switch (dropfile_next(&f->file, wall_now(), &m, &place)) {
    case DROP_MESSAGE:
        if (!was_taken(f, place))
            hand_over(f, &m, place);
        break;
    case DROP_TOO_LARGE:
        corepipe_refuse(f->pipe, f->cfg.hl7.feed, "too_large");
        f->count[OUTCOME_REFUSED]++;
        break;
    case DROP_END:
    case DROP_BROKEN: f->all_read = true; break;
    case DROP_NEXT_COUNT: break;
    }
    mem_arena_trim(&f->arena, ARENA_KEEP);
}

/* At most a window of messages: then the loop's others have their turn. */
static void
pump(struct folderd *f)
{
    while (may_read(f))
        read_one(f);
    if (f->state == FOLDER_READING && f->all_read && f->open == 0 && !f->busy)
        file_answered(f);
}

/* --- the folder */

static void
begin(struct folderd *f)
{
    int64_t written = f->found.st.st_mtim.tv_sec;
    int64_t now = clock_wall_s();

    memset(f->count, 0, sizeof(f->count));
    memset(f->sent, 0, sizeof(f->sent));
    f->all_read = f->busy = f->resumed = false;
    f->file.hl7 = f->cfg.hl7;
    f->file.csv = f->cfg.csv;
    f->file.arena = &f->arena;
    dropfile_open(&f->file, f->found.fd, f->found.name,
                  stamp_of_utc(written > now ? now : written));
    f->found.fd = -1;
    f->state = FOLDER_READING;
    pump(f);
}

static void
unreachable(struct folderd *f)
{
    if (!f->said_unreachable)
        log_error("folder.unreachable", LOG_NAME("feed", f->cfg.hl7.feed),
                  LOG_NAME("path", f->cfg.path), LOG_ERRNO("why", errno));
    f->said_unreachable = true;
    f->state = FOLDER_UNREACHABLE;
}

static void
look(struct folderd *f)
{
    enum dropfolder_result r =
        dropfolder_next(f->cfg.path, f->cfg.pattern, f->cfg.settle_ms, clock_wall_ms(), &f->found);

    if (r == DROPFOLDER_UNREACHABLE) {
        unreachable(f);
        return;
    }
    f->said_unreachable = false;
    f->state = FOLDER_WAITING;
    if (r == DROPFOLDER_FILE) {
        begin(f);
    } else if (r == DROPFOLDER_REFUSED) {
        memset(f->count, 0, sizeof(f->count));
        move_failed(f);
    }
}

static void
resume(struct folderd *f)
{
    if (clock_mono_ms() < f->resume_ms)
        return;
    f->busy = f->all_read = false;
    f->resumed = true;
    f->state = FOLDER_READING;
    if (!dropfile_back_to(&f->file, f->back_to)) {
        dropfile_close(&f->file); /* it stays where it is, and is read anew */
        f->state = FOLDER_WAITING;
        return;
    }
    pump(f);
}

static void
on_tick(struct loop *loop, void *arg)
{
    struct folderd *f = arg;

    (void)loop;
    if (f->stopped)
        return;
    switch (f->state) {
    case FOLDER_WAITING:
    case FOLDER_UNREACHABLE: look(f); break;
    case FOLDER_READING: pump(f); break;
    case FOLDER_BUSY: resume(f); break;
    case FOLDER_MOVING: move_file(f); break;
    case FOLDER_STATE_COUNT: break;
    }
}

static void
on_room(void *arg)
{
    pump(arg);
}

struct folderd *
folderd_new(struct loop *loop, struct corepipe *pipe, const struct folderd_config *cfg)
{
    struct folderd *f = xcalloc(1, sizeof(*f));

    f->loop = loop;
    f->pipe = pipe;
    f->cfg = *cfg;
    f->found.fd = -1;
    mem_arena_new(&f->arena, ARENA_BYTES);
    f->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, f);
    corepipe_on_room(pipe, on_room, f);
    return f;
}

void
folderd_stop_accepting(struct folderd *f)
{
    f->stopped = true;
}

const char *
folderd_state(const struct folderd *f)
{
    static const char *const name[FOLDER_STATE_COUNT] = {
        [FOLDER_WAITING] = "waiting",    [FOLDER_UNREACHABLE] = "unreachable",
        [FOLDER_READING] = "reading",    [FOLDER_BUSY] = "core_busy",
        [FOLDER_MOVING] = "cannot_move",
    };

    return name[f->state];
}

void
folderd_free(struct folderd **fp)
{
    struct folderd *f = *fp;

    if (f == NULL)
        return;
    corepipe_forget(f->pipe, f);
    loop_del_timer(f->loop, f->timer);
    if (f->state == FOLDER_READING || f->state == FOLDER_BUSY)
        dropfile_close(&f->file);
    mem_arena_free(&f->arena);
    xfree(f);
    *fp = NULL;
}
