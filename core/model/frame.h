/* The rows a model learns from: the columns it names, after the missing policy and without rows of
   weight zero. Columns that need no change are borrowed from the data, without a copy. */
#ifndef MLE_CORE_MODEL_FRAME_H
#define MLE_CORE_MODEL_FRAME_H

#include "core/base/arena.h"
#include "core/data/data.h"
#include "core/data/reduce.h"
#include "core/family/family.h"
#include "core/model/spec.h"

/* What a computation works with; everything is borrowed. */
struct mle_work {
    struct mle_reducer reducer;
    struct mle_stop *stop;
    struct mle_arena *arena; /* results and scratch */
};

struct mle_frame {
    size_t n;               /* rows used */
    size_t rows_total;      /* rows of the data */
    size_t rows_omitted;    /* dropped by missing: omit */
    size_t rows_weightless; /* of weight 0: they have no influence at all */
    double weight_sum;
    const double *y;        /* [n] a numeric response, else NULL; lower ends where upper is given */
    const double *upper;    /* [n] upper ends: row i is exact if y[i] = upper[i], else it says only
                               that y[i] <= Y <= upper[i]. NULL: all rows are exact */
    struct mle_view cut[2]; /* truncation: rows are seen only when cut[0] <= Y <= cut[1]; at NULL:
                               there is none */
    const double *precision; /* [n] precision weights, NULL: none; then w is NULL */
    const uint32_t *codes;   /* [n] a categorical response, index into level, else NULL */
    size_t n_level;          /* of a categorical response: the levels of the rows used */
    const char *const *level;
    const double *w;        /* [n], NULL: all one */
    struct mle_view trials; /* at NULL: none */
    const size_t *origin;   /* [n] row of the data, NULL: row i is row i */
    /* NULL if there is none; response is the lower end's column of interval data */
    const struct mle_column *response, *weights, *trials_column, *upper_column, *event;
    size_t n_part; /* columns of the response, at least 1; 0: spec->no_response */
    const struct mle_column *const *part; /* [n_part]; the first is response */
    const double *const *value;           /* [n_part][n]; NULL for a categorical one */
};

/* Finds the columns that spec names in data and selects the rows; more[n_more] are the columns of
   the predictors, which must not be missing either. A single response is left as it is (numbers or
   codes), several are numbers. Errors: MLE_INVALID_MODEL (no such column), MLE_INVALID_DATA
   (missing values, a weight that is negative, a column of the wrong type), MLE_NO_DATA. Memory:
   work->arena. */
enum mle_status mle_frame_bind(const struct mle_model_spec *spec, const struct mle_data *data,
                               size_t n_more, const struct mle_column *const more[],
                               enum mle_missing missing, const struct mle_work *work,
                               struct mle_frame *frame, struct mle_error *err);

/* SETS *column to the column of that name; MLE_INVALID_MODEL at pointer if there is none, or if it
   holds text. */
enum mle_status mle_frame_numbers(const struct mle_data *data, const char *pointer,
                                  const char *name, const struct mle_column **column,
                                  struct mle_error *err);

/* The values of a numeric column in the frame's rows: the column's own, or a copy in work->arena.
   NULL for want of memory. */
const double *mle_frame_gather(const struct mle_frame *frame, const struct mle_column *column,
                               const struct mle_work *work);

/* What the rows say beside exact values: intervals, truncation, resolution, threshold
   (core/model/observe.c). Fills y, upper and cut of a frame whose rows are gathered. Faults: ends
   in the wrong order, events that are not 0 or 1, rows outside their truncation. */
enum mle_status mle_frame_observe(const struct mle_model_spec *spec, const struct mle_data *data,
                                  bool counts, const struct mle_work *work, struct mle_frame *frame,
                                  struct mle_error *err);

/* Row of the data that row i of the frame comes from. */
size_t mle_frame_origin(const struct mle_frame *frame, size_t i);

#endif
