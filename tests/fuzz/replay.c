/* main() for a fuzz target without libFuzzer: each file named, and each file of a folder named,
 * goes
 * through the target once. Exit 1 when there was none. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { FILE_MAX = 1 << 20 };

static size_t
run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *whole = malloc(FILE_MAX);
    uint8_t *exact;
    size_t n;

    if (f == NULL || whole == NULL) {
        perror(path);
        exit(2);
    }
    n = fread(whole, 1, FILE_MAX, f);
    (void)fclose(f);
    exact = malloc(n + (n == 0)); /* a read past its end is then seen */
    if (exact == NULL)
        exit(2);
    memcpy(exact, whole, n);
    free(whole);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 1;
}

static size_t
run(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *e;
    size_t n = 0;

    if (d == NULL)
        return run_file(path);
    while ((e = readdir(d)) != NULL) {
        char file[4096];

        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
        n += run_file(file);
    }
    (void)closedir(d);
    return n;
}

int
main(int argc, char **argv)
{
    size_t n = 0;

    for (int i = 1; i < argc; i++)
        n += run(argv[i]);
    printf("%s: %zu inputs\n", strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1,
           n);
    return n == 0;
}
