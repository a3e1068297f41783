#include "intake/dropfolder.h"

#include "sys/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PREFIX_MAX = 120, TRIES = 100, SECOND_MS = 1000, NS_PER_MS = 1000000 };

bool
dropfolder_matches(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *from = name;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            from = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool
ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name);
    size_t s = strlen(suffix);

    return n > s && str_eq_nocase(str_from_c(name + n - s), str_from_c(suffix));
}

static bool
is_ours(const char *name, const char *pattern)
{
    static const char *const others[] = {".part", ".tmp", ".reason"};

    if (name[0] == '.' || strlen(name) >= DROPFOLDER_NAME_MAX)
        return false;
    for (size_t i = 0; i < RFD_COUNT(others); i++) {
        if (ends_in(name, others[i]))
            return false;
    }
    if (pattern != NULL)
        return dropfolder_matches(pattern, name);
    return ends_in(name, ".hl7") || ends_in(name, ".csv");
}

static int64_t
ms_of(struct timespec t)
{
    return (int64_t)t.tv_sec * SECOND_MS + t.tv_nsec / NS_PER_MS;
}

/* Written, renamed or linked: each sets the time of change, which nobody can set back. */
static bool
is_settled(const struct stat *st, int64_t settle_ms, int64_t now_ms)
{
    int64_t changed = ms_of(st->st_ctim);
    int64_t written = ms_of(st->st_mtim) > now_ms ? changed : ms_of(st->st_mtim);

    return now_ms - (changed > written ? changed : written) >= settle_ms;
}

static bool
is_older(const struct stat *a, const char *a_name, const struct stat *b, const char *b_name)
{
    int64_t x = ms_of(a->st_mtim);
    int64_t y = ms_of(b->st_mtim);

    return x != y ? x < y : strcmp(a_name, b_name) < 0;
}

/* The oldest that is whole; name[0] '\0': none. */
static void
find_oldest(DIR *dir, const char *pattern, int64_t settle_ms, int64_t now_ms,
            struct dropfolder_found *out)
{
    const struct dirent *e;
    struct stat st;

    out->name[0] = '\0';
    while ((e = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): one thread */
        if (!is_ours(e->d_name, pattern) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) || !is_settled(&st, settle_ms, now_ms))
            continue;
        if (out->name[0] == '\0' || is_older(&st, e->d_name, &out->st, out->name)) {
            (void)snprintf(out->name, sizeof(out->name), "%s", e->d_name);
            out->st = st;
        }
    }
}

static bool
folder_ready(int dir, const char *name)
{
    return (mkdirat(dir, name, 0700) == 0 || errno == EEXIST) &&
           faccessat(dir, name, W_OK | X_OK, 0) == 0;
}

static enum dropfolder_result
open_found(int dir, struct dropfolder_found *out)
{
    struct stat st;

    if (S_ISLNK(out->st.st_mode)) {
        out->reason = "1:1: a symbolic link: put the file itself here";
        return DROPFOLDER_REFUSED;
    }
    out->fd = openat(dir, out->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (out->fd < 0 && errno == EACCES) {
        out->reason = "1:1: refractd may not read this file";
        return DROPFOLDER_REFUSED;
    }
    if (out->fd < 0)
        return DROPFOLDER_EMPTY; /* gone, or another one now: the next look will tell */
    if (fstat(out->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        io_close(&out->fd);
        return DROPFOLDER_EMPTY;
    }
    out->st = st;
    return DROPFOLDER_FILE;
}

enum dropfolder_result
dropfolder_next(const char *path, const char *pattern, int64_t settle_ms, int64_t now_ms,
                struct dropfolder_found *out)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = NULL;
    enum dropfolder_result r = DROPFOLDER_UNREACHABLE;
    int why;

    *out = (struct dropfolder_found){.fd = -1};
    if (fd >= 0 && faccessat(fd, ".", W_OK | X_OK, 0) == 0 && folder_ready(fd, "done") &&
        folder_ready(fd, "failed"))
        dir = fdopendir(fd);
    if (dir != NULL) {
        find_oldest(dir, pattern, settle_ms, now_ms, out);
        r = out->name[0] == '\0' ? DROPFOLDER_EMPTY : open_found(dirfd(dir), out);
        (void)closedir(dir);
        return r;
    }
    why = errno;
    io_close(&fd);
    errno = why;
    return r;
}

static void
day_time(struct stamp now, char buf[PREFIX_MAX])
{
    int y, m, d;
    int s = (int)(now.utc_s % 86400);

    day_to_ymd((day_t)(now.utc_s / 86400), &y, &m, &d);
    (void)snprintf(buf, PREFIX_MAX, "%04d-%02d-%02dT%02d%02d%02dZ", y, m, d, s / 3600, s / 60 % 60,
                   s % 60);
}

/* The end of a long name is kept: it says what kind of file it is. */
static void
new_name(char out[DROPFOLDER_NAME_MAX], const char *prefix, const char *words, int nth,
         const char *name)
{
    char head[PREFIX_MAX * 2];
    size_t room;
    size_t n = strlen(name);

    if (nth == 0)
        (void)snprintf(head, sizeof(head), "%s.%s", prefix, words);
    else
        (void)snprintf(head, sizeof(head), "%s-%d.%s", prefix, nth, words);
    room = DROPFOLDER_NAME_MAX - sizeof(".reason") - strlen(head) - 1;
    (void)snprintf(out, DROPFOLDER_NAME_MAX, "%s%s%s", head, words[0] == '\0' ? "" : ".",
                   n > room ? name + (n - room) : name);
}

static bool
write_reason(int dir, const char *name, const char *reason)
{
    char file[DROPFOLDER_NAME_MAX + sizeof(".reason")];
    size_t n = strlen(reason);
    int fd;
    bool ok;

    (void)snprintf(file, sizeof(file), "%s.reason", name);
    fd = openat(dir, file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    ok = fd >= 0 && write(fd, reason, n) == (ssize_t)n;
    io_close(&fd);
    return ok;
}

static bool
move_in(int dir, int to, const char *name, const char *words, const char *reason, struct stamp now)
{
    char prefix[PREFIX_MAX];
    char moved[DROPFOLDER_NAME_MAX];
    int i = 0;

    day_time(now, prefix);
    do
        new_name(moved, prefix, words, i++, name);
    while (i < TRIES && faccessat(to, moved, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return i < TRIES && (reason == NULL || write_reason(to, moved, reason)) &&
           renameat(dir, name, to, moved) == 0 && fsync(to) == 0;
}

bool
dropfolder_move(const char *path, const char *name, const char *where, const char *words,
                const char *reason, struct stamp now)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = dir < 0 ? -1 : openat(dir, where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = to >= 0 && move_in(dir, to, name, words, reason, now);
    int why = errno;

    io_close(&to);
    io_close(&dir);
    errno = why;
    return ok;
}
