#define _GNU_SOURCE /* memfd_create() */
#include "sys/sharedpage.h"

#include "sys/fatal.h"
#include "sys/testhook.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The table is small: an entry is a message that a role died on and has not come through since. */
enum { ENTRIES = 64, WEIGHT_CRASH = 2, WEIGHT_KILL = 1, WEIGHT_LISTED = 4 };

static const uint32_t PAGE_MAGIC = 0x52464450; /* "RFDP" */

struct suspect {
    struct sha256 sha;
    uint32_t weight; /* 0: free; WEIGHT_LISTED and more: poison */
    uint32_t seq;    /* of the last death, to find the oldest */
};

struct poison_page {
    uint32_t magic;
    atomic_uint busy; /* 1 while the role is inside the message whose hash is current */
    struct sha256 current;
    uint32_t deaths;
    struct suspect suspect[ENTRIES];
};

static struct poison_page *
map_fd(int fd)
{
    void *p = mmap(NULL, sizeof(struct poison_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (p == MAP_FAILED)
        fatal(FATAL_MACHINE, "poison.map", LOG_ERRNO("error", errno));
    return p;
}

struct poison_page *
poison_new(int *fd_out)
{
    int fd = memfd_create("refractd-poison", MFD_CLOEXEC);
    struct poison_page *p;

    if (fd < 0 || ftruncate(fd, (off_t)sizeof *p) < 0)
        fatal(FATAL_MACHINE, "poison.new", LOG_ERRNO("error", errno));
    p = map_fd(fd);
    p->magic = PAGE_MAGIC;
    *fd_out = fd;
    return p;
}

struct poison_page *
poison_map(int fd)
{
    struct poison_page *p = map_fd(fd);

    if (p->magic != PAGE_MAGIC)
        fatal(FATAL_SOFTWARE, "poison.not_a_page");
    return p;
}

void
poison_unmap(struct poison_page **p)
{
    if (*p != NULL)
        (void)munmap(*p, sizeof **p);
    *p = NULL;
}

static struct suspect *
suspect_find(struct poison_page *p, const struct sha256 *sha)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        if (p->suspect[i].weight > 0 && sha256_cmp(&p->suspect[i].sha, sha) == 0)
            return &p->suspect[i];
    }
    return NULL;
}

void
poison_begin(struct poison_page *p, const struct sha256 *sha)
{
    if (p == NULL)
        return;
    p->current = *sha;
    atomic_store_explicit(&p->busy, 1, memory_order_release);
    if (!poison_is_listed(p, sha)) /* a listed one is not looked into */
        testhook_message(sha);
}

void
poison_end(struct poison_page *p)
{
    struct suspect *s;

    if (p == NULL)
        return;
    atomic_store_explicit(&p->busy, 0, memory_order_release);
    s = suspect_find(p, &p->current);
    if (s != NULL && s->weight < WEIGHT_LISTED)
        s->weight = 0;
}

bool
poison_is_listed(const struct poison_page *p, const struct sha256 *sha)
{
    if (p == NULL)
        return false;
    for (size_t i = 0; i < ENTRIES; i++) {
        if (p->suspect[i].weight >= WEIGHT_LISTED && sha256_cmp(&p->suspect[i].sha, sha) == 0)
            return true;
    }
    return false;
}

/* A free entry, or the one whose death is longest ago. */
static struct suspect *
suspect_room(struct poison_page *p)
{
    struct suspect *oldest = &p->suspect[0];

    for (size_t i = 0; i < ENTRIES; i++) {
        if (p->suspect[i].weight == 0)
            return &p->suspect[i];
        if (p->suspect[i].seq < oldest->seq)
            oldest = &p->suspect[i];
    }
    return oldest;
}

bool
poison_after_death(struct poison_page *p, enum poison_death how, struct sha256 *sha_out)
{
    struct suspect *s;
    bool before;

    p->deaths++;
    if (atomic_exchange(&p->busy, 0) == 0)
        return false;
    s = suspect_find(p, &p->current);
    if (s == NULL) {
        s = suspect_room(p);
        *s = (struct suspect){.sha = p->current};
    }
    before = s->weight >= WEIGHT_LISTED;
    s->weight += how == POISON_CRASHED ? WEIGHT_CRASH : WEIGHT_KILL;
    s->seq = p->deaths;
    *sha_out = p->current;
    return !before && s->weight >= WEIGHT_LISTED;
}
