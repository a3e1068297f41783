#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double
bench_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
bench_row(const char *name, double value, const char *unit)
{
    printf("%s\t%.6g\t%s\n", name, value, unit);
    (void)fflush(stdout);
}

void
bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

static struct str
whole_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *bytes;
    long n;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
        bench_fail(path);
    rewind(f);
    bytes = arena_alloc(a, (size_t)n);
    if (fread(bytes, 1, (size_t)n, f) != (size_t)n)
        bench_fail(path);
    (void)fclose(f);
    return (struct str){bytes, (size_t)n};
}

struct str *
bench_files(struct arena *a, const char *list, size_t *count_out)
{
    struct str rest = whole_file(a, list);
    struct str *file = ARENA_ARRAY(a, rest.n, struct str);
    struct str path;
    size_t n = 0;

    while (str_cut(rest, '\n', &path, &rest))
        file[n++] = whole_file(a, str_cz(a, path));
    *count_out = n;
    return file;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
        int args;
    } verbs[] = {
        {"hl7", bench_hl7, 2},           {"ingest", bench_ingest, 2}, {"engine", bench_engine, 1},
        {"raw", bench_raw, 1},           {"mllp", bench_mllp, 4},     {"match", bench_match, 2},
        {"newtrial", bench_newtrial, 2},
    };

    for (size_t i = 0; argc > 1 && i < RFD_COUNT(verbs); i++) {
        if (strcmp(argv[1], verbs[i].name) == 0 && argc == 2 + verbs[i].args)
            return verbs[i].run(argc - 2, argv + 2);
    }
    fprintf(stderr, "usage: bench hl7|ingest|engine|raw|mllp ...: see tests/bench/bench.h\n");
    return 2;
}
