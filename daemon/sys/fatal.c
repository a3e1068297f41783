#include "sys/fatal.h"

#include <unistd.h>

void
fatal_write(enum fatal_code code, const char *event, const struct log_field *fields)
{
    log_force_stderr(); /* whoever starts us by hand must see why it ended */
    log_write(LOG_LEVEL_ERROR, event, fields);
    _exit((int)code);
}
