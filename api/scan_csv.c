/* RFC 4180: where fields and records begin and end. */
#include "api/csv.h"
#include "core/base/utf8.h"

#include <string.h>

enum state {
    START, /* perhaps a byte order mark */
    FIELD, /* a field begins */
    PLAIN, /* inside one that does not lie whole in the chunk; the token has what came so far */
    QUOTED,
    QUOTE, /* behind a quote in a quoted field: the end, or one half of two */
    RETURN /* behind "\r": "\n" must come */
};

/* Bytes of a field that are not plain: the separators, the quote, control bytes; not the tab. */
static bool is_special(char c)
{
    return c == ',' || c == '"' || ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

static bool too_long(struct csv_decoder *decoder)
{
    mle_csv_malformed(decoder, "field_too_long", "a field of more than 4096 bytes");
    if (decoder->state == QUOTED)
        mle_hint(&decoder->base.err, "Perhaps a closing quote is missing.");
    return false;
}

static bool keep(struct csv_decoder *decoder, size_t n, const char *bytes)
{
    if (n > MLE_CSV_MAX_FIELD - decoder->n_token) {
        decoder->at += MLE_CSV_MAX_FIELD - decoder->n_token;
        return too_long(decoder);
    }
    memcpy(decoder->token + decoder->n_token, bytes, n);
    decoder->n_token += n;
    return true;
}

/* A field has ended before the separator that the decoder stands at. */
static bool field(struct csv_decoder *decoder, size_t n, const char *text, bool last)
{
    if (decoder->high && !mle_utf8_valid(n, text))
        return mle_csv_malformed(decoder, "bad_utf8", "the text is not UTF-8");
    decoder->high = false;
    return mle_csv_field(decoder, n, text, decoder->quoted, last);
}

/* The byte behind a field: a separator, or something that may not stand there. */
static bool separator(struct csv_decoder *decoder, size_t n, const char *text)
{
    char c = *decoder->at;
    if (c == ',' || c == '\n' || c == '\r') {
        if (!field(decoder, n, text, c != ','))
            return false;
        decoder->at++;
        decoder->state = c == '\r' ? RETURN : FIELD;
        decoder->begun = c == ',';
        if (c == ',')
            decoder->field++;
        return c != '\n' || mle_csv_end_record(decoder);
    }
    if (decoder->quoted)
        return mle_csv_malformed(decoder, "text_after_quote", "text follows the closing quote");
    if (c == '"')
        return mle_csv_malformed(decoder, "stray_quote", "a quote inside a field without quotes");
    return mle_csv_malformed(decoder, "control_character", "a control character");
}

static bool at_start(struct csv_decoder *decoder)
{
    static const unsigned char mark[] = { 0xEF, 0xBB, 0xBF };
    if ((unsigned char)*decoder->at == mark[decoder->mark_bytes]) {
        decoder->at++;
        if (++decoder->mark_bytes == sizeof mark)
            decoder->state = FIELD;
        return true;
    }
    if (decoder->mark_bytes > 0)
        return mle_csv_malformed(decoder, "bad_utf8", "the text is not UTF-8");
    decoder->state = FIELD;
    return true;
}

/* The first special byte from p on, looking at no more than most bytes; notes bytes above ASCII. */
static const char *find_special(struct csv_decoder *decoder, const char *p, size_t most)
{
    const char *end = (size_t)(decoder->end - p) < most ? decoder->end : p + most;
    unsigned char all = 0;
    for (; p < end && !is_special(*p); p++)
        all |= (unsigned char)*p;
    decoder->high = decoder->high || all >= 0x80;
    return p;
}

static bool at_field(struct csv_decoder *decoder)
{
    const char *begin = decoder->at;
    if (!decoder->in_header && begin < decoder->direct_end) {
        if (!mle_csv_number_run(decoder))
            return false;
        if (decoder->at > begin)
            return true;
    }
    decoder->n_token = 0;
    decoder->high = false;
    decoder->quoted = *begin == '"';
    if (decoder->quoted) {
        decoder->at++;
        decoder->state = QUOTED;
        return true;
    }
    const char *p = find_special(decoder, begin, MLE_CSV_MAX_FIELD + 1);
    decoder->at = p;
    if (p < decoder->end && is_special(*p) && p - begin <= MLE_CSV_MAX_FIELD)
        return separator(decoder, (size_t)(p - begin), begin);
    decoder->at = begin;
    decoder->state = PLAIN;
    return true;
}

static bool in_plain(struct csv_decoder *decoder)
{
    const char *begin = decoder->at;
    const char *p = find_special(decoder, begin, MLE_CSV_MAX_FIELD + 1);
    if (!keep(decoder, (size_t)(p - begin), begin))
        return false;
    decoder->at = p;
    return p == decoder->end || !is_special(*p) ||
           separator(decoder, decoder->n_token, decoder->token);
}

static bool in_quoted(struct csv_decoder *decoder)
{
    char c = *decoder->at;
    if (c == '"') {
        decoder->at++;
        decoder->state = QUOTE;
        return true;
    }
    if (c == ',' || c == '\n' || c == '\r') {
        decoder->line += c == '\n';
        if (!keep(decoder, 1, &c))
            return false;
        decoder->at++;
        return true;
    }
    if (is_special(c))
        return mle_csv_malformed(decoder, "control_character", "a control character");
    const char *begin = decoder->at;
    const char *p = find_special(decoder, begin, MLE_CSV_MAX_FIELD + 1);
    if (!keep(decoder, (size_t)(p - begin), begin))
        return false;
    decoder->at = p;
    return true;
}

static bool at_quote(struct csv_decoder *decoder)
{
    if (*decoder->at != '"')
        return separator(decoder, decoder->n_token, decoder->token);
    decoder->state = QUOTED;
    if (!keep(decoder, 1, "\""))
        return false;
    decoder->at++;
    return true;
}

static bool at_return(struct csv_decoder *decoder)
{
    if (*decoder->at != '\n')
        return mle_csv_malformed(decoder, "line_end", "a carriage return without a line feed");
    decoder->at++;
    decoder->state = FIELD;
    return mle_csv_end_record(decoder);
}

static bool (*const steps[])(struct csv_decoder *decoder) = {
    [START] = at_start,   [FIELD] = at_field, [PLAIN] = in_plain,
    [QUOTED] = in_quoted, [QUOTE] = at_quote, [RETURN] = at_return,
};

bool mle_csv_scan_feed(struct mle_decoder *base, size_t n, const char bytes[])
{
    struct csv_decoder *decoder = (struct csv_decoder *)base;
    decoder->chunk = decoder->at = bytes;
    decoder->end = bytes + n;
    decoder->direct_end = mle_number_limit(n, bytes);
    while (decoder->at < decoder->end)
        if (!steps[decoder->state](decoder))
            return false;
    decoder->chunk_byte += n;
    decoder->chunk = decoder->at = decoder->end = NULL;
    return true;
}

/* The line end behind the last record is optional. */
bool mle_csv_scan_end(struct csv_decoder *decoder)
{
    switch (decoder->state) {
    case QUOTED:
        return mle_csv_malformed(decoder, "open_quote", "the body ends inside quotes");
    case RETURN:
        return mle_csv_malformed(decoder, "line_end", "a carriage return without a line feed");
    case START:
        return mle_csv_malformed(decoder, "empty_body", "the body is empty");
    case FIELD:
        if (!decoder->begun)
            break;
        decoder->n_token = 0;
        decoder->quoted = false;
        /* fall through */
    default:
        return field(decoder, decoder->n_token, decoder->token, true) &&
               mle_csv_end_record(decoder);
    }
    if (decoder->in_header)
        return mle_csv_malformed(decoder, "empty_body", "the body is empty");
    return true;
}
