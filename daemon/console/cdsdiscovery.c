#include "console/cdsdiscovery.h"

#include "wire/jsonout.h"

enum { TEXT_MAX = 64 * 1024 };

static const char *
describes(enum cds_hook hook)
{
    static const char *const text[CDS_HOOK_COUNT] = {
        [CDS_PATIENT_VIEW] = "Open findings of published treatment-resistance criteria in a cancer "
                             "patient, with their evidence, options and trials to review",
        [CDS_ORDER_SELECT] =
            "The same while orders are being chosen: what speaks against the present line",
    };

    return text[hook];
}

static void
key_c(struct jsonout *j, const char *key, const char *value)
{
    jsonout_key(j, key);
    jsonout_c(j, value);
}

static void
service(struct jsonout *j, enum cds_hook hook)
{
    jsonout_map(j);
    key_c(j, "hook", cds_hook_name(hook));
    key_c(j, "id", "refractd");
    key_c(j, "title", "Treatment resistance and what to review next");
    key_c(j, "description", describes(hook));
    jsonout_key(j, "prefetch");
    jsonout_map(j);
    key_c(j, "patient", "Patient/{{context.patientId}}");
    jsonout_map_end(j);
    key_c(j, "usageRequirements",
          "Patient.identifier must carry the record number that the hospital's result feeds use");
    jsonout_map_end(j);
}

/* One id for both hooks: the client then replaces the cards of the first by those of the second. */
struct str
cds_discovery(const struct cds_config *cfg, struct arena *a)
{
    struct sb b;
    struct jsonout j;

    sb_init_arena(&b, a, TEXT_MAX);
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "services");
    jsonout_list(&j);
    for (size_t i = 0; i < cfg->hooks; i++)
        service(&j, cfg->hook[i]);
    jsonout_list_end(&j);
    jsonout_map_end(&j);
    return sb_str(&b);
}
