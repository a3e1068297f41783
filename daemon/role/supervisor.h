/*
 * What:    the supervisor: one process per role, started in order, restarted when they die, stopped
 *          in order; config read once and handed to them sealed; systemd's ready and watchdog.
 * Owns:    everything it starts; it returns when the last role has ended.
 * Threads: one; no ZeroMQ context, so that it may fork at any time.
 * Errors:  the exit code: 0 after an orderly stop, FATAL_CONFIG when the config is refused at
 *          start, a role's own code when it could not start at all (role.h), FATAL_SOFTWARE when
 *          roles had to be killed in the end.
 */
#ifndef RFD_ROLE_SUPERVISOR_H
#define RFD_ROLE_SUPERVISOR_H

#include "role/check.h"
#include "role/child.h"

struct supervisor_args {
    const char *config_file;
    bool log_stderr;
    const struct check_hook *hooks;
    struct child_timing timing;
    int64_t watch_max_ms; /* the watchdog is fed while core's last commit or idle is younger */
};

enum { SUPERVISOR_WATCH_MAX_MS = 5000 };

int supervisor_run(const struct supervisor_args *args);

#endif
