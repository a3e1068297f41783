/*
 * What:    the pages: login, who may see what, and which page an address means.
 * Owns:    the sessions, until pages_free(&s).
 * Threads: one, the loop's.
 * Errors:  every refusal is a page with a sentence.
 */
#ifndef RFD_CONSOLE_PAGES_H
#define RFD_CONSOLE_PAGES_H

#include "console/http.h"
#include "console/reader.h"
#include "console/users.h"

struct pages_config {
    const struct users *users; /* NULL: no pages */
    const char *proxy_header;  /* NULL: nobody vouches for users */
    const char *proxy_groups;  /* its header with their groups; NULL: none */
    const char *proxy_logout;  /* where the site's own login ends; NULL: unknown */
    bool secure_cookie;
    int64_t idle_s; /* of a session */
};

struct pages;

struct pages *pages_new(const struct pages_config *cfg); /* NULL: no users, so no pages */
void pages_free(struct pages **s);
/* Everything that is no health, no metrics, no CDS Hooks. s NULL: not found. */
void pages_answer(struct pages *s, struct reader *reader, const struct http_request *r,
                  struct http_reply *out);

#endif
