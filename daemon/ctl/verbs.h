/*
 * What:    the verbs of refractctl as functions, each by the file that has it.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  an enum call_exit; what is wrong is on stderr by then.
 */
#ifndef RFD_CTL_VERBS_H
#define RFD_CTL_VERBS_H

#include "ctl/call.h"

struct control_reply;
struct control_request;

int online_ask(const struct call *c);   /* one question to core, its lines printed */
int online_enter(const struct call *c); /* the same, with the options as words of the request */
int online_snooze(const struct call *c);
int online_escalate(const struct call *c);
int online_tail(const struct call *c); /* events as they come, until interrupted; --once: so far */

/* RUNTIME_DIR/control.sock by --socket, --config or default; NULL with diags printed. */
const char *online_socket(const struct call *c);
/* One request over it, the lines of the reply printed: its exit code. */
int online_reply(const char *path, const struct control_request *rq, struct arena *a,
                 struct control_reply *out);

int import_run(const struct call *c);   /* rows of files → core */
int reports_list(const struct call *c); /* what a person should read */
int reports_one(const struct call *c);  /* one of them: shown, written to a file, taken out */

int unmapped_verb(const struct call *c); /* what feeds send that no map knows */
int reparse_verb(const struct call *c);  /* stored messages read again, until all are */

int parse_run(const struct call *c); /* messages → facts */
int send_run(const struct call *c);  /* messages → an MLLP listener, answers printed */
int eval_run(const struct call *c); /* messages → alerts, by the core itself on a store in memory */

int criteria_test(const struct call *c);
int criteria_list(const struct call *c);
int criteria_check(const struct call *c);
int criteria_show_rule(const struct call *c);
int criteria_sign(const struct call *c); /* the one verb that writes into a config folder */
int therapies_sign(const struct call *c);
int trials_check(const struct call *c);
int civic_import(const struct call *c); /* CIViC evidence → drafts of therapies */
int ctgov_import(const struct call *c); /* ClinicalTrials.gov studies → drafts of CTML */

int user_password(const struct call *c); /* stdin → a line for users.yaml */

int backtest_run(const struct call *c); /* another set of rules over the store */

int match_run(const struct call *c);  /* facts or rows → trials */
int compat_run(const struct call *c); /* match --compat: MatchMiner's rows → its answers */

#endif
