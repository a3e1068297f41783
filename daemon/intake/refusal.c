#include "intake/refusal.h"

static const struct {
    const char *reason;
    struct refusal_words words;
} refusals[] = {
    {"unknown_type", {HL7ACK_REJECTED, HL7ACK_ERR_MESSAGE_TYPE}},
    {"bad_delimiters", {HL7ACK_REJECTED, HL7ACK_ERR_FIELD_MISSING}},
    {"no_patient_id", {HL7ACK_ERROR, HL7ACK_ERR_FIELD_MISSING}},
    {"no_authority", {HL7ACK_ERROR, HL7ACK_ERR_FIELD_MISSING}},
    {"bad_time", {HL7ACK_ERROR, HL7ACK_ERR_DATA_TYPE}},
};

struct refusal_words
refusal_words(struct str reason)
{
    for (size_t i = 0; i < RFD_COUNT(refusals); i++) {
        if (str_eq_c(reason, refusals[i].reason))
            return refusals[i].words;
    }
    return (struct refusal_words){HL7ACK_ERROR, HL7ACK_ERR_INTERNAL};
}
