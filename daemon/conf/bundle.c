#define _GNU_SOURCE /* memfd_create(), F_ADD_SEALS */
#include "conf/bundle.h"

#include "base/limits.h"
#include "base/sb.h"
#include "base/sort.h"
#include "sys/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_TEXT_MAX = 1024 };

static const char magic[8] = "RFDBNDL1";

/* The descriptor holds this head, then per file a record head, path, origin (both with their NUL)
 * and bytes. Native byte order: writer and reader are one binary. */
struct image_head {
    char magic[8];
    uint64_t count;
    struct sha256 hash;
};

struct record_head {
    uint64_t path_size;
    uint64_t origin_size;
    uint64_t bytes_size;
};

struct bundle *
bundle_new(struct arena *a)
{
    struct bundle *b = ARENA_NEW(a, struct bundle);

    b->arena = a;
    return b;
}

static void
grow(struct bundle *b)
{
    struct bundle_file *bigger;

    if (b->count < b->room)
        return;
    b->room = b->room == 0 ? 64 : b->room * 2;
    bigger = ARENA_ARRAY(b->arena, b->room, struct bundle_file);
    if (b->count > 0)
        memcpy(bigger, b->file, b->count * sizeof *bigger);
    b->file = bigger;
}

void
bundle_add_bytes(struct bundle *b, const char *path, const char *origin, struct str bytes)
{
    grow(b);
    b->file[b->count++] = (struct bundle_file){str_cz(b->arena, str_from_c(path)),
                                               str_cz(b->arena, str_from_c(origin)), bytes};
    b->bytes += bytes.n;
}

static bool
room_for(const struct bundle *b, const struct stat *st, const char *origin, struct diags *d)
{
    if (!S_ISREG(st->st_mode)) {
        diag_error(d, origin, 0, 0, "is not a regular file");
    } else if (st->st_size > LIMIT_CONFIG_FILE_BYTES) {
        diag_error(d, origin, 0, 0, "has %lld bytes, %d at most", (long long)st->st_size,
                   LIMIT_CONFIG_FILE_BYTES);
    } else if (b->count >= BUNDLE_FILES_MAX) {
        diag_error(d, origin, 0, 0, "is one file too many, %d at most", BUNDLE_FILES_MAX);
    } else if (b->bytes + (size_t)st->st_size > BUNDLE_BYTES_MAX) {
        diag_error(d, origin, 0, 0, "all files together have more than %d bytes", BUNDLE_BYTES_MAX);
    } else {
        return true;
    }
    return false;
}

static void
say_errno(struct diags *d, const char *origin, const char *what)
{
    diag_error(d, origin, 0, 0, "cannot be %s: %s", what,
               strerrordesc_np(errno)); /* fixed English, thread-safe */
}

/* Up to size bytes; what the file has shrunk or grown by meanwhile is not seen. */
static bool
read_whole(int fd, char *buf, size_t size, size_t *n_out)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = read(fd, buf + got, size - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *n_out = got;
    return true;
}

static bool
add_open_file(struct bundle *b, int fd, const char *path, const char *origin, struct diags *d)
{
    struct stat st;
    char *buf;
    size_t n;

    if (fstat(fd, &st) < 0) {
        say_errno(d, origin, "read");
        return false;
    }
    if (!room_for(b, &st, origin, d))
        return false;
    buf = arena_alloc(b->arena, (size_t)st.st_size);
    if (!read_whole(fd, buf, (size_t)st.st_size, &n)) {
        say_errno(d, origin, "read");
        return false;
    }
    bundle_add_bytes(b, path, origin, (struct str){buf, n});
    return true;
}

bool
bundle_add_file(struct bundle *b, const char *path, const char *origin, struct diags *d)
{
    int fd =
        open(origin, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe must not hang us */
    bool ok;

    if (fd < 0) {
        say_errno(d, origin, "opened");
        return false;
    }
    ok = add_open_file(b, fd, path, origin, d);
    (void)close(fd);
    return ok;
}

static bool
name_wanted(const char *name)
{
    static const struct str suffixes[] = {
        {".yaml", 5}, {".yml", 4}, {".json", 5}, {".tsv", 4}, {".csv", 4}};

    for (size_t i = 0; i < RFD_COUNT(suffixes); i++) {
        if (str_ends(str_from_c(name), suffixes[i]))
            return true;
    }
    return false;
}

/* A folder still to be read. */
struct pending {
    const char *prefix;
    const char *dir;
    int depth;
    struct pending *next;
};

static const char *
joined(struct bundle *b, const char *dir, const char *name)
{
    struct sb path;

    sb_init_arena(&path, b->arena, PATH_TEXT_MAX);
    sb_addf(&path, "%s/%s", dir, name);
    return sb_ok(&path) ? sb_cz(&path) : NULL;
}

static void
push(struct bundle *b, struct pending **list, const char *prefix, const char *dir, int depth)
{
    struct pending *p = ARENA_NEW(b->arena, struct pending);

    *p = (struct pending){prefix, dir, depth, *list};
    *list = p;
}

static bool
add_entry(struct bundle *b, const struct pending *in, const char *name, struct pending **list,
          struct diags *d)
{
    const char *path = joined(b, in->prefix, name);
    const char *origin = joined(b, in->dir, name);
    struct stat st;

    if (path == NULL || origin == NULL) {
        diag_error(d, in->dir, 0, 0, "holds a path of more than %d bytes", PATH_TEXT_MAX);
        return false;
    }
    if (stat(origin, &st) < 0) {
        say_errno(d, origin, "read");
        return false;
    }
    if (!S_ISDIR(st.st_mode))
        return !name_wanted(name) || bundle_add_file(b, path, origin, d);
    if (in->depth == BUNDLE_FOLDER_DEPTH) {
        diag_error(d, origin, 0, 0, "folders go more than %d deep", BUNDLE_FOLDER_DEPTH);
        return false;
    }
    push(b, list, path, origin, in->depth + 1);
    return true;
}

static bool
add_one_folder(struct bundle *b, const struct pending *in, struct pending **list, struct diags *d)
{
    DIR *dir = opendir(in->dir);
    bool ok = true;

    if (dir == NULL) {
        say_errno(d, in->dir, "opened");
        return false;
    }
    /* one thread reads, and a DIR is no one else's */
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) { /* NOLINT(concurrency-*) */
        if (e->d_name[0] != '.')
            ok = add_entry(b, in, e->d_name, list, d) && ok;
    }
    (void)closedir(dir);
    return ok;
}

bool
bundle_add_folder(struct bundle *b, const char *prefix, const char *dir, struct diags *d)
{
    struct pending *list = NULL;
    bool ok = true;

    push(b, &list, prefix, dir, 1);
    while (list != NULL) {
        const struct pending *in = list;

        list = list->next;
        ok = add_one_folder(b, in, &list, d) && ok;
    }
    return ok;
}

static int
by_path(const void *x, const void *y)
{
    const struct bundle_file *a = x;
    const struct bundle_file *b = y;

    return strcmp(a->path, b->path);
}

static void
hash_file(struct sha256_ctx *c, const struct bundle_file *f)
{
    sha256_add_str(c, str_from_c(f->path));
    sha256_add_str(c, f->bytes);
}

static struct sha256
hash_all(const struct bundle *b)
{
    static const char *const everything[] = {""};

    return bundle_hash_of(b, everything, 1);
}

void
bundle_seal(struct bundle *b)
{
    sort_stable(b->arena, b->file, b->count, sizeof *b->file, by_path);
    for (size_t i = 1; i < b->count; i++)
        rfd_assert(strcmp(b->file[i - 1].path, b->file[i].path) != 0);
    b->hash = hash_all(b);
}

const struct bundle_file *
bundle_find(const struct bundle *b, const char *path)
{
    size_t low = 0;
    size_t high = b->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int cmp = strcmp(b->file[mid].path, path);

        if (cmp == 0)
            return &b->file[mid];
        if (cmp < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct bundle_file *
bundle_next(const struct bundle *b, const char *prefix, size_t *pos)
{
    size_t n = strlen(prefix);

    for (; *pos < b->count; (*pos)++) {
        if (strncmp(b->file[*pos].path, prefix, n) == 0)
            return &b->file[(*pos)++];
    }
    return NULL;
}

struct sha256
bundle_hash_of(const struct bundle *b, const char *const *prefixes, size_t n)
{
    struct sha256_ctx c;

    sha256_init(&c);
    for (size_t i = 0; i < n; i++) {
        size_t pos = 0;

        for (const struct bundle_file *f = bundle_next(b, prefixes[i], &pos); f != NULL;
             f = bundle_next(b, prefixes[i], &pos))
            hash_file(&c, f);
    }
    return sha256_end(&c);
}

static bool
write_whole(int fd, const void *p, size_t n)
{
    const char *from = p;

    while (n > 0) {
        ssize_t done = write(fd, from, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        from += done;
        n -= (size_t)done;
    }
    return true;
}

static bool
write_record(int fd, const struct bundle_file *f)
{
    struct record_head h = {strlen(f->path) + 1, strlen(f->origin) + 1, f->bytes.n};

    return write_whole(fd, &h, sizeof h) && write_whole(fd, f->path, h.path_size) &&
           write_whole(fd, f->origin, h.origin_size) && write_whole(fd, f->bytes.p, h.bytes_size);
}

static bool
write_image(int fd, const struct bundle *b)
{
    struct image_head h = {.count = b->count, .hash = b->hash};

    memcpy(h.magic, magic, sizeof h.magic);
    if (!write_whole(fd, &h, sizeof h))
        return false;
    for (size_t i = 0; i < b->count; i++) {
        if (!write_record(fd, &b->file[i]))
            return false;
    }
    return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
}

int
bundle_to_fd(const struct bundle *b)
{
    int fd = memfd_create("refractd-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (!write_image(fd, b)) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Takes the next n bytes of the image; NULL when they are not there. */
static const char *
take(const struct bundle *b, size_t *at, uint64_t n)
{
    const char *p = (const char *)b->map + *at;

    if (n > b->map_size - *at)
        return NULL;
    *at += (size_t)n;
    return p;
}

static const char *
take_text(const struct bundle *b, size_t *at, uint64_t size)
{
    const char *p = take(b, at, size);

    return p != NULL && size > 0 && p[size - 1] == '\0' ? p : NULL;
}

static bool
take_record(struct bundle *b, size_t *at, struct bundle_file *out)
{
    struct record_head h;
    const char *p = take(b, at, sizeof h);

    if (p == NULL)
        return false;
    memcpy(&h, p, sizeof h);
    out->path = take_text(b, at, h.path_size);
    out->origin = out->path == NULL ? NULL : take_text(b, at, h.origin_size);
    p = out->origin == NULL ? NULL : take(b, at, h.bytes_size);
    out->bytes = (struct str){p, (size_t)h.bytes_size};
    b->bytes += (size_t)h.bytes_size;
    return p != NULL;
}

static bool
parse_image(struct bundle *b)
{
    struct image_head h;
    size_t at = 0;
    const char *p = take(b, &at, sizeof h);

    if (p == NULL)
        return false;
    memcpy(&h, p, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.count > BUNDLE_FILES_MAX + 1)
        return false;
    b->file = xcalloc((size_t)h.count, sizeof *b->file);
    b->room = (size_t)h.count;
    for (b->count = 0; b->count < h.count; b->count++) {
        if (!take_record(b, &at, &b->file[b->count]))
            return false;
    }
    b->hash = hash_all(b);
    return sha256_cmp(&b->hash, &h.hash) == 0 && at == b->map_size;
}

void
bundle_close(struct bundle **b)
{
    if (*b == NULL)
        return;
    rfd_assert((*b)->arena == NULL);
    if ((*b)->map != NULL)
        (void)munmap((*b)->map, (*b)->map_size);
    xfree((*b)->file);
    xfree(*b);
    *b = NULL;
}

struct bundle *
bundle_open_fd(int fd)
{
    struct bundle *b = xcalloc(1, sizeof *b);
    struct stat st;

    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        b->map = map == MAP_FAILED ? NULL : map;
        b->map_size = (size_t)st.st_size;
    }
    if (b->map == NULL || !parse_image(b))
        bundle_close(&b);
    return b;
}
