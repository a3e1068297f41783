/*
 * What:    the shipped config/, compiled: what fuzz targets and benchmarks work with.
 * Owns:    everything lives in the arena given. Run from the repository's root.
 * Threads: one.
 * Errors:  a config that does not compile: its diags on stderr, then exit 2.
 */
#ifndef RFD_TESTS_SHIPPED_H
#define RFD_TESTS_SHIPPED_H

#include "knowledge/load.h"

struct knowledge_set *shipped_knowledge(struct arena *a);
/* The same with the settings of config/refractd.yaml, defaults where it has none, and with that
 * directory.yaml: budgets and hours are those of a site that has changed nothing. */
struct knowledge_set *shipped_site(struct arena *a, struct str directory);

#endif
