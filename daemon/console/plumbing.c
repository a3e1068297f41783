/* Feeds, routes, unmapped codes and quarantine: for integrators and operators, without patients. */
#include "console/listing.h"

enum { BUTTONS_MAX = 40 }; /* lines that have some; refractctl does the rest */

static const struct listing_column feeds[] = {
    {"feed", "Feed"},
    {"kind", "Kind"},
    {"state", "State"},
    {"address", "Address"},
    {"connections", "Open"},
    {"messages", "Messages"},
    {"last_message_age_s", "Seconds since the last"},
    {"problem", "Problem"},
};
static const struct listing_column routes[] = {
    {"route", "Route"},
    {"cursor", "Confirmed up to"},
    {"behind", "Behind"},
    {"oldest_s", "Oldest, seconds"},
    {"state", "State"},
    {"problem", "Last problem"},
    {"next_s", "Again in, seconds"},
    {"dead", "Put aside"},
};
static const struct listing_column dead[] = {
    {"route", "Route"},   {"event", "Event"}, {"alert", "Alert"},
    {"reason", "Reason"}, {"at", "When"},     {"again", "To be sent again"},
};
static const struct listing_column unmapped[] = {
    {"feed", "Feed"},   {"kind", "Kind"},         {"system", "System"},
    {"code", "Code"},   {"text", "Text"},         {"unit", "Unit"},
    {"count", "Count"}, {"patients", "Patients"}, {"rules", "Rules that would need it"},
};
static const struct listing_column quarantine[] = {{"journal", "Message"},
                                                   {"feed", "Feed"},
                                                   {"reason", "Reason"},
                                                   {"place", "Place"},
                                                   {"received", "Received"}};

struct act {
    const char *verb;
    const char *name;
};

static const struct act route_acts[] = {{"hold", "Hold"},
                                        {"release", "Release"},
                                        {"retry", "Send refused again to"},
                                        {"skip", "Put aside what holds up"}};
/* Of one event. */
static const struct act dead_acts[] = {{"retry", "Send again"}, {"drop", "Forget"}};

static const struct {
    const char *verb;
    const char *title;
    const struct listing_column *column;
    size_t columns;
} tables[] = {
    {"feeds", "Feeds", feeds, RFD_COUNT(feeds)},
    {"queues", "Routes", routes, RFD_COUNT(routes)},
    {"dead", "What receivers have refused", dead, RFD_COUNT(dead)},
    {"unmapped", "Codes that no map knows", unmapped, RFD_COUNT(unmapped)},
    {"quarantine", "Messages that could not be understood", quarantine, RFD_COUNT(quarantine)},
};

/* event 0: of the route as a whole. */
static void
button(struct page *p, struct str route, uint64_t event, const struct act *act)
{
    sb_add_c(&p->html, "<div class=\"row\">");
    page_form(p, STR("/feeds"));
    sb_add_c(&p->html, "<input type=\"hidden\" name=\"route\" value=\"");
    html_text(&p->html, route);
    sb_add_c(&p->html, "\">");
    if (event > 0)
        sb_addf(&p->html, "<input type=\"hidden\" name=\"event\" value=\"%llu\">",
                (unsigned long long)event);
    sb_addf(&p->html, "<button name=\"act\" value=\"%s\" type=\"submit\">%s ", act->verb,
            act->name);
    html_text(&p->html, route);
    if (event > 0)
        sb_addf(&p->html, " event %llu", (unsigned long long)event);
    sb_add_c(&p->html, "</button></form></div>");
}

/* For operators: what can be done with each route or event of a list. */
static void
buttons(struct page *p, const struct control_reply *reply, const struct act *act, size_t acts)
{
    if (!user_may(p->session->user, RIGHT_ROUTES) || reply->line_count == 0)
        return;
    sb_add_c(&p->html, "<div class=\"actions\">");
    for (size_t i = 0; i < reply->line_count && i < BUTTONS_MAX; i++) {
        json_t *o = page_json(p, reply->line[i]);
        struct str route = str_from_c(json_string_value(json_object_get(o, "route")));
        json_int_t event = json_integer_value(json_object_get(o, "event"));

        for (size_t k = 0; !str_is_empty(route) && k < acts; k++)
            button(p, route, event > 0 ? (uint64_t)event : 0, &act[k]);
        page_json_done(p, o);
    }
    sb_add_c(&p->html, "</div>\n");
}

static bool
is_act(struct str verb, const struct act *act, size_t acts)
{
    for (size_t i = 0; i < acts; i++) {
        if (str_eq_c(verb, act[i].verb))
            return true;
    }
    return false;
}

void
plumbing_act(struct page *p)
{
    struct str act = http_form(p->r, "act");
    struct str arg[2] = {http_form(p->r, "route"), http_form(p->r, "event")};
    bool one = !str_is_empty(arg[1]);

    if (!is_act(act, one ? dead_acts : route_acts,
                one ? RFD_COUNT(dead_acts) : RFD_COUNT(route_acts)))
        page_refuse(p, HTTP_BAD_REQUEST, "That is nothing that can be done with a route.");
    else if (page_ask(p, str_cz(p->r->arena, act), arg, one ? 2 : 1, NULL))
        page_redirect(p, "/feeds");
}

void
plumbing_page(struct page *p)
{
    struct control_reply reply[RFD_COUNT(tables)];

    if (!page_note_view(p, "view_feeds", STR("")))
        return;
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        if (!page_answer(p, tables[i].verb, NULL, 0, &reply[i]))
            return;
    }
    page_open(p, "Feeds and routes");
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        if (reply[i].exit_code != 0) { /* edge is down, say: the rest is wanted all the more */
            html_tag_c(&p->html, "h2", tables[i].title);
            html_tag(&p->html, "p class=\"soft\"", reply[i].error);
            continue;
        }
        listing_write(p, tables[i].title, &reply[i], tables[i].column, tables[i].columns);
        if (tables[i].column == routes)
            buttons(p, &reply[i], route_acts, RFD_COUNT(route_acts));
        if (tables[i].column == dead)
            buttons(p, &reply[i], dead_acts, RFD_COUNT(dead_acts));
        if (tables[i].column == unmapped) {
            html_tag_c(&p->html, "p class=\"soft\"",
                       "How a code gets into a map, and the old messages read again: "
                       "deploy/doc/maps.md (refractctl unmapped, reparse).");
        }
    }
    page_close(p);
}
