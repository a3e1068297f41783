#include "codec/feed.h"
#include "codec/pack.h"
#include "refract/v1/alert.pb-c.h"

/* --- words: enums that the message has as text, for receivers that only show it */

static const char *
state_word(unsigned v)
{
    return alert_state_name((enum alert_state)v);
}

/* What goes out says nothing of a gate. */
static const char *
gate_word(unsigned v)
{
    return v == ALERT_OUT ? "" : alert_gate_name((enum alert_gate)v);
}

static const char *
certainty_word(unsigned v)
{
    return alert_certainty_name((enum alert_certainty)v);
}

static const char *
consequence_word(unsigned v)
{
    return consequence_name((enum consequence)v);
}

static const char *
status_word(unsigned v)
{
    return finding_status_name((enum finding_status)v);
}

static const char *
standing_word(unsigned v)
{
    return option_standing_name((enum option_standing)v);
}

static const char *
kind_word(unsigned v)
{
    static const char *const names[OPTION_KIND_COUNT] = {
        [OPTION_THERAPY] = "therapy",
        [OPTION_TRIAL] = "trial",
    };

    return names[v];
}

static const char *
verdict_word(unsigned v)
{
    static const char *const names[K_COUNT] = {
        [K_FALSE] = "false",
        [K_UNKNOWN] = "unknown",
        [K_TRUE] = "true",
    };

    return names[v];
}

static const struct pack_words states = {state_word, ALERT_STATE_COUNT};
static const struct pack_words gates = {gate_word, ALERT_GATE_COUNT};
static const struct pack_words certainties = {certainty_word, ALERT_CERTAINTY_COUNT};
static const struct pack_words consequences = {consequence_word, CONSEQUENCE_COUNT};
static const struct pack_words statuses = {status_word, FINDING_STATUS_COUNT};
static const struct pack_words standings = {standing_word, OPTION_STANDING_COUNT};
static const struct pack_words kinds = {kind_word, OPTION_KIND_COUNT};
static const struct pack_words verdicts = {verdict_word, K_COUNT};

/* --- sections and options */

static const struct pack_row evidence_rows[] = {
    PACK_TEXT(alert_evidence, AlertEvidence, part),
    PACK_TEXT(alert_evidence, AlertEvidence, text),
    PACK_DAY(alert_evidence, AlertEvidence, day),
    PACK_U64(alert_evidence, AlertEvidence, journal),
    PACK_TEXT(alert_evidence, AlertEvidence, feed),
    PACK_TEXT(alert_evidence, AlertEvidence, control_id),
    PACK_AS(PACK_HOW_KEY, alert_evidence, AlertEvidence, fact_key, key, struct fact_key),
};
static const struct pack_map evidence_map = {
    PACK_MAP(refract__v1__alert_evidence__descriptor, struct alert_evidence, evidence_rows)};

static const struct pack_row section_rows[] = {
    PACK_TEXT(alert_section, AlertSection, rule_id),
    PACK_TEXT(alert_section, AlertSection, rule_version),
    PACK_TEXT(alert_section, AlertSection, title),
    PACK_TEXT(alert_section, AlertSection, citation),
    PACK_TEXT(alert_section, AlertSection, url),
    PACK_TEXT(alert_section, AlertSection, verified),
    PACK_WORD(alert_section, AlertSection, status, enum finding_status, statuses),
    PACK_WORD(alert_section, AlertSection, consequence, enum consequence, consequences),
    PACK_DAY(alert_section, AlertSection, first_event),
    PACK_TEXT(alert_section, AlertSection, why),
    PACK_LIST(alert_section, AlertSection, evidence, evidence, evidence_count,
              struct alert_evidence, evidence_map),
    PACK_TEXTS(alert_section, AlertSection, missing, missing, missing_count),
    PACK_DAY(alert_section, AlertSection, confirm_by),
    PACK_BOOL(alert_section, AlertSection, overdue),
};
static const struct pack_map section_map = {
    PACK_MAP(refract__v1__alert_section__descriptor, struct alert_section, section_rows)};

static const struct pack_row reason_rows[] = {
    PACK_WORD(option_reason, OptionReason, verdict, enum kleene, verdicts),
    PACK_TEXT(option_reason, OptionReason, text),
    PACK_U64(option_reason, OptionReason, journal),
};
static const struct pack_map reason_map = {
    PACK_MAP(refract__v1__option_reason__descriptor, struct option_reason, reason_rows)};

static const struct pack_row option_rows[] = {
    PACK_WORD(option, Option, kind, enum option_kind, kinds),
    PACK_TEXT(option, Option, id),
    PACK_TEXT(option, Option, title),
    PACK_WORD(option, Option, standing, enum option_standing, standings),
    PACK_TEXT(option, Option, level),
    PACK_TEXT(option, Option, basis),
    PACK_TEXT(option, Option, citation),
    PACK_TEXT(option, Option, jurisdiction),
    PACK_TEXT(option, Option, status),
    PACK_DAY(option, Option, status_date),
    PACK_TEXT(option, Option, contact),
    PACK_TEXT(option, Option, labels),
    PACK_TEXT(option, Option, set_aside_by),
    PACK_LIST(option, Option, reasons, reason, reason_count, struct option_reason, reason_map),
    PACK_TEXTS(option, Option, unchecked, unchecked, unchecked_count),
    PACK_I32(option, Option, rank),
};
static const struct pack_map option_map = {
    PACK_MAP(refract__v1__option__descriptor, struct option, option_rows)};

static const struct pack_row recipient_rows[] = {
    PACK_TEXT(alert_recipient, Recipient, id),
    PACK_TEXT(alert_recipient, Recipient, role),
    PACK_TEXT(alert_recipient, Recipient, why),
    PACK_TEXT(alert_recipient, Recipient, how),
};
static const struct pack_map recipient_map = {
    PACK_MAP(refract__v1__recipient__descriptor, struct alert_recipient, recipient_rows)};

/* --- an alert; its text (field 29) is no part of the struct */

static const struct pack_row alert_rows[] = {
    PACK_TEXT(alert, Alert, id),
    PACK_U32(alert, Alert, version),
    PACK_SUB(alert, Alert, patient, struct patient_ref, pack_patient_map),
    PACK_TEXT(alert, Alert, case_key),
    PACK_TEXT(alert, Alert, disease),
    PACK_TEXT(alert, Alert, episode),
    PACK_TEXT(alert, Alert, line_label),
    PACK_WORD(alert, Alert, state, enum alert_state, states),
    PACK_WORD(alert, Alert, gate, enum alert_gate, gates),
    PACK_WORD(alert, Alert, certainty, enum alert_certainty, certainties),
    PACK_WORD(alert, Alert, consequence, enum consequence, consequences),
    PACK_BOOL(alert, Alert, overdue),
    PACK_BOOL(alert, Alert, silent),
    PACK_BOOL(alert, Alert, demo),
    PACK_TEXT(alert, Alert, headline),
    PACK_LIST(alert, Alert, sections, section, section_count, struct alert_section, section_map),
    PACK_LIST(alert, Alert, options, option, option_count, struct option, option_map),
    PACK_LIST(alert, Alert, trials, trial, trial_count, struct option, option_map),
    PACK_LIST(alert, Alert, set_aside, aside, aside_count, struct option, option_map),
    PACK_SIZE(alert, Alert, options_more),
    PACK_SIZE(alert, Alert, trials_more),
    PACK_TEXTS(alert, Alert, missing, missing, missing_count),
    PACK_TEXTS(alert, Alert, considerations, consider, consider_count),
    PACK_TEXTS(alert, Alert, unchecked, unchecked, unchecked_count),
    PACK_LIST(alert, Alert, recipients, recipient, recipient_count, struct alert_recipient,
              recipient_map),
    PACK_DAY(alert, Alert, waiting_until),
    PACK_TEXT(alert, Alert, acted),
    PACK_TEXT(alert, Alert, change),
    PACK_TEXT(alert, Alert, reason),
    PACK_TEXT(alert, Alert, knowledge),
    PACK_STAMP(alert, Alert, raised),
    PACK_STAMP(alert, Alert, changed),
    PACK_DAY(alert, Alert, snoozed_until),
    PACK_BOOL(alert, Alert, told),
};
const struct pack_map pack_alert_map = {
    PACK_MAP(refract__v1__alert__descriptor, struct alert, alert_rows)};

struct str
codec_alert_pack(struct arena *a, const struct alert *al, struct str text)
{
    ProtobufCMessage *m = pack_fill(a, &pack_alert_map, al);

    ((Refract__V1__Alert *)m)->text = pack_text(a, text);
    return pack_bytes(a, m);
}

bool
codec_alert_unpack(struct arena *a, struct str bytes, struct alert *out, const char **reason_out)
{
    return pack_read(a, &pack_alert_map, bytes, out, reason_out);
}
