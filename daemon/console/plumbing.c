/* Feeds, routes, unmapped codes and quarantine: for integrators and operators, without patients. */
#include "console/listing.h"

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
    {"route", "Route"}, {"cursor", "Confirmed up to"}, {"behind", "Behind"}, {"state", "State"}};
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

static const struct {
    const char *verb;
    const char *name;
} route_acts[] = {{"hold", "Hold"}, {"release", "Release"}, {"retry", "Send refused again to"}};

static const struct {
    const char *verb;
    const char *title;
    const struct listing_column *column;
    size_t columns;
} tables[] = {
    {"feeds", "Feeds", feeds, RFD_COUNT(feeds)},
    {"queues", "Routes", routes, RFD_COUNT(routes)},
    {"unmapped", "Codes that no map knows", unmapped, RFD_COUNT(unmapped)},
    {"quarantine", "Messages that could not be understood", quarantine, RFD_COUNT(quarantine)},
};

static void
route_button(struct page *p, struct str route, const char *act, const char *name)
{
    sb_add_c(&p->html, "<div class=\"row\">");
    page_form(p, STR("/feeds"));
    sb_add_c(&p->html, "<input type=\"hidden\" name=\"route\" value=\"");
    html_text(&p->html, route);
    sb_addf(&p->html, "\"><button name=\"act\" value=\"%s\" type=\"submit\">%s ", act, name);
    html_text(&p->html, route);
    sb_add_c(&p->html, "</button></form></div>");
}

/* hold, release and retry, for operators. */
static void
route_buttons(struct page *p, const struct control_reply *reply)
{
    if (!user_may(p->session->user, RIGHT_ROUTES) || reply->line_count == 0)
        return;
    sb_add_c(&p->html, "<div class=\"actions\">");
    for (size_t i = 0; i < reply->line_count; i++) {
        json_t *o = page_json(p, reply->line[i]);
        struct str route = str_from_c(json_string_value(json_object_get(o, "route")));

        for (size_t k = 0; !str_is_empty(route) && k < RFD_COUNT(route_acts); k++)
            route_button(p, route, route_acts[k].verb, route_acts[k].name);
        page_json_done(p, o);
    }
    sb_add_c(&p->html, "</div>\n");
}

void
plumbing_act(struct page *p)
{
    struct str act = http_form(p->r, "act");
    struct str route = http_form(p->r, "route");

    for (size_t i = 0; i < RFD_COUNT(route_acts); i++) {
        if (!str_eq_c(act, route_acts[i].verb))
            continue;
        if (page_ask(p, route_acts[i].verb, &route, 1, NULL))
            page_redirect(p, "/feeds");
        return;
    }
    page_refuse(p, HTTP_BAD_REQUEST, "That is nothing that can be done with a route.");
}

void
plumbing_page(struct page *p)
{
    struct control_reply reply[RFD_COUNT(tables)];

    if (!page_note_view(p, "view_feeds", STR("")))
        return;
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        if (!page_ask(p, tables[i].verb, NULL, 0, &reply[i]))
            return;
    }
    page_open(p, "Feeds and routes");
    for (size_t i = 0; i < RFD_COUNT(tables); i++) {
        listing_write(p, tables[i].title, &reply[i], tables[i].column, tables[i].columns);
        if (tables[i].column == routes)
            route_buttons(p, &reply[i]);
        if (tables[i].column == unmapped) {
            html_tag_c(&p->html, "p class=\"soft\"",
                       "How a code gets into a map, and the old messages read again: "
                       "deploy/doc/maps.md (refractctl unmapped, reparse).");
        }
    }
    page_close(p);
}
