/*
 * What:    the control verb take: messages that refractctl has read from files, stored as those
 *          of a feed are, one slice in one transaction.
 * Owns:    nothing.
 * Threads: the core role, not while a batch is open.
 * Errors:  a body that is no batch, as ask_fail(). What became of each message is a line.
 */
#ifndef RFD_CORE_TAKE_H
#define RFD_CORE_TAKE_H

#include "core/ask.h"

/* The feed that such messages are of. No feed of a config may have this name. */
#define TAKE_FEED STR("import")

void take_run(struct ask *k);

#endif
