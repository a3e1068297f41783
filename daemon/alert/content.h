/*
 * What:    when two versions of an alert say the same, and when the difference is worth telling.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_ALERT_CONTENT_H
#define RFD_ALERT_CONTENT_H

#include "base/sha256.h"
#include "model/alert.h"

/* Over everything that a reader sees of the case; not over id, version, state, stamps, change. */
struct sha256 alert_content(const struct alert *a);

/* DESIGN.md section 9: told again only when certainty, severity, best option level or the shown
 * trials changed, or when a section was added. */
bool alert_is_news(const struct alert *before, const struct alert *after);

/* Is it to interrupt anyone? Only a confirmed finding that is more than watched, once the time that
 * the team was given to act by itself is over. The others are read in the digest and on the page.
 * */
bool alert_interrupts(const struct alert *a);

/* Does the new version end a snooze, or wake an overridden alert? What got worse does; an
 * overridden
 * one also wakes when its certainty, severity or best option level is another than what the person
 * has answered. */
bool alert_breaks_silence(const struct alert *before, const struct alert *after);

/* One line on what changed, for the receiver: "certainty: suspected to confirmed; added: …". */
struct str
alert_change_text(struct arena *arena, const struct alert *before, const struct alert *after);

/* Has it a section of that rule? */
bool alert_has_rule(const struct alert *a, struct str rule_id);

/* Is that fact the event of one of its sections, or what confirmed it? */
bool alert_has_event(const struct alert *a, const struct fact_key *key);

/* Do the two share a fact in evidence as candidate or confirmation? */
bool alert_shares_evidence(const struct alert *a, const struct alert *b);

#endif
