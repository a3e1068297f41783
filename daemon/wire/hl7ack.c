#include "wire/hl7ack.h"

#include "wire/hl7_text.h"
#include "wire/hl7time.h"

static const char *const code_names[HL7ACK_CODE_COUNT] = {"AA", "AE", "AR", "CA", "CE", "CR"};

const char *
hl7ack_code_name(enum hl7ack_code code)
{
    rfd_assert((unsigned)code < HL7ACK_CODE_COUNT);
    return code_names[code];
}

const char *
hl7ack_error_name(enum hl7ack_error error)
{
    switch (error) {
    case HL7ACK_ERR_NONE: return "Message accepted";
    case HL7ACK_ERR_SEGMENT_SEQUENCE: return "Segment sequence error";
    case HL7ACK_ERR_FIELD_MISSING: return "Required field missing";
    case HL7ACK_ERR_DATA_TYPE: return "Data type error";
    case HL7ACK_ERR_TABLE_VALUE: return "Table value not found";
    case HL7ACK_ERR_MESSAGE_TYPE: return "Unsupported message type";
    case HL7ACK_ERR_EVENT_CODE: return "Unsupported event code";
    case HL7ACK_ERR_PROCESSING_ID: return "Unsupported processing id";
    case HL7ACK_ERR_VERSION_ID: return "Unsupported version id";
    case HL7ACK_ERR_UNKNOWN_KEY: return "Unknown key identifier";
    case HL7ACK_ERR_DUPLICATE_KEY: return "Duplicate key identifier";
    case HL7ACK_ERR_RECORD_LOCKED: return "Application record locked";
    case HL7ACK_ERR_INTERNAL: break;
    }
    return "Application internal error";
}

/* Table 0155. Anything else, such as a torn segment in its place, asks for nothing: a sender that
 * waits in vain for its answer sends the same again and again. */
static bool
is_condition(struct str s)
{
    return str_eq_c(s, "AL") || str_eq_c(s, "NE") || str_eq_c(s, "ER") || str_eq_c(s, "SU");
}

enum hl7ack_mode
hl7ack_mode(const struct hl7 *m, enum hl7ack_mode setting)
{
    bool asked;

    if (setting != HL7ACK_AUTO)
        return setting;
    asked = is_condition(hl7_value(m, 0, 15, 1)) || is_condition(hl7_value(m, 0, 16, 1));
    return asked ? HL7ACK_ENHANCED : HL7ACK_ORIGINAL;
}

enum hl7ack_code
hl7ack_code_for(enum hl7ack_mode mode, enum hl7ack_outcome outcome)
{
    bool enhanced = mode == HL7ACK_ENHANCED;

    switch (outcome) {
    case HL7ACK_ACCEPTED: return enhanced ? HL7ACK_CA : HL7ACK_AA;
    case HL7ACK_ERROR: return enhanced ? HL7ACK_CE : HL7ACK_AE;
    case HL7ACK_REJECTED:
    case HL7ACK_OUTCOME_COUNT: break;
    }
    return enhanced ? HL7ACK_CR : HL7ACK_AR;
}

bool
hl7ack_wanted(const struct hl7 *m, enum hl7ack_mode setting, enum hl7ack_code code)
{
    bool positive = code == HL7ACK_AA || code == HL7ACK_CA;
    struct str when = hl7_value(m, 0, 15, 1);

    if (hl7ack_mode(m, setting) != HL7ACK_ENHANCED)
        return true;
    if (str_eq_c(when, "AL"))
        return true;
    if (str_eq_c(when, "ER"))
        return !positive;
    if (str_eq_c(when, "SU"))
        return positive;
    if (str_eq_c(when, "NE"))
        return false;
    /* Not said, or not in the table. */
    return setting == HL7ACK_ENHANCED;
}

/* A field of the message, byte for byte, up to a control character: a raw line break in it must not
 * start a segment of our answer. */
static void
echo(struct sb *b, struct str raw)
{
    size_t n = 0;

    while (n < raw.n && (unsigned char)raw.p[n] >= 0x20)
        n++;
    sb_add(b, str_sub(raw, 0, n));
}

static struct str
msh(const struct hl7 *m, int field)
{
    return m == NULL ? STR_NONE : hl7_field(m, 0, field);
}

static void
type_write(struct sb *b, const struct hl7 *m, char comp)
{
    struct str event = m == NULL ? STR_NONE : hl7_value(m, 0, 9, 2);

    sb_add_c(b, "ACK");
    if (!hl7_is_valued(event))
        return;
    sb_add_char(b, comp);
    echo(b, event);
    sb_addf(b, "%cACK", comp);
}

static void
msh_write(struct sb *b, const struct hl7 *m, const struct hl7ack *ack, struct hl7_delims d)
{
    static const int swapped[] = {5, 6, 3, 4};
    struct str set = msh(m, 18), processing = msh(m, 11), version = msh(m, 12);
    char time[HL7TIME_TEXT_MAX];

    sb_addf(b, "MSH%c%c%c%c%c", d.field, d.comp, d.rep, d.esc, d.sub);
    if (d.trunc != '\0')
        sb_add_char(b, d.trunc);
    for (size_t i = 0; i < RFD_COUNT(swapped); i++) {
        sb_add_char(b, d.field);
        echo(b, msh(m, swapped[i]));
    }
    sb_add_char(b, d.field);
    hl7_text_escape(b, &d, hl7time_format(ack->at, time));
    sb_addf(b, "%c%c", d.field, d.field);
    type_write(b, m, d.comp);
    sb_add_char(b, d.field);
    hl7_text_escape(b, &d, ack->control_id);
    sb_add_char(b, d.field);
    echo(b, str_is_empty(processing) ? STR("P") : processing);
    sb_add_char(b, d.field);
    echo(b, str_is_empty(version) ? STR("2.5.1") : version);
    if (hl7_is_valued(set)) {
        for (int field = 13; field <= 18; field++)
            sb_add_char(b, d.field);
        echo(b, set);
    }
    sb_add_char(b, '\r');
}

/* ERR-2 came with 2.5; before it ERR-1 held place and code in one. */
static bool
before_2_5(const struct hl7 *m)
{
    struct str v = m == NULL ? STR_NONE : hl7_value(m, 0, 12, 1);

    return v.n >= 3 && v.p[0] == '2' && v.p[1] == '.' && v.p[2] >= '0' && v.p[2] <= '4';
}

static void
place_write(struct sb *b, const struct hl7ack *ack, struct hl7_delims d)
{
    if (ack->seg == NULL)
        return;
    sb_addf(b, "%s%c%d", ack->seg, d.comp, ack->seg_nth);
    if (ack->field > 0)
        sb_addf(b, "%c%d", d.comp, ack->field);
}

/* ELD: segment^sequence^field^code&text&table */
static void
err_old_write(struct sb *b, const struct hl7ack *ack, struct hl7_delims d)
{
    int missing = ack->seg == NULL ? 3 : ack->field > 0 ? 1 : 2;

    sb_addf(b, "ERR%c", d.field);
    place_write(b, ack, d);
    for (int i = 0; i < missing; i++)
        sb_add_char(b, d.comp);
    sb_addf(b, "%d%c%s%cHL70357\r", (int)ack->error, d.sub, hl7ack_error_name(ack->error), d.sub);
}

/* ERR-2 place (ERL), ERR-3 code, ERR-4 severity, ERR-8 text for the user */
static void
err_write(struct sb *b, const struct hl7ack *ack, struct hl7_delims d)
{
    sb_addf(b, "ERR%c%c", d.field, d.field);
    place_write(b, ack, d);
    sb_addf(b, "%c%d%c%s%cHL70357%cE", d.field, (int)ack->error, d.comp,
            hl7ack_error_name(ack->error), d.comp, d.field);
    if (ack->text != NULL) {
        for (int field = 5; field <= 8; field++)
            sb_add_char(b, d.field);
        hl7_text_escape(b, &d, str_from_c(ack->text));
    }
    sb_add_char(b, '\r');
}

bool
hl7ack_write(struct sb *b, const struct hl7 *m, const struct hl7ack *ack)
{
    struct hl7_delims d = m == NULL ? HL7_DELIMS_USUAL : m->delims;

    rfd_assert((unsigned)ack->code < HL7ACK_CODE_COUNT);
    msh_write(b, m, ack, d);
    sb_addf(b, "MSA%c%s%c", d.field, code_names[ack->code], d.field);
    echo(b, msh(m, 10));
    if (ack->text != NULL && before_2_5(m)) {
        sb_add_char(b, d.field);
        hl7_text_escape(b, &d, str_from_c(ack->text));
    }
    sb_add_char(b, '\r');
    if (ack->error != HL7ACK_ERR_NONE && before_2_5(m))
        err_old_write(b, ack, d);
    else if (ack->error != HL7ACK_ERR_NONE)
        err_write(b, ack, d);
    return sb_ok(b);
}
