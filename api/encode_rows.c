/* Values by row. */
#include "api/call.h"

#include <math.h>

void mle_write_element(struct mle_writer *writer, double value)
{
    if (isnan(value))
        mle_write_null(writer);
    else
        mle_write_number(writer, value);
}

void mle_write_rows(struct mle_writer *writer, const char *name, const struct mle_frame *frame,
                    const double x[])
{
    mle_write_key(writer, name);
    mle_write_row_list(writer, frame, x);
}

void mle_write_row_list(struct mle_writer *writer, const struct mle_frame *frame, const double x[])
{
    mle_write_begin_list(writer);
    for (size_t row = 0, i = 0; row < frame->rows_total; row++) {
        bool kept = i < frame->n && mle_frame_origin(frame, i) == row;
        mle_write_element(writer, kept ? x[i] : (double)NAN);
        i += kept;
    }
    mle_write_end_array(writer);
}
