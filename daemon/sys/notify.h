/*
 * What:    systemd's start-up and watchdog notices (sd_notify(3), the documented datagram
 *          protocol).
 * Owns:    the address taken from NOTIFY_SOCKET, which is removed from the environment so that
 *          roles do not inherit it.
 * Threads: the supervisor only.
 * Errors:  none: without systemd every call does nothing. We speak the protocol ourselves: it is
 *          one datagram, and libsystemd would bring five libraries into a daemon that reads outside
 *          bytes.
 */
#ifndef RFD_SYS_NOTIFY_H
#define RFD_SYS_NOTIFY_H

#include "base/assert.h"

#include <stdint.h>

void notify_open(void);
void notify_close(void);
void notify_ready(void);
void notify_reloading(int64_t mono_us);
void notify_stopping(void);
void notify_watchdog(void);
void notify_status(const char *fmt, ...) RFD_PRINTF(1, 2); /* one line, no patient data */
int64_t notify_watchdog_ms(void);                          /* what systemd waits; 0: no watchdog */

#endif
