#include "deliver/keyfile.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool
keyfile_read(const char *path, struct keyfile *out)
{
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    *out = (struct keyfile){.n = 0};
    if (fd < 0)
        return false;
    n = read(fd, out->text, sizeof out->text);
    (void)close(fd);
    if (n <= 0 || n == (ssize_t)sizeof out->text)
        return false;
    out->n = (size_t)n;
    while (out->n > 0 && (out->text[out->n - 1] == '\n' || out->text[out->n - 1] == '\r'))
        out->n--;
    return out->n > 0;
}

struct str
keyfile_str(const struct keyfile *k)
{
    return (struct str){k->text, k->n};
}

void
keyfile_forget(struct keyfile *k)
{
    memset(k->text, 0, sizeof k->text);
    k->n = 0;
}
