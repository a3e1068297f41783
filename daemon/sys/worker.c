#include "sys/worker.h"

#include "sys/fatal.h"
#include "sys/io.h"
#include "sys/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
    worker_fn *run;
    worker_fn *done;
    void *arg;
    struct job *next;
};

struct jobs {
    struct job *first;
    struct job **end;
    size_t count;
};

struct worker {
    struct loop *loop;
    int wake_fd; /* the worker's word to the loop: something is finished */
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t filled;
    struct jobs waiting[WORKER_LANES];
    size_t max[WORKER_LANES];
    struct jobs finished;
    bool ending;
};

static void
jobs_add(struct jobs *q, struct job *j)
{
    j->next = NULL;
    *q->end = j;
    q->end = &j->next;
    q->count++;
}

static struct job *
jobs_take(struct jobs *q)
{
    struct job *j = q->first;

    if (j == NULL)
        return NULL;
    q->first = j->next;
    if (q->first == NULL)
        q->end = &q->first;
    q->count--;
    return j;
}

/* With the lock held. */
static struct job *
next_job(struct worker *w)
{
    struct job *j = NULL;

    while (!w->ending) {
        for (size_t i = 0; j == NULL && i < WORKER_LANES; i++)
            j = jobs_take(&w->waiting[i]);
        if (j != NULL)
            return j;
        (void)pthread_cond_wait(&w->filled, &w->lock);
    }
    return NULL;
}

static void *
work(void *arg)
{
    struct worker *w = arg;
    struct job *j;

    (void)pthread_mutex_lock(&w->lock);
    while ((j = next_job(w)) != NULL) {
        uint64_t one = 1;

        (void)pthread_mutex_unlock(&w->lock);
        j->run(j->arg);
        (void)pthread_mutex_lock(&w->lock);
        jobs_add(&w->finished, j);
        if (write(w->wake_fd, &one, sizeof one) < 0)
            fatal(FATAL_MACHINE, "worker.wake", LOG_ERRNO("error", errno));
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

static struct job *
take_finished(struct worker *w)
{
    struct job *j;

    (void)pthread_mutex_lock(&w->lock);
    j = jobs_take(&w->finished);
    (void)pthread_mutex_unlock(&w->lock);
    return j;
}

static void
finish(struct job *j)
{
    j->done(j->arg);
    xfree(j);
}

static void
on_wake(struct loop *l, int fd, unsigned events, void *arg)
{
    struct worker *w = arg;
    struct job *j;
    uint64_t count;

    (void)l;
    (void)events;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
        fatal(FATAL_MACHINE, "worker.wake", LOG_ERRNO("error", errno));
    while ((j = take_finished(w)) != NULL)
        finish(j);
}

/* Signals are the loop's: the thread takes none. */
static void
start(struct worker *w)
{
    sigset_t all;
    sigset_t before;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&w->thread, NULL, work, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        fatal(FATAL_MACHINE, "worker.no_thread", LOG_ERRNO("error", rc));
}

struct worker *
worker_new(struct loop *l, const size_t lane_max[WORKER_LANES])
{
    struct worker *w = xcalloc(1, sizeof *w);

    w->loop = l;
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake_fd < 0)
        fatal(FATAL_MACHINE, "worker.wake", LOG_ERRNO("error", errno));
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->filled, NULL);
    w->finished.end = &w->finished.first;
    for (size_t i = 0; i < WORKER_LANES; i++) {
        w->waiting[i].end = &w->waiting[i].first;
        w->max[i] = lane_max[i];
    }
    loop_add_fd(l, w->wake_fd, LOOP_READ, on_wake, w);
    start(w);
    return w;
}

void
worker_free(struct worker **wp)
{
    struct worker *w = *wp;
    struct job *j;

    if (w == NULL)
        return;
    (void)pthread_mutex_lock(&w->lock);
    w->ending = true;
    (void)pthread_cond_signal(&w->filled);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    while ((j = jobs_take(&w->finished)) != NULL)
        finish(j);
    for (size_t i = 0; i < WORKER_LANES; i++) {
        while ((j = jobs_take(&w->waiting[i])) != NULL)
            finish(j);
    }
    loop_del_fd(w->loop, w->wake_fd);
    io_close(&w->wake_fd);
    (void)pthread_cond_destroy(&w->filled);
    (void)pthread_mutex_destroy(&w->lock);
    xfree(w);
    *wp = NULL;
}

bool
worker_give(struct worker *w, unsigned lane, worker_fn *run, worker_fn *done, void *arg)
{
    struct job *j;
    bool room;

    rfd_assert(lane < WORKER_LANES);
    (void)pthread_mutex_lock(&w->lock);
    room = !w->ending && w->waiting[lane].count < w->max[lane];
    if (room) {
        j = xcalloc(1, sizeof *j);
        *j = (struct job){run, done, arg, NULL};
        jobs_add(&w->waiting[lane], j);
        (void)pthread_cond_signal(&w->filled);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return room;
}
