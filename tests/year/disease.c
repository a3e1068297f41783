#include "disease.h"

#include <stddef.h>

/* The mix of a mixed service for systemic therapy, by the look of public cancer registries: breast,
 * prostate, lung and bowel are two thirds. Intervals are those of the regimens: monthly under
 * chemotherapy, quarterly under tablets. Invented, and so is what markers do. */
/* clang-format off */
const struct disease diseases[DISEASE_COUNT] = {
    {"BRCA", "ca153", "U/mL", {"letrozole", "fulvestrant", "capecitabine"},
     230, 120000, 18000, 84, true, true, false},
    {"PRAD", "psa", "ng/mL", {"enzalutamide", "docetaxel", "cabazitaxel"},
     170, 40000, 1500, 84, false, true, false},
    {"COAD", "cea", "ng/mL", {"oxaliplatin", "irinotecan", "regorafenib"},
     130, 60000, 3000, 28, true, true, false},
    {"LUAD", NULL, NULL, {"erlotinib", "osimertinib", "docetaxel"},
     80, 0, 0, 42, true, true, true},
    {"LUAD", NULL, NULL, {"pembrolizumab", "docetaxel", "gemcitabine"},
     80, 0, 0, 42, false, true, false},
    {"HGSOC", "ca125", "U/mL", {"carboplatin", "paclitaxel", "olaparib"},
     50, 400000, 18000, 28, true, true, false},
    {"PAAD", "ca199", "U/mL", {"gemcitabine", "irinotecan", "capecitabine"},
     50, 600000, 80000, 28, false, true, false},
    {"PCM", "m_serum", "g/dL", {"lenalidomide", "daratumumab", "pomalidomide"},
     70, 3500, 100, 28, false, false, false},
    {"CMLBCRABL1", "bcr_abl_is", "%", {"imatinib", "dasatinib", "bosutinib"},
     30, 60000, 40, 91, false, false, false},
    {"CCRCC", NULL, NULL, {"sunitinib", "nivolumab", "cabozantinib"},
     60, 0, 0, 56, false, true, false},
    {NULL, "psa", "ng/mL", {NULL, NULL, NULL}, 50, 2500, 1500, 300, false, false, false},
};
/* clang-format on */
