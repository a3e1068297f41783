/*
 * What:    the verbs of refractctl as functions, each by the file that has it.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  an enum call_exit; what is wrong is on stderr by then.
 */
#ifndef RFD_CTL_VERBS_H
#define RFD_CTL_VERBS_H

#include "ctl/call.h"

int online_ask(const struct call *c);  /* one question to core, its lines printed */
int online_tail(const struct call *c); /* events as they come, until interrupted; --once: so far */

int parse_run(const struct call *c); /* messages → facts */
int send_run(const struct call *c);  /* messages → an MLLP listener, answers printed */
int eval_run(const struct call *c); /* messages → alerts, by the core itself on a store in memory */

int criteria_test(const struct call *c);
int criteria_list(const struct call *c);
int criteria_check(const struct call *c);
int criteria_show_rule(const struct call *c);
int criteria_sign(const struct call *c); /* the one verb that writes into a config folder */
int trials_check(const struct call *c);
int civic_import(const struct call *c); /* CIViC evidence → drafts of therapies */
int ctgov_import(const struct call *c); /* ClinicalTrials.gov studies → drafts of CTML */

int backtest_run(const struct call *c); /* another set of rules over the store */

int match_run(const struct call *c);  /* facts or rows → trials */
int compat_run(const struct call *c); /* match --compat: MatchMiner's rows → its answers */

#endif
