#include "role/check.h"

#include "conf/yaml.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <setjmp.h>

static const size_t SCRATCH_BYTES = (size_t)1 << 30; /* address space */

static bool
is_yaml(const struct bundle_file *f)
{
    struct str path = str_from_c(f->path);

    return str_ends(path, STR(".yaml")) || str_ends(path, STR(".yml")) ||
           str_ends(path, STR(".json"));
}

/* A trial that cannot be read is kept out with a warning (match/trialfile.h), no error. */
static bool
is_trial(const struct bundle_file *f)
{
    return str_starts(str_from_c(f->path), STR("trials/"));
}

void
check_yaml(const struct config *c, struct arena *scratch, struct diags *d)
{
    size_t pos = 0;

    for (const struct bundle_file *f = bundle_next(c->bundle, "", &pos); f != NULL;
         f = bundle_next(c->bundle, "", &pos)) {
        size_t mark = arena_mark(scratch);

        if (is_yaml(f) && !is_trial(f))
            (void)config_tree(f, scratch, d);
        arena_release(scratch, mark);
    }
}

static bool
run_hooks(const struct config *c, const struct check_hook *hooks, struct arena *scratch,
          struct diags *d)
{
    for (const struct check_hook *h = hooks; h->name != NULL && d->errors == 0; h++) {
        h->check(c, scratch, d);
        arena_reset(scratch);
    }
    return d->errors == 0;
}

static struct config *
load_and_check(const char *file, const struct check_hook *hooks, struct arena *a,
               struct arena *scratch, struct diags *d)
{
    struct config *c = config_load(file, a, d);

    return c != NULL && run_hooks(c, hooks, scratch, d) ? c : NULL;
}

/* Both arenas end in this trap: a configuration beyond them is refused like any other. */
struct config *
check_load(const char *file, const struct check_hook *hooks, struct arena *a, struct diags *d)
{
    struct arena scratch;
    struct config *c;
    jmp_buf trap;

    mem_arena_new(&scratch, SCRATCH_BYTES);
    if (setjmp(trap) != 0) {
        mem_arena_free(&scratch);
        (void)arena_trap_set(a, NULL);
        arena_reset(a);
        diags_init(d, a);
        diag_error(d, file, 0, 0, "all files together need more memory than is set aside");
        return NULL;
    }
    (void)arena_trap_set(a, &trap);
    (void)arena_trap_set(&scratch, &trap);
    arena_reset(a);
    diags_init(d, a);
    c = load_and_check(file, hooks, a, &scratch, d);
    (void)arena_trap_set(a, NULL);
    mem_arena_free(&scratch);
    return c;
}

void
check_print(const struct diags *d, FILE *out)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next) {
        (void)fprintf(out, "%s:%d:%d: %s%s\n", x->file == NULL ? "-" : x->file, x->line, x->col,
                      x->level == DIAG_WARNING ? "warning: " : "", x->text);
    }
    if (d->dropped > 0)
        (void)fprintf(out, "-:0:0: and %zu more\n", d->dropped);
}

void
check_log(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next) {
        log_event(x->level == DIAG_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
                  x->level == DIAG_ERROR ? "config.error" : "config.warning",
                  LOG_NAME("file", x->file), LOG_NUM("line", x->line), LOG_NUM("col", x->col),
                  LOG_NAME("text", x->text));
    }
    if (d->dropped > 0)
        log_error("config.more", LOG_NUM("count", d->dropped));
}
