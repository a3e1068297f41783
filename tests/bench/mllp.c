/* MLLP through the running daemon: so many connections, each with one message on its way. Reports
 * messages per second and the answer times. */
#include "base/date.h"
#include "base/sort.h"
#include "bench.h"
#include "sys/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, TIMES_MAX = 1 << 20, PATIENTS = 300, WARM_UP = 100 };

struct line {
    struct pollfd *fd;
    double sent;
    char answer[4096];
    size_t got;
};

struct load {
    struct line line[CONNECTIONS_MAX];
    struct pollfd fd[CONNECTIONS_MAX];
    size_t count;
    const char *tag;
    size_t sent;
    double *ms;
    size_t answers;
    day_t today;
};

static int
dial(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
        bench_fail("no connection");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

/* A PSA each, spread over patients; the first message of a patient is his diagnosis. */
static int
compose(const struct load *l, char *out, size_t size)
{
    size_t patient = l->sent % PATIENTS;
    size_t turn = l->sent / PATIENTS;
    char day[DAY_TEXT_MAX];
    char compact[DAY_TEXT_MAX];

    (void)day_format(l->today - 400 + (day_t)(turn % 380), day);
    (void)snprintf(compact, sizeof(compact), "%.4s%.2s%.2s", day, day + 5, day + 8);
    if (turn == 0)
        return snprintf(
            out, size,
            "\vMSH|^~\\&|BENCH|DEMOHOSP|R|D|%s080000+0100||ADT^A04^ADT_A01|%s%zu|P|2.5.1\r"
            "EVN|A04|%s080000+0100\rPID|1||%s%zu^^^DEMO^MR\r"
            "DG1|1||C61^prostate^I10C||%s|W\r\x1c\r",
            compact, l->tag, l->sent, compact, l->tag, patient, compact);
    return snprintf(
        out, size,
        "\vMSH|^~\\&|BENCH|DEMOHOSP|R|D|%s113000+0100||ORU^R01^ORU_R01|%s%zu|P|2.5.1\r"
        "PID|1||%s%zu^^^DEMO^MR\r"
        "OBR|1||F%zu^B|2857-1^PSA^LN|||%s080000+0100|||||||||||||||%s113000+0100||CH|F\r"
        "OBX|1|NM|2857-1^PSA^LN|1|%zu.%zu|ng/mL|0-4||||F|||%s080000+0100\r\x1c\r",
        compact, l->tag, l->sent, l->tag, patient, l->sent, compact, compact, 2 + patient % 7,
        turn % 10, compact);
}

static void
send_next(struct load *l, struct line *x)
{
    char text[1024];
    int n = compose(l, text, sizeof(text));

    l->sent++;
    x->got = 0;
    x->sent = bench_now();
    if (write(x->fd->fd, text, (size_t)n) != n)
        bench_fail("a message could not be written");
}

/* True when the answer is whole. */
static bool
take(struct line *x)
{
    ssize_t n = read(x->fd->fd, x->answer + x->got, sizeof(x->answer) - 1 - x->got);

    if (n <= 0)
        bench_fail("the connection ended");
    x->got += (size_t)n;
    x->answer[x->got] = '\0';
    if (x->got < 2 || x->answer[x->got - 1] != '\r' || x->answer[x->got - 2] != 0x1c)
        return false;
    if (strstr(x->answer, "MSA|AA|") == NULL)
        bench_fail("an answer was not AA");
    return true;
}

static void
run(struct load *l, size_t messages, double seconds)
{
    double end = bench_now() + seconds;
    size_t open = 0;

    l->answers = 0;
    for (size_t i = 0; i < l->count; i++, open++)
        send_next(l, &l->line[i]);
    while (open > 0) {
        if (poll(l->fd, l->count, 10000) <= 0)
            bench_fail("no answer");
        for (size_t i = 0; i < l->count; i++) {
            if (l->fd[i].revents == 0 || !take(&l->line[i]))
                continue;
            l->ms[l->answers++] = (bench_now() - l->line[i].sent) * 1000;
            if (l->answers < messages && bench_now() < end && l->answers < TIMES_MAX - l->count)
                send_next(l, &l->line[i]);
            else
                open--;
        }
    }
}

static int
ms_cmp(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

int
bench_mllp(int argc, char **argv)
{
    struct load *l;
    struct arena a;
    double begin;
    double seconds = atof(argv[2]);
    char row[64];

    (void)argc;
    mem_arena_new(&a, (size_t)1 << 28);
    l = ARENA_NEW(&a, struct load);
    l->ms = ARENA_ARRAY(&a, TIMES_MAX, double);
    l->count = (size_t)atoi(argv[1]);
    l->tag = argv[3];
    l->today = stamp_day(stamp_of_utc((int64_t)time(NULL)));
    if (l->count < 1 || l->count > CONNECTIONS_MAX)
        bench_fail("too many connections");
    for (size_t i = 0; i < l->count; i++) {
        l->fd[i] = (struct pollfd){dial(atoi(argv[0])), POLLIN, 0};
        l->line[i].fd = &l->fd[i];
    }
    run(l, PATIENTS + WARM_UP, 30);
    begin = bench_now();
    run(l, SIZE_MAX, seconds);
    (void)snprintf(row, sizeof(row), "mllp.%zu.messages", l->count);
    bench_row(row, (double)l->answers / (bench_now() - begin), "messages/s");
    sort_stable(&a, l->ms, l->answers, sizeof(*l->ms), ms_cmp);
    (void)snprintf(row, sizeof(row), "mllp.%zu.p50", l->count);
    bench_row(row, l->ms[l->answers / 2], "ms");
    (void)snprintf(row, sizeof(row), "mllp.%zu.p99", l->count);
    bench_row(row, l->ms[l->answers * 99 / 100], "ms");
    return 0;
}
