/* The two halves of the JSON decoder: decode_json.c keeps the document, json_data.c makes columns
   of the data. Used by these two alone. */
#ifndef MLE_API_JSON_H
#define MLE_API_JSON_H

#include "api/decode.h"
#include "api/scan_json.h"

/* What a bracket that is open belongs to. */
enum json_role {
    JSON_OUTSIDE,
    JSON_TOP,      /* the members of the request */
    JSON_DOCUMENT, /* anything below it that is not data */
    JSON_DATA,     /* {"columns": ...} and its like */
    JSON_VALUES,   /* the values of one column */
    JSON_COLUMNS,  /* arrays by name */
    JSON_ROWS,     /* objects */
    JSON_ROW       /* values by name */
};

/* From this byte of the document's text on it is a copy of the body from that place on. */
struct piece {
    size_t at;
    uint64_t byte, line, line_byte, continuations;
};

enum { MAX_PIECES = 4 };

struct json_decoder {
    struct mle_decoder base;
    struct mle_json_scan scan;
    struct mle_buffer document; /* the text for the tree */
    size_t n_piece;             /* more than MAX_PIECES: places are not known any more */
    struct piece piece[MAX_PIECES];
    size_t tree_bytes;                           /* what jansson will need for it, at most */
    enum json_role role[MLE_JSON_MAX_DEPTH + 1]; /* [depth] */
    unsigned depth;
    bool at_data, seen_data; /* the last key of the request was "data"; some key was */
    size_t column;           /* under way */
    size_t rows;             /* complete rows; in JSON_ROW the number of this one */
    size_t next_column;      /* of the row, if its members come as in the row before */
};

/* decode_json.c */

/* The role of the innermost bracket that is open. */
static inline enum json_role mle_json_role(const struct json_decoder *decoder)
{
    return decoder->role[decoder->depth];
}

/* A bracket of that role is open now. Returns true. */
bool mle_json_push(struct json_decoder *decoder, enum json_role role);

/* From the scanner's place on the text goes into the document. */
void mle_json_begin_copy(struct json_decoder *decoder);

/* A member comes twice. Returns false. */
bool mle_json_duplicate(struct json_decoder *decoder, size_t n, const char *text);

/* json_data.c. false: the error is set. */

/* The bracket that begins the value of "data". */
bool mle_json_data_begin(struct json_decoder *decoder, char bracket);

/* A key, an opening bracket or a value inside the data, and a closing one that was of that role. */
bool mle_json_data_key(struct json_decoder *decoder, size_t n, const char *text);
bool mle_json_data_open(struct json_decoder *decoder, char bracket);
bool mle_json_data_close(struct json_decoder *decoder, enum json_role role);
bool mle_json_data_number(struct json_decoder *decoder, double value);
bool mle_json_data_string(struct json_decoder *decoder, size_t n, const char *text);
bool mle_json_data_word(struct json_decoder *decoder, enum mle_json_word word);

/* The value at hand is not what the data need. Returns false. */
bool mle_json_bad_value(struct json_decoder *decoder, const char *code, const char *detail);

#endif
