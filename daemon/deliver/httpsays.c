#include "deliver/httpsays.h"

struct said {
    int status;
    enum outroute_result result;
    const char *why;
};

/* RFC 9110, section 15; RFC 6585. 409 and 412: of conditional requests, such as two patients with
 * one number; what passes of itself does so within the tries of a refusal. */
static const struct said known[] = {
    {401, OUTROUTE_UNSENT, "not_authorized"},  {403, OUTROUTE_UNSENT, "not_authorized"},
    {404, OUTROUTE_UNSENT, "no_such_address"}, {405, OUTROUTE_UNSENT, "no_such_address"},
    {407, OUTROUTE_UNSENT, "not_authorized"},  {408, OUTROUTE_AWAY, "busy"},
    {409, OUTROUTE_REFUSED, "conflict"},       {410, OUTROUTE_UNSENT, "no_such_address"},
    {412, OUTROUTE_REFUSED, "conflict"},       {425, OUTROUTE_UNSENT, "busy"},
    {429, OUTROUTE_UNSENT, "too_many"},        {503, OUTROUTE_AWAY, "busy"},
};

static struct httpsays
by_class(int status)
{
    if (status >= 200 && status < 300)
        return (struct httpsays){OUTROUTE_DONE, NULL};
    if (status >= 300 && status < 400)
        return (struct httpsays){OUTROUTE_AWAY, "redirected"};
    if (status >= 400 && status < 500)
        return (struct httpsays){OUTROUTE_REFUSED, "refused"};
    return (struct httpsays){OUTROUTE_AWAY, status >= 500 ? "server_error" : "garbage"};
}

struct httpsays
httpsays(const struct httpc_answer *a, bool explained)
{
    if (!a->came)
        return (struct httpsays){a->sent ? OUTROUTE_AWAY : OUTROUTE_UNSENT, a->word};
    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        bool of_address = a->status == 404 || a->status == 405 || a->status == 410;

        if (known[i].status == a->status && !(of_address && explained))
            return (struct httpsays){known[i].result, known[i].why};
    }
    return by_class(a->status);
}
