/*
 * What:    the routes that the config names: made, fed, asked how they are, ended.
 * Owns:    all of them, until outroutes_free(&o).
 * Threads: the out role.
 * Errors:  a route that cannot be made is fatal: --check has tried it.
 */
#ifndef RFD_ROLE_OUTROUTES_H
#define RFD_ROLE_OUTROUTES_H

#include "deliver/corelink.h"
#include "role/role.h"

struct outroutes;

struct outroutes *outroutes_new(struct role_env *env, struct corelink *core);
void outroutes_free(struct outroutes **o);
void outroutes_reply(struct outroutes *o, const struct fetch_reply *r);
void outroutes_wake(struct outroutes *o);

#endif
