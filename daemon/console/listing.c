#include "console/listing.h"

static void
cell(struct page *p, const json_t *v)
{
    if (json_is_string(v)) {
        html_tag_c(&p->html, "td", json_string_value(v));
    } else if (json_is_integer(v)) {
        sb_addf(&p->html, "<td class=\"num\">%lld</td>", (long long)json_integer_value(v));
    } else if (json_is_boolean(v)) {
        html_tag_c(&p->html, "td", json_is_true(v) ? "yes" : "no");
    } else if (json_is_array(v)) {
        size_t i;
        json_t *one;

        sb_add_c(&p->html, "<td>");
        json_array_foreach(v, i, one)
        {
            sb_add_c(&p->html, i == 0 ? "" : ", ");
            html_c(&p->html, json_string_value(one));
        }
        sb_add_c(&p->html, "</td>");
    } else {
        sb_add_c(&p->html, "<td></td>");
    }
}

static void
row(struct page *p, struct str line, const struct listing_column *column, size_t columns)
{
    json_t *o = page_json(p, line);

    if (o == NULL)
        return;
    sb_add_c(&p->html, "<tr>");
    for (size_t i = 0; i < columns; i++)
        cell(p, json_object_get(o, column[i].key));
    sb_add_c(&p->html, "</tr>\n");
    page_json_done(p, o);
}

void
listing_write(struct page *p, const char *title, const struct control_reply *reply,
              const struct listing_column *column, size_t columns)
{
    html_tag_c(&p->html, "h2", title);
    if (reply->line_count == 0) {
        sb_add_c(&p->html, "<p>Nothing.</p>\n");
        return;
    }
    sb_add_c(&p->html, "<table><thead><tr>");
    for (size_t i = 0; i < columns; i++)
        html_tag_c(&p->html, "th scope=\"col\"", column[i].head);
    sb_add_c(&p->html, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < reply->line_count; i++)
        row(p, reply->line[i], column, columns);
    sb_add_c(&p->html, "</tbody></table>\n");
}
