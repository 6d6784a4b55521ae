/* The two halves of the CSV decoder: scan_csv.c finds fields, decode_csv.c makes columns of them.
   Used by these two alone. */
#ifndef MLE_API_CSV_H
#define MLE_API_CSV_H

#include "api/decode.h"
#include "api/number.h"
#include "core/base/memory.h"

enum { MLE_CSV_MAX_FIELD = 4096 };

struct csv_decoder {
    struct mle_decoder base;
    /* columns */
    size_t n_missing;
    const char *const *missing; /* borrowed */
    bool begins_missing[256];   /* first bytes of them */
    bool in_header, has_header; /* some name of the header is not a number */
    bool odd_separator;         /* the header has ';' or tabs in a field */
    bool is_blank;              /* the record at hand is an empty line */
    uint64_t blank_line;        /* the first empty line between records, 0: none */
    size_t field, rows;         /* the field at hand, complete rows */
    size_t last_shift;
    struct mle_buffer shifts; /* struct mle_line_shift */

    /* where it is */
    const char *chunk, *at, *end, *direct_end;
    uint64_t chunk_byte;
    uint64_t line, record_line; /* from 1; of the byte at hand, of the record's first byte */

    /* the field under way */
    unsigned char state;      /* enum state of scan_csv.c */
    unsigned char mark_bytes; /* of a byte order mark, so far */
    bool quoted;
    bool begun; /* a separator came last, so another field must follow */
    bool high;  /* it has bytes that are not ASCII */
    size_t n_token;
    char token[MLE_CSV_MAX_FIELD];
};

/* scan_csv.c */
bool mle_csv_scan_feed(struct mle_decoder *base, size_t n, const char bytes[]);
bool mle_csv_scan_end(struct csv_decoder *decoder);

/* decode_csv.c: a field is complete (last: of its record), a record is complete, numbers from
   decoder->at on. false: the error is set. */
bool mle_csv_field(struct csv_decoder *decoder, size_t n, const char *text, bool quoted, bool last);
bool mle_csv_end_record(struct csv_decoder *decoder);
bool mle_csv_number_run(struct csv_decoder *decoder);
bool mle_csv_malformed(struct csv_decoder *decoder, const char *code, const char *detail);

#endif
