#include "console/reader.h"

#include "sys/log.h"

struct store *
reader_store(struct reader *r)
{
    char error[STORE_ERROR_TEXT_MAX] = "";

    if (r->store == NULL && store_open_reader(r->path, &r->store, error) != STORE_OK) {
        log_warn("console.no_store");
        r->store = NULL;
    }
    if (r->store != NULL)
        store_quiet(r->store);
    return r->store;
}

void
reader_close(struct reader *r)
{
    store_close(&r->store);
}
