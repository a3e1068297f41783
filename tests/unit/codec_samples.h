/*
 * What:    one fact of each kind and one message with every field filled, for the tests of codec/.
 * Owns:    nothing; the text is constant.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_CODEC_SAMPLES_H
#define RFD_TESTS_CODEC_SAMPLES_H

#include "base/arena.h"
#include "model/alert.h"
#include "model/message.h"

struct fact sample_fact(enum fact_kind kind);
struct result_message sample_message(struct arena *a); /* a fact of each kind */
struct alert sample_alert(struct arena *a);            /* by alert_build(), then sent */

#endif
