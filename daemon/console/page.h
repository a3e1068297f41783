/*
 * What:    what every page of the console has: who looks, the frame around the content, the
 * token in forms, the note in the audit that somebody has looked.
 * Owns:    nothing; a page lives for one request, in its arena.
 * Threads: one, the worker's.
 * Errors:  page_refuse() ends a page with a status and a sentence.
 */
#ifndef RFD_CONSOLE_PAGE_H
#define RFD_CONSOLE_PAGE_H

#include "codec/feed.h"
#include "console/html.h"
#include "console/http.h"
#include "console/reader.h"
#include "console/session.h"

#include <jansson.h>

enum { PAGE_BYTES_MAX = 8 * 1024 * 1024 };

struct page {
    struct reader *reader;
    const struct http_request *r;
    struct http_reply *out;
    struct session *session;
    struct store *store; /* never NULL in a page */
    struct str rest;     /* of the path, behind the route's "*" */
    int64_t now;         /* monotonic, seconds: of sessions */
    bool sheet;          /* for paper: nothing to click */
    struct sb html;
};

/* Head, navigation and <main>; then the content; then page_close(), which makes it the answer. */
void page_open(struct page *p, const char *title);
void page_close(struct page *p);
void page_refuse(struct page *p, unsigned status, const char *sentence);
void page_redirect(struct page *p, const char *where);
/* Where somebody wanted to go, as a browser sent it: "/" when that is no page of ours. */
const char *page_way_back(struct page *p, struct str back);
/* The path of a patient's page. */
const char *page_of_patient(struct page *p, struct patient_ref ref);

/* <form method="post" action=PATH> with the token; the caller closes it. */
void page_form(struct page *p, struct str path);

/* A field of the form as a word of a request: "name=value". */
struct str page_field(struct page *p, const char *name);
/* A request to core in the name of whoever is logged in. False: core does not answer, and the page
 * is refused already. What the reply says of itself is the caller's to look at. */
RFD_MUSTCHECK bool page_answer(struct page *p, const char *verb, const struct str *arg, size_t args,
                               struct control_reply *reply);
/* The same; a reply that is a refusal refuses the page, with core's own words. reply may be
 * NULL. */
RFD_MUSTCHECK bool page_ask(struct page *p, const char *verb, const struct str *arg, size_t args,
                            struct control_reply *reply);
/* "view_alert" and its subject, into the audit, before anything is shown. False as in
 * page_ask(). */
RFD_MUSTCHECK bool page_note_view(struct page *p, const char *event, struct str subject);

/* A JSON object of core's, given back by page_json_done(), or when the page ends. NULL: none. */
json_t *page_json(struct page *p, struct str text);
void page_json_done(struct page *p, json_t *o);

/* One page: GET shows it; POST acts, and has the form's token checked before. A path that ends
 * in "*" stands for all that begin so. */
struct page_route {
    const char *method;
    const char *path;
    enum user_right right;
    void (*run)(struct page *p);
};

/* The style sheet. */
extern const char page_style[];

/* The pages, each by the file that has it. */
void worklist_page(struct page *p);
void case_page(struct page *p);
void case_act(struct page *p);
void glass_act(struct page *p);
void patient_page(struct page *p);
void patient_find_page(struct page *p);
void patient_act(struct page *p);
void reports_page(struct page *p);
void report_page(struct page *p);
void report_act(struct page *p);
void plumbing_page(struct page *p);
void plumbing_act(struct page *p);
void audit_page(struct page *p);

#endif
