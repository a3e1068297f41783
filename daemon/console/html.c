#include "console/html.h"

#include <string.h>

void
html_text(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&': sb_add_c(b, "&amp;"); break;
        case '<': sb_add_c(b, "&lt;"); break;
        case '>': sb_add_c(b, "&gt;"); break;
        case '"': sb_add_c(b, "&quot;"); break;
        case '\'': sb_add_c(b, "&#39;"); break;
        default:
            sb_add(b, (unsigned char)s.p[i] < ' ' && s.p[i] != '\n' ? STR(" ") : str_sub(s, i, 1));
        }
    }
}

void
html_url(struct sb *b, struct str path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/:@";

    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] != '\0' && strchr(plain, path.p[i]) != NULL)
            sb_add_char(b, path.p[i]);
        else
            sb_addf(b, "%%%02X", (unsigned)(unsigned char)path.p[i]);
    }
}

void
html_c(struct sb *b, const char *c)
{
    html_text(b, str_from_c(c));
}

void
html_tag(struct sb *b, const char *tag, struct str s)
{
    size_t name = strcspn(tag, " ");

    sb_addf(b, "<%s>", tag);
    html_text(b, s);
    sb_addf(b, "</%.*s>", (int)name, tag);
}

void
html_tag_c(struct sb *b, const char *tag, const char *c)
{
    html_tag(b, tag, str_from_c(c));
}

void
html_row(struct sb *b, const char *head, struct str s)
{
    if (str_is_empty(s))
        return;
    sb_add_c(b, "<tr><th scope=\"row\">");
    html_c(b, head);
    sb_add_c(b, "</th>");
    html_tag(b, "td", s);
    sb_add_c(b, "</tr>\n");
}

void
html_stamp(struct sb *b, struct stamp at)
{
    char text[STAMP_TEXT_MAX];
    struct str s = stamp_format(at, text);

    sb_add_c(b, "<time datetime=\"");
    html_text(b, s);
    sb_add_c(b, "\">");
    for (size_t i = 0; i < s.n && i < 16; i++)
        sb_add(b, s.p[i] == 'T' ? STR(" ") : str_sub(s, i, 1));
    sb_add_c(b, "</time>");
}
