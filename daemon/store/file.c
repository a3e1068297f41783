#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 100, APPLICATION_ID_AT = 68 };

static const char magic[16] = "SQLite format 3"; /* with its NUL, sqlite.org/fileformat2 1.3.1 */

static uint32_t
big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum store_result
say(char error_out[STORE_ERROR_TEXT_MAX], enum store_result r, const char *path, const char *what)
{
    (void)snprintf(error_out, STORE_ERROR_TEXT_MAX, "%.200s: %s", path, what);
    return r;
}

/* A WAL without its database: the database was moved or lost. A new one would swallow the WAL. */
static enum store_result
look_for_wal(const char *path, char error_out[STORE_ERROR_TEXT_MAX])
{
    struct stat st;
    char *wal = sqlite3_mprintf("%s-wal", path);
    bool there = wal == NULL || (stat(wal, &st) == 0 && st.st_size > 0);

    sqlite3_free(wal);
    if (!there)
        return say(error_out, STORE_NONE, path, "there is no store");
    return say(error_out, STORE_DAMAGED, path,
               "the database is gone but its -wal file is there; put the database back, or "
               "move the -wal file away too and restore a backup");
}

enum store_result
file_look(const char *path, char error_out[STORE_ERROR_TEXT_MAX])
{
    unsigned char head[HEADER_BYTES];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return look_for_wal(path, error_out);
    n = fd < 0 ? -1 : read(fd, head, sizeof(head));
    if (fd >= 0)
        (void)close(fd);
    if (n < 0)
        return say(error_out, STORE_DAMAGED, path, "the store can not be read");
    if (n < (ssize_t)sizeof(head) || memcmp(head, magic, sizeof(magic)) != 0)
        return say(error_out, STORE_DAMAGED, path,
                   "this is no database, or a damaged one; move it away and restore a backup");
    if (big_endian(head + APPLICATION_ID_AT) != DB_APPLICATION_ID)
        return say(error_out, STORE_FOREIGN, path,
                   "this database is not refractd's; name another file as the store");
    return STORE_OK;
}

/* A file of its own, because closing any descriptor of the database would drop SQLite's locks on it
 * (sqlite.org/howtocorrupt, 2.2). */
int
file_lock(const char *path, char error_out[STORE_ERROR_TEXT_MAX])
{
    char *name = sqlite3_mprintf("%s.lock", path);
    int fd = name == NULL ? -1 : open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    sqlite3_free(name);
    if (fd < 0) {
        (void)say(error_out, STORE_NONE, path, "no lock file can be made beside the store");
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)say(error_out, STORE_NONE, path, "the store is in use by another process");
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool
sync_at(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static bool
sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder;
    bool ok;

    if (slash == NULL)
        return sync_at(".", O_RDONLY | O_DIRECTORY);
    folder = sqlite3_mprintf("%.*s", (int)(slash - path) + 1, path);
    ok = folder != NULL && sync_at(folder, O_RDONLY | O_DIRECTORY);
    sqlite3_free(folder);
    return ok;
}

bool
file_publish(const char *from, const char *to)
{
    return sync_at(from, O_RDONLY) && rename(from, to) == 0 && sync_folder_of(to);
}

static int
vacuum_into(sqlite3 *db, const char *path)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int
file_copy(sqlite3 *db, const char *path)
{
    char *part = sqlite3_mprintf("%s.part", path);
    mode_t mask = umask(077);
    int rc = SQLITE_NOMEM;

    if (part != NULL) {
        (void)unlink(part); /* of a try that was cut short */
        rc = vacuum_into(db, part);
    }
    if (rc == SQLITE_OK && !file_publish(part, path))
        rc = SQLITE_IOERR;
    if (rc != SQLITE_OK && part != NULL)
        (void)unlink(part);
    (void)umask(mask);
    sqlite3_free(part);
    return rc;
}
