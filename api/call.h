/* Inside of a call, for the operations (api/op_*.c): what the request says, after reading. */
#ifndef MLE_API_CALL_H
#define MLE_API_CALL_H

#include "api/api.h"
#include "api/decode.h"
#include "api/read.h"
#include "api/write.h"
#include "core/fit/fit.h"

/* Bodies that an operation reads; the others of ops.def are true and false. */
enum mle_body { MLE_BODY_NONE, MLE_BODY_ANY, MLE_BODY_JSON };

struct mle_op {
    const char *name;
    enum mle_body body;
    bool answers_text;
    /* Does the work and writes the document. */
    enum mle_status (*run)(struct mle_call *call, const struct mle_work *work,
                           struct mle_error *err);
};

struct mle_call {
    struct mle_call_head head;
    const struct mle_limits *limits;
    struct mle_arena arena;      /* of the call: the decoder, the query */
    struct mle_arena run_arena;  /* of one run */
    struct mle_decoder *decoder; /* NULL: no body */
    json_t *query;               /* the document of a body that is not JSON */
    struct mle_writer writer;
    struct mle_timing timing;
    struct mle_call_facts facts;
    int64_t compute_from_ns, encode_from_ns;
};

/* What a request with a model says. */
struct mle_asked {
    struct mle_model_spec spec;
    struct mle_fit_options options;
    const json_t *at; /* evaluate */
    unsigned compute; /* evaluate: bits of MLE_COMPUTE_* */
};

enum mle_compute {
    MLE_COMPUTE_LOG_LIKELIHOOD = 1,
    MLE_COMPUTE_LOG_DENSITY = 2,
    MLE_COMPUTE_SCORE = 4,
    MLE_COMPUTE_HESSIAN = 8,
    MLE_COMPUTE_CDF = 16,
};

/* The tables of a query string, for mle_query_document. */
extern const struct mle_field_table mle_model_table, mle_options_table, mle_text_body_table;

/* The tables of requests, for openapi.json. */
extern const struct mle_field_table mle_request_table, mle_evaluate_table,
    mle_evaluate_options_table, mle_divergence_table, mle_law_table, mle_predict_table;

/* The object that the request is: the JSON body, or the query made into one. */
const json_t *mle_call_document(const struct mle_call *call);

/* Whether the request has the member "data", and the rows that it says: MLE_INVALID_DATA when there
   are none. */
bool mle_call_has_data(const struct mle_call *call);
enum mle_status mle_call_data(const struct mle_call *call, const struct mle_data **data,
                              struct mle_error *err);

/* Ends the work at the earlier of the server's deadline and this one. */
void mle_call_set_deadline(const struct mle_call *call, const struct mle_work *work,
                           double seconds);

/* Reads the options that stand at /options by a table of those there are; the deadline is checked
   against the limits. */
enum mle_status mle_read_options(struct mle_call *call, const struct mle_field_table *table,
                                 const json_t *options, struct mle_fit_options *out,
                                 struct mle_error *err);

/* Reads model, options and, for evaluate, at and compute. */
enum mle_status mle_read_request(struct mle_call *call, struct mle_asked *asked,
                                 struct mle_error *err);

/* Reads a model, a name or an object, that stands at path. spec borrows from the document and the
   arena. */
enum mle_status mle_read_model(const json_t *model, const struct mle_path *path,
                               struct mle_arena *arena, struct mle_model_spec *spec,
                               struct mle_error *err);

/* SETS theta to the parameters that stand at path, which must be a point of the model: every scalar
   given once, in its domain, and together a distribution. */
enum mle_status mle_read_point(const struct mle_model *model, const json_t *at,
                               const struct mle_path *path, struct mle_arena *arena, double theta[],
                               struct mle_error *err);

/* Binds spec as the distribution of Y itself, whatever was known of the rows it was fitted to:
   weights, censoring, truncation, resolution, fixed and start are dropped from spec. data NULL: one
   row without columns. response: the data have the response (its density is asked for). */
enum mle_status mle_bind_law(struct mle_model_spec *spec, const struct mle_data *data,
                             bool response, enum mle_missing missing, const struct mle_work *work,
                             struct mle_model *model, struct mle_error *err);

/* Faults of a model (and the text, if it begins with one) stand at /model: moves them to base +
   /model, and to that place itself if the model is given by its name. */
void mle_move_faults(struct mle_error *err, const char *base, bool by_name);

/* Reads the request, ends the work at the earlier of the server's deadline and the client's, and
   makes the model of the data; fills the facts that the log wants. */
enum mle_status mle_call_bind(struct mle_call *call, const struct mle_work *work,
                              struct mle_asked *asked, struct mle_model *model,
                              struct mle_error *err);

/* "warnings": what the decoder has to say, and n more. */
void mle_write_warnings(struct mle_call *call, unsigned n, const char warning[][160]);

/* Marks the end of the mathematics, for Server-Timing. */
void mle_call_computed(struct mle_call *call);

/* NaN: null; infinities as strings. */
void mle_write_value(struct mle_writer *writer, const char *name, double value);

/* An element of an array: likewise. */
void mle_write_element(struct mle_writer *writer, double value);

/* A list with a value for each row of the data; null where the row was dropped. x[frame->n]. */
void mle_write_row_list(struct mle_writer *writer, const struct mle_frame *frame, const double x[]);

/* A member with a value for each row of the data; null where the row was dropped. x[frame->n]. */
void mle_write_rows(struct mle_writer *writer, const char *name, const struct mle_frame *frame,
                    const double x[]);

/* {"nats": x, "bits": x / log 2}, null for NaN. */
void mle_write_nats(struct mle_writer *writer, const char *name, double nats);

/* The normalised model, which is accepted back. */
void mle_write_model(struct mle_writer *writer, const struct mle_model *model);

/* theta as the members people write: scalars, vectors. */
void mle_write_parameters(struct mle_writer *writer, const struct mle_model *model,
                          const double theta[]);

/* The document of a fit, in the format of the call. */
void mle_encode_fit(struct mle_call *call, const struct mle_fit *fit);
void mle_encode_fit_text(struct mle_call *call, const struct mle_fit *fit);
void mle_encode_fit_csv(struct mle_call *call, const struct mle_fit *fit);

/* How vectors and matrices are written: [1, 2], c(1, 2). */
enum mle_language { MLE_PYTHON, MLE_R };

/* A call in another language: SETS out to the pattern with its {expressions} filled in: + - * / ( )
   exp log sqrt over parameters, "trials" and numbers; {[name]} is a whole vector or matrix. False,
   and out undefined, when one of them has no finite value or out is too small. */
bool mle_alias(const char *pattern, enum mle_language language, const struct mle_model *model,
               const double theta[], size_t size, char out[]);

#define MLE_OP(name, body, text)                                                                   \
    enum mle_status run_##name(struct mle_call *call, const struct mle_work *work,                 \
                               struct mle_error *err);
#include "api/ops.def"
#undef MLE_OP

#endif
