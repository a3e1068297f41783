/*
 * What:    text into HTML: escaped, always; and the few pieces that every page has.
 * Owns:    nothing.
 * Threads: one writer, one thread.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_CONSOLE_HTML_H
#define RFD_CONSOLE_HTML_H

#include "base/date.h"
#include "base/sb.h"

/* A path in an address: what is not plain there becomes %XX; "/" stays. */
void html_url(struct sb *b, struct str path);
/* As content or between double quotes: & < > " ' and control characters are made harmless. */
void html_text(struct sb *b, struct str s);
void html_c(struct sb *b, const char *c);
/* <TAG>text</TAG>; tag may carry a class: "td class=\"num\"". */
void html_tag(struct sb *b, const char *tag, struct str s);
void html_tag_c(struct sb *b, const char *tag, const char *c);
/* A table's row of a head and a text; nothing when the text is empty. */
void html_row(struct sb *b, const char *head, struct str s);
/* 2026-11-23 10:15, in the stamp's own offset, as a time element. */
void html_stamp(struct sb *b, struct stamp at);

#endif
