/* refractctl: one table of verbs, read for the command line, for help and for hints. */
#include "base/sb.h"
#include "ctl/verbs.h"
#include "sys/mem.h"
#include "wire/tree.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#ifndef RFD_VERSION
#define RFD_VERSION "unknown"
#endif

enum { MANY = 1000000, VERB_TEXT_MAX = 64, VERB_WORDS_MAX = 3 };

static const size_t ARENA_BYTES = (size_t)8 << 30; /* address space; pages are taken when touched */

typedef int verb_run(const struct call *c);

struct verb {
    const char *name;
    size_t args_min;
    size_t args_max;
    uint64_t options;
    verb_run *run;
    const char *grammar; /* after the name */
    const char *help;
};

static int help_run(const struct call *c);
static int version_run(const struct call *c);
static int completion_run(const struct call *c);

#define ONLINE (OPT_BIT(OPT_SOCKET) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_JSON))
#define RULES  (OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_CRITERIA))
#define BACKTEST                                                                            \
    (OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_CRITERIA) | OPT_BIT(OPT_SINCE) | OPT_BIT(OPT_JSON) | \
     OPT_BIT(OPT_REVIEW_SAMPLE) | OPT_BIT(OPT_REVIEW_READ))
#define READING (OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_MAP) | OPT_BIT(OPT_FEED) | OPT_BIT(OPT_JSON))
#define IMPORTING                                                                                  \
    (ONLINE | READING | OPT_BIT(OPT_DATE_FORMAT) | OPT_BIT(OPT_DELIMITER) | OPT_BIT(OPT_PARTIAL) | \
     OPT_BIT(OPT_DRY_RUN) | OPT_BIT(OPT_LIVE))
#define IMPORT_GRAMMAR                                                                         \
    "[--config FILE] [--map FILE | --feed NAME] [--date-format FORM] [--dry-run] [--partial] " \
    "[--live] FILE.csv..."
#define MATCHING                                                                                \
    (OPT_BIT(OPT_COMPAT) | OPT_BIT(OPT_TRIALS) | OPT_BIT(OPT_CLINICAL) | OPT_BIT(OPT_GENOMIC) | \
     OPT_BIT(OPT_PRIOR) | OPT_BIT(OPT_ONCOTREE) | OPT_BIT(OPT_AGE_DATE) | OPT_BIT(OPT_CLOSED) | \
     OPT_BIT(OPT_DECEASED) | OPT_BIT(OPT_AS_OF) | READING)

/* What the running core answers first, then what needs no daemon. */
static const struct verb verbs[] = {
    {"status", 0, 0, ONLINE, online_ask, "",
     "messages received and what became of them, alerts open"},
    {"counters", 0, 0, ONLINE, online_ask, "", "every counter that survives restarts"},
    {"feeds", 0, 0, ONLINE, online_ask, "",
     "each feed: address, state, connections, messages, last message, certificate"},
    {"queues", 0, 0, ONLINE, online_ask, "",
     "each route's cursor, how far it is behind and since when, its state and last problem"},
    {"alerts", 0, 1, ONLINE, online_ask, "[all|review|shadow]",
     "alerts that are open, one line each; those held for review; findings of unsigned rules"},
    {"approve", 1, 1, ONLINE, online_ask, "ID", "let out an alert that is held for review"},
    {"refuse", 2, 2, ONLINE, online_ask, "ID REASON", "keep it in, with the reason"},
    {"show", 1, 1, ONLINE, online_ask, "ID", "an alert as the care team reads it"},
    {"tail", 0, 0, ONLINE | OPT_BIT(OPT_FROM) | OPT_BIT(OPT_ONCE), online_tail,
     "[--from SEQ] [--once]", "alert events since SEQ (0: all that are kept), then as they come"},
    {"explain", 1, 2, ONLINE, online_ask, "ALERT|AUTHORITY:PATIENT [TRIAL]",
     "every rule that applies to a patient, or every condition of a trial: what it finds or lacks"},
    {"facts", 1, 2, ONLINE, online_ask, "AUTHORITY:PATIENT [KIND]",
     "what is in force of a patient, each fact with the name that `enter wrong` takes"},
    {"enter therapy", 1, 1,
     ONLINE | OPT_BIT(OPT_DRUG) | OPT_BIT(OPT_START) | OPT_BIT(OPT_STOP) | OPT_BIT(OPT_REASON) |
         OPT_BIT(OPT_INTENT),
     online_enter,
     "AUTHORITY:PATIENT --drug NAME --start DATE [--stop DATE [--reason TEXT]] [--intent TEXT]",
     "a therapy as a person knows it: it outranks what messages only let infer"},
    {"enter stop", 1, 1, ONLINE | OPT_BIT(OPT_DRUG) | OPT_BIT(OPT_DATE) | OPT_BIT(OPT_REASON),
     online_enter, "AUTHORITY:PATIENT --drug NAME --date DATE [--reason TEXT]",
     "a therapy has ended"},
    {"enter response", 1, 1,
     ONLINE | OPT_BIT(OPT_CODE) | OPT_BIT(OPT_DATE) | OPT_BIT(OPT_CRITERIA) | OPT_BIT(OPT_SITE) |
         OPT_BIT(OPT_REPORT),
     online_enter,
     "AUTHORITY:PATIENT --code PD --date DATE [--criteria recist11] [--site brain] [--report "
     "JOURNAL]",
     "a tumour response that a person has read in a report"},
    {"enter diagnosis", 1, 1, ONLINE | OPT_BIT(OPT_CODE) | OPT_BIT(OPT_DATE), online_enter,
     "AUTHORITY:PATIENT --code LUAD [--date DATE]", "a cancer diagnosis, as an OncoTree code"},
    {"enter board", 1, 1, ONLINE | OPT_BIT(OPT_DATE), online_enter,
     "AUTHORITY:PATIENT [--date DATE]", "the patient was referred to the tumour board"},
    {"enter wrong", 2, 2, ONLINE | OPT_BIT(OPT_REASON), online_enter,
     "AUTHORITY:PATIENT FACT [--reason TEXT]",
     "a fact is not so: it is taken back as if its sender had withdrawn it"},
    {"enter restriction", 3, 3, ONLINE | OPT_BIT(OPT_REASON), online_enter,
     "AUTHORITY:PATIENT no_use|no_contact|opted_out|no_research|vip|hospice on|off",
     "what the patient or the hospital has decided on the use of these data"},
    {"import diagnoses", 1, MANY, IMPORTING, import_run, IMPORT_GRAMMAR,
     "rows of a registry's table of diagnoses, as messages of the feed import"},
    {"import therapy", 1, MANY, IMPORTING, import_run, IMPORT_GRAMMAR,
     "rows of what was given, from when to when, and why it ended"},
    {"import responses", 1, MANY, IMPORTING, import_run, IMPORT_GRAMMAR,
     "rows of tumour responses"},
    {"quarantine", 0, 0, ONLINE | OPT_BIT(OPT_FROM), online_ask, "[--from JOURNAL]",
     "messages that could not be understood, with reason and place"},
    {"reports", 0, 0, ONLINE | OPT_BIT(OPT_ALL) | OPT_BIT(OPT_QUOTE) | OPT_BIT(OPT_FROM),
     reports_list, "[--all] [--quote]", "reports that nobody has read yet, marked ones first"},
    {"report", 1, 2, ONLINE | OPT_BIT(OPT_OUT), reports_one, "NUMBER [done|coded] [--out FILE]",
     "what a report says; done: it leaves the queue; coded: what it says was entered"},
    {"dead", 0, 1, ONLINE, online_ask, "[ROUTE]", "what a route's receiver refused for good"},
    {"drop", 2, 2, ONLINE, online_ask, "ROUTE EVENT", "forget one event that was put aside"},
    {"hold", 1, 1, ONLINE, online_ask, "ROUTE", "stop a route; what comes is kept for it"},
    {"release", 1, 1, ONLINE, online_ask, "ROUTE", "let a held route go on"},
    {"retry", 1, 2, ONLINE, online_ask, "ROUTE [EVENT]",
     "send again what the receiver had refused"},
    {"skip", 1, 1, ONLINE, online_ask, "ROUTE",
     "put aside what a route cannot get through, so that the next has its turn"},
    {"ack", 1, 1, ONLINE, online_ask, "ID", "acknowledge an alert"},
    {"override", 2, 2, ONLINE, online_ask, "ID REASON", "set an alert aside, with the reason"},
    {"snooze", 1, 1, ONLINE | OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_DAYS), online_snooze,
     "ID --until DATE | --days N", "quiet until then, unless it gets worse"},
    {"escalate", 1, 1, ONLINE | OPT_BIT(OPT_TO), online_escalate, "ID [--to POOL]",
     "ask a pool of the directory; mtb: the tumour board's list"},
    {"resolve", 1, 2, ONLINE, online_ask, "ID [REASON]", "what it is about is settled"},
    {"unresolved", 0, 0, ONLINE, online_ask, "",
     "whom messages name that the directory does not have"},
    {"rules", 0, 0, ONLINE, online_ask, "",
     "what became of each rule's alerts: fired, acknowledged, overridden by reason, retracted"},
    {"unmapped", 0, 0, ONLINE | OPT_BIT(OPT_FEED) | OPT_BIT(OPT_ALL) | OPT_BIT(OPT_CSV),
     unmapped_verb, "[--feed NAME] [--all] [--csv]",
     "codes, drugs, answers and units that no map knows, and the rules that wait for them; --csv: "
     "test codes in RELMA's columns"},
    {"reparse", 0, 1000,
     ONLINE | OPT_BIT(OPT_FEED) | OPT_BIT(OPT_REASON) | OPT_BIT(OPT_SINCE) |
         OPT_BIT(OPT_ALL_QUARANTINED) | OPT_BIT(OPT_CHANGED),
     reparse_verb,
     "[JOURNAL...] | [--all-quarantined] [--changed] [--reason R] [--feed NAME] [--since DAY]",
     "read stored messages again by the present maps; what all options say must hold. Without any: "
     "how far a running one is"},
    {"backup", 1, 1, ONLINE, online_ask, "FILE", "write a copy of the store"},
    {"verify", 0, 0, ONLINE, online_ask, "",
     "check the chained hashes of journal, outbox and audit"},
    {"parse", 1, MANY, READING | OPT_BIT(OPT_EXPLAIN), parse_run,
     "[--config FILE] [--feed NAME | --map FILE] [--explain] FILE...",
     "HL7 messages to facts, one JSON line each; --explain: where each field came from"},
    {"send", 1, MANY, OPT_BIT(OPT_MLLP) | OPT_BIT(OPT_TIMEOUT) | OPT_BIT(OPT_JSON), send_run,
     "--mllp HOST:PORT [--timeout SECONDS] FILE...", "send HL7 messages and wait for each answer"},
    {"eval", 1, MANY, READING | OPT_BIT(OPT_AS_OF) | OPT_BIT(OPT_TEXT) | OPT_BIT(OPT_EXPLAIN),
     eval_run,
     "[--config FILE] [--feed NAME | --map FILE] [--as-of TIME] [--text] [--explain] "
     "FILE...",
     "messages to alerts without a daemon, one JSON line per version; nothing is stored"},
    {"criteria test", 1, MANY, OPT_BIT(OPT_CRITERIA), criteria_test,
     "[--criteria DIR] VECTORS.json...", "check the rules against worked timelines"},
    {"criteria list", 0, 0, RULES | OPT_BIT(OPT_JSON), criteria_list,
     "[--config FILE | --criteria DIR]", "the rules, with what they rest on"},
    {"criteria check", 0, 0, RULES, criteria_check, "[--config FILE | --criteria DIR]",
     "compile the rules and say what is wrong, with file:line:column"},
    {"criteria show", 1, 1, RULES, criteria_show_rule, "[--config FILE | --criteria DIR] ID",
     "a rule in plain English, for those who review it"},
    {"criteria sign", 1, 1, RULES | OPT_BIT(OPT_BY) | OPT_BIT(OPT_ON) | OPT_BIT(OPT_REVIEW),
     criteria_sign, "[--config FILE | --criteria DIR] ID --by NAME [--on DATE] [--review]",
     "record that a person has read the rule as it stands, and lets it out of shadow"},
    {"therapies sign", 1, 1, OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_BY) | OPT_BIT(OPT_ON),
     therapies_sign, "[--config FILE] ID --by NAME [--on DATE]",
     "record that a person has read a therapy option as it stands, so that alerts may show it"},
    {"backtest", 0, 1, BACKTEST, backtest_run,
     "--config FILE [--criteria DIR] [--since DAY] | --review-sample N FILE | --review-read FILE",
     "what another set of rules would have found in the store; a blinded chart review. Nothing is "
     "sent or stored"},
    {"board", 1, 1, ONLINE, online_ask, "ALERT|AUTHORITY:PATIENT",
     "for a tumour board: every option and trial with every reason, what was set aside, case "
     "reports and preclinical evidence"},
    {"trials", 0, 0, ONLINE, online_ask, "",
     "each trial file: id, whether it is open here and as of when, arms, what is wrong with it"},
    {"trials check", 0, MANY, OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_JSON), trials_check, "[PATH...]",
     "compile CTML trials; names that are not known are listed"},
    {"match", 0, MANY, MATCHING, match_run,
     "[--config FILE] [--trials PATH...] [--as-of TIME] MESSAGES... | "
     "--compat --trials PATH... --clinical FILE [--genomic FILE] [--oncotree FILE]",
     "messages to trials with every reason; --compat: MatchMiner's rows to its own answers"},
    {"trials import ctgov", 1, MANY, OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_OUT), ctgov_import,
     "[--config FILE] [--out DIR] FILE...",
     "studies of ClinicalTrials.gov (API v2, JSON) as drafts in CTML"},
    {"knowledge import civic", 1, MANY, OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_OUT), civic_import,
     "[--config FILE] [--out FILE] FILE...",
     "evidence of CIViC (TSV) as drafts of therapy options; what could not be mapped on stderr"},
    {"user password", 0, 0, 0, user_password, "",
     "the hash of a password read from stdin, for the console's users.yaml"},
    {"completion", 0, 0, 0, completion_run, "",
     "what bash needs to complete these verbs, to be sourced"},
    {"version", 0, 0, 0, version_run, "", "print the version"},
    {"help", 0, MANY, 0, help_run, "[VERB]", "this list, or one verb"},
};

static const struct {
    const char *name;
    const char *value; /* NULL: takes none */
    const char *help;
} options[OPT_COUNT] = {
    [OPT_JSON] = {"json", NULL, "print JSON lines"},
    [OPT_TEXT] = {"text", NULL, "print alerts as the care team reads them"},
    [OPT_ONCE] = {"once", NULL, "end when everything so far is printed"},
    [OPT_SOCKET] = {"socket", "PATH", "core's control socket (default /run/refractd/control.sock)"},
    [OPT_CONFIG] = {"config", "FILE", "refractd.yaml: its socket, feeds, knowledge and maps"},
    [OPT_MAP] = {"map", "FILE", "read messages by this map"},
    [OPT_FEED] = {"feed", "NAME", "read messages as this feed of the config does"},
    [OPT_AS_OF] = {"as-of", "TIME",
                   "2026-11-23 or 2026-11-23T10:15+01:00: see nothing received later"},
    [OPT_MLLP] = {"mllp", "HOST:PORT", "a listener, as a numeric address: 127.0.0.1:2575"},
    [OPT_TIMEOUT] = {"timeout", "SECONDS", "how long to wait for an answer (default 30)"},
    [OPT_CRITERIA] = {"criteria", "DIR",
                      "folder of rules (default config/criteria); of a response: what it was "
                      "judged by"},
    [OPT_OUT] = {"out", "PATH", "write there and not to stdout"},
    [OPT_BY] = {"by", "NAME", "who signs"},
    [OPT_ON] = {"on", "DATE", "the day of the signature (default today)"},
    [OPT_SINCE] = {"since", "DAY", "count what was raised on that day or later"},
    [OPT_REVIEW_SAMPLE] = {"review-sample", "N", "write N cases to FILE, half of them findings"},
    [OPT_REVIEW_READ] = {"review-read", "FILE", "what the answers in FILE say of each rule"},
    [OPT_FROM] = {"from", "SEQ", "begin after this number"},
    [OPT_COMPAT] = {"compat", NULL, "answer as MatchMiner does, from its own rows"},
    [OPT_TRIALS] = {"trials", "PATH", "a CTML file or a folder of them; may stand repeatedly"},
    [OPT_CLINICAL] = {"clinical", "FILE",
                      "MatchMiner's clinical collection, one JSON map per line"},
    [OPT_GENOMIC] = {"genomic", "FILE", "its genomic collection"},
    [OPT_PRIOR] = {"prior", "FILE", "its prior treatments"},
    [OPT_ONCOTREE] = {"oncotree", "FILE",
                      "its oncotree_mapping.json (default: the OncoTree of the terminology)"},
    [OPT_AGE_DATE] = {"age-date", "DATE", "the day that ages are counted at (default today)"},
    [OPT_CLOSED] = {"closed", NULL, "closed trials and suspended arms too"},
    [OPT_DECEASED] = {"deceased", NULL, "patients who are not known to live too"},
    [OPT_DRUG] = {"drug", "NAME", "generic name or brand, as the terminology has it"},
    [OPT_START] = {"start", "DATE", "the first day of the therapy"},
    [OPT_STOP] = {"stop", "DATE", "its last day"},
    [OPT_DATE] = {"date", "DATE", "the day that it is so on"},
    [OPT_REASON] = {"reason", "TEXT", "why; of a stop: progression, toxicity …"},
    [OPT_INTENT] = {"intent", "TEXT", "adjuvant, palliative …"},
    [OPT_CODE] = {"code", "CODE", "PD, SD, PR … or an OncoTree code"},
    [OPT_SITE] = {"site", "TEXT", "where the progression is: brain, bone …"},
    [OPT_REPORT] = {"report", "JOURNAL", "the message that the report came in"},
    [OPT_DATE_FORMAT] = {"date-format", "FORM",
                         "DD.MM.YYYY or MM/DD/YYYY, where dates are not as 2025-12-31"},
    [OPT_DELIMITER] = {"delimiter", "CHAR", ", or ; or tab (default: by the header)"},
    [OPT_PARTIAL] = {"partial", NULL,
                     "send the good rows; the bad ones, with reasons, to FILE.rejected.csv"},
    [OPT_DRY_RUN] = {"dry-run", NULL, "send nothing, print the facts as JSON lines"},
    [OPT_LIVE] = {"live", NULL, "it is no history: what it leads to is raised as from a live feed"},
    [OPT_UNTIL] = {"until", "DATE", "the day on which it is told again"},
    [OPT_DAYS] = {"days", "N", "so many days from today"},
    [OPT_TO] = {"to", "POOL", "a pool of the directory (default: alerts.escalate_to)"},
    [OPT_CSV] = {"csv", NULL, "as a table that RELMA imports and a map can name under tables:"},
    [OPT_CHANGED] = {"changed", NULL, "those that were read by another map than the feed has now"},
    [OPT_ALL_QUARANTINED] = {"all-quarantined", NULL, "those that could not be understood"},
    [OPT_ALL] = {"all", NULL, "those too that are done, or replaced"},
    [OPT_QUOTE] = {"quote", NULL, "with the sentences that were found: the view is audited"},
    [OPT_REVIEW] = {"review", NULL, "sign it for the review gate: a person lets each alert out"},
    [OPT_EXPLAIN] = {"explain", NULL,
                     "every rule that applies, what it finds or lacks; parse: how it was read"},
};

static const struct verb *
verb_named(const char *name)
{
    for (size_t i = 0; i < RFD_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

/* "status" is one word of the command line, "criteria test" two, "trials import ctgov" three. */
static const struct verb *
verb_find(const char *const *word, size_t count, size_t *used_out)
{
    char text[VERB_TEXT_MAX];
    struct sb name;
    const struct verb *v = NULL;

    sb_init(&name, text, sizeof text);
    for (size_t i = 0; i < count && i < VERB_WORDS_MAX; i++) { /* the longest: "trials check" */
        const struct verb *longer;

        sb_addf(&name, "%s%s", i == 0 ? "" : " ", word[i]);
        longer = sb_ok(&name) ? verb_named(sb_cz(&name)) : NULL;
        if (longer != NULL) {
            *used_out = i + 1;
            v = longer;
        }
    }
    return v;
}

static void
print_verb(FILE *to, const struct verb *v)
{
    (void)fprintf(to, "refractctl %s%s%s\n    %s\n", v->name, v->grammar[0] == '\0' ? "" : " ",
                  v->grammar, v->help);
}

static void
print_options(FILE *to, uint64_t bits)
{
    for (unsigned o = 0; o < OPT_COUNT; o++) {
        if ((bits & OPT_BIT(o)) == 0)
            continue;
        (void)fprintf(to, "    --%s%s%s: %s\n", options[o].name,
                      options[o].value == NULL ? "" : " ",
                      options[o].value == NULL ? "" : options[o].value, options[o].help);
    }
}

static int
version_run(const struct call *c)
{
    (void)c;
    call_print(STR("refractctl " RFD_VERSION));
    return CALL_OK;
}

/* Verbs that begin with the words so far give the next one; after a verb its options or files. */
static const char COMPLETE[] =
    "_refractctl() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} typed= found= one verb word\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
    "        [[ $word == -* ]] || typed+=\"$word \"\n"
    "    done\n"
    "    COMPREPLY=()\n"
    "    for one in \"${_refractctl_verbs[@]}\"; do\n"
    "        verb=\"${one%%|*} \"\n"
    "        if [[ $typed == \"$verb\"* && ${#verb} -gt ${#found} ]]; then\n"
    "            found=$verb\n"
    "            [[ $cur == -* ]] && COMPREPLY=($(compgen -W \"${one#*|}\" -- \"$cur\"))\n"
    "        elif [[ $verb == \"$typed\"* && $cur != -* ]]; then\n"
    "            word=${verb#\"$typed\"}\n"
    "            COMPREPLY+=($(compgen -W \"${word%% *}\" -- \"$cur\"))\n"
    "        fi\n"
    "    done\n"
    "}\n"
    "complete -o default -F _refractctl refractctl\n";

static int
completion_run(const struct call *c)
{
    (void)c;
    (void)puts("_refractctl_verbs=(");
    for (size_t i = 0; i < RFD_COUNT(verbs); i++) {
        (void)printf("    '%s|", verbs[i].name);
        for (unsigned o = 0; o < OPT_COUNT; o++) {
            if ((verbs[i].options & OPT_BIT(o)) != 0)
                (void)printf("--%s ", options[o].name);
        }
        (void)puts("'");
    }
    (void)puts(")");
    (void)fputs(COMPLETE, stdout);
    return CALL_OK;
}

static int
hint(const char *word)
{
    const char *names[RFD_COUNT(verbs)];
    const char *near;

    for (size_t i = 0; i < RFD_COUNT(verbs); i++) {
        names[i] = verbs[i].name;
        if (strncmp(names[i], word, strlen(word)) == 0 && names[i][strlen(word)] == ' ') {
            (void)call_fail(CALL_USAGE, "%s what? See: refractctl help", word);
            return CALL_USAGE;
        }
    }
    near = tree_nearest(str_from_c(word), names, RFD_COUNT(verbs));
    if (near == NULL)
        return call_fail(CALL_USAGE, "no verb \"%s\". See: refractctl help", word);
    return call_fail(CALL_USAGE, "no verb \"%s\": did you mean \"%s\"?", word, near);
}

static int
help_run(const struct call *c)
{
    size_t used;
    const struct verb *v = verb_find(c->arg, c->arg_count, &used);

    if (c->arg_count > 0 && v == NULL)
        return hint(c->arg[0]);
    if (v != NULL) {
        print_verb(stdout, v);
        print_options(stdout, v->options);
        return CALL_OK;
    }
    call_print(
        STR("refractctl talks to a running refractd, and does without one what needs none."));
    for (size_t i = 0; i < RFD_COUNT(verbs); i++)
        print_verb(stdout, &verbs[i]);
    call_print(STR("options"));
    print_options(stdout, UINT64_MAX);
    return CALL_OK;
}

static void
keep_option(struct call *c, int o, const char *value)
{
    if (o == OPT_TRIALS && c->option[o] != NULL)
        c->again[c->again_count++] = c->option[o];
    c->option[o] = value;
}

static bool
read_options(int argc, char **argv, struct call *c)
{
    struct option known[OPT_COUNT + 2];
    int o;

    for (int i = 0; i < OPT_COUNT; i++)
        known[i] = (struct option){
            options[i].name, options[i].value == NULL ? no_argument : required_argument, NULL, i};
    known[OPT_COUNT] = (struct option){"help", no_argument, NULL, OPT_COUNT};
    known[OPT_COUNT + 1] = (struct option){NULL, 0, NULL, 0};
    /* the only thread there is */
    while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) { /* NOLINT(concurrency-*) */
        if (o < 0 || o > OPT_COUNT) /* '?': getopt has said what is wrong */
            return false;
        if (o == OPT_COUNT)
            c->verb = "help";
        else
            keep_option(c, o, optarg == NULL ? "" : optarg);
    }
    return true;
}

static bool
options_fit(const struct verb *v, const struct call *c)
{
    for (unsigned o = 0; o < OPT_COUNT; o++) {
        if (c->option[o] != NULL && (v->options & OPT_BIT(o)) == 0) {
            (void)call_fail(CALL_USAGE, "%s takes no --%s", v->name, options[o].name);
            return false;
        }
    }
    return true;
}

static int
run_verb(const struct verb *v, struct call *c)
{
    if (!options_fit(v, c))
        return CALL_USAGE;
    if (c->arg_count < v->args_min || c->arg_count > v->args_max) {
        (void)call_fail(CALL_USAGE, "%s arguments for %s",
                        c->arg_count < v->args_min ? "too few" : "too many", v->name);
        print_verb(stderr, v);
        return CALL_USAGE;
    }
    c->verb = v->name;
    return v->run(c);
}

/* The arena is the one bound: what does not fit is refused as a whole. */
static int
run_in_arena(const struct verb *v, struct call *c)
{
    jmp_buf trap;

    (void)arena_trap_set(c->arena, &trap);
    if (setjmp(trap) != 0)
        return call_fail(CALL_FAILED, "too large: more memory than is set aside");
    return run_verb(v, c);
}

static int
run(int argc, char **argv, struct arena *a)
{
    struct call c = {.arena = a, .again = ARENA_ARRAY(a, (size_t)argc, const char *)};
    const char *const *word;
    const struct verb *v;
    size_t count;
    size_t used = 0;

    if (!read_options(argc, argv, &c))
        return CALL_USAGE;
    word = (const char *const *)argv + optind;
    count = (size_t)(argc - optind);
    v = c.verb != NULL || count == 0 ? verb_named("help") : verb_find(word, count, &used);
    if (v == NULL)
        return hint(word[0]);
    c.arg = word + used;
    c.arg_count = count - used;
    return run_in_arena(v, &c);
}

int
main(int argc, char **argv)
{
    struct arena a;
    int code;

    mem_arena_new(&a, ARENA_BYTES);
    code = run(argc, argv, &a);
    mem_arena_free(&a);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return call_fail(CALL_FAILED, "the output could not be written");
    return argc == 1 ? CALL_USAGE : code;
}
