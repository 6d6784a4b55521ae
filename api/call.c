#include "api/call.h"

#include "api/query.h"

#include <math.h>
#include <string.h>

static const struct mle_op ops[] = {
#define MLE_OP(name, body, text) { #name, body, text, run_##name },
#include "api/ops.def"
#undef MLE_OP
};

const struct mle_limits mle_limits_default = {
    .max_document_bytes = 1 << 20,
    .max_rows = 50000000,
    .max_columns = 4096,
    .max_cells = 200000000,
    .max_answer_numbers = 10000000,
    .max_depth = 32,
    .max_deadline_seconds = 3600,
};

const struct mle_op *mle_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

const char *mle_op_name(const struct mle_op *op)
{
    return op->name;
}

bool mle_op_takes(const struct mle_op *op, enum mle_media media)
{
    if (op->body == MLE_BODY_JSON)
        return media == MLE_MEDIA_JSON;
    return (media == MLE_MEDIA_NONE) == (op->body == MLE_BODY_NONE);
}

bool mle_op_answers(const struct mle_op *op, enum mle_format format)
{
    return format == MLE_FORMAT_JSON || op->answers_text;
}

static const struct mle_call_facts no_facts = { .family = "", .outcome = "", .verdict = "" };

/* --- life ------------------------------------------------------------------------------------- */

/* A body that is no JSON has its model and options in the query. */
static enum mle_status read_query(struct mle_call *call, struct mle_text_list *missing,
                                  struct mle_error *err)
{
    const struct mle_field_table *const tables[] = { &mle_text_body_table, &mle_model_table,
                                                     &mle_options_table };
    bool text = call->head.media == MLE_MEDIA_CSV;
    call->query =
        mle_query_document(text ? 3 : 0, tables, call->head.n_query, call->head.query, err);
    if (!call->query)
        return err->status;
    if (!text)
        return MLE_OK;
    const json_t *tokens = json_object_get(call->query, "missing_tokens");
    size_t n = json_array_size(tokens);
    const char **text_list = mle_arena_alloc(&call->arena, (n + 1) * sizeof *text_list);
    if (!text_list)
        return mle_arena_fail(&call->arena, err);
    for (size_t i = 0; i < n; i++)
        text_list[i] = json_string_value(json_array_get(tokens, i));
    *missing = (struct mle_text_list){ n, text_list };
    return MLE_OK;
}

static enum mle_status make_decoder(struct mle_call *call, struct mle_error *err)
{
    struct mle_text_list missing = { 0, NULL };
    if (call->head.media == MLE_MEDIA_NONE && call->head.op->body != MLE_BODY_NONE) {
        mle_problem_fail(err, MLE_PROBLEM_MALFORMED_JSON, "the body is empty");
        mle_fault_at(err, "", "empty_body", "expected the data");
        return err->status;
    }
    MLE_TRY(read_query(call, &missing, err));
    if (call->head.media == MLE_MEDIA_NONE)
        return MLE_OK;
    call->decoder = call->head.media == MLE_MEDIA_JSON
                        ? mle_decoder_json(call->limits, &call->arena, err)
                        : mle_decoder_csv(call->limits, missing.n, missing.text, &call->arena, err);
    return call->decoder ? MLE_OK : err->status;
}

struct mle_call *mle_call_create(const struct mle_call_head *head, const struct mle_limits *limits,
                                 struct mle_budget *budget, struct mle_error *err)
{
    struct mle_arena arena;
    mle_arena_init(&arena, budget, NULL);
    struct mle_call *call = mle_arena_zeros(&arena, 1, sizeof *call);
    if (!call) {
        mle_arena_fail(&arena, err);
        return NULL;
    }
    call->head = *head;
    call->limits = limits;
    call->arena = arena;
    call->facts = no_facts;
    mle_arena_init(&call->run_arena, budget, NULL);
    mle_writer_init(&call->writer, budget, head->pretty);
    if (make_decoder(call, err) == MLE_OK)
        return call;
    mle_call_destroy(call);
    return NULL;
}

void mle_call_destroy(struct mle_call *call)
{
    if (!call)
        return;
    mle_decoder_finish(call->decoder);
    json_decref(call->query);
    mle_writer_finish(&call->writer);
    mle_arena_finish(&call->run_arena);
    struct mle_arena arena = call->arena; /* the call lives in it */
    mle_arena_finish(&arena);
}

void mle_call_feed(struct mle_call *call, size_t n, const char bytes[])
{
    if (call->decoder)
        mle_decoder_feed(call->decoder, n, bytes);
}

bool mle_call_failed(const struct mle_call *call)
{
    return call->decoder && mle_decoder_failed(call->decoder);
}

/* 10 us for reading and writing, some nanoseconds a row, and the tree of the document, which a
   request full of small nonsense makes expensive. */
double mle_call_cost_ns(const struct mle_call *call)
{
    enum { ROW_NS = 20, DOCUMENT_BYTE_NS = 60 };
    if (!call->decoder)
        return 20e3;
    size_t rows = 0;
    const struct mle_builder *builder = &call->decoder->builder;
    for (size_t j = 0; j < builder->n_column; j++)
        rows = builder->column[j].n > rows ? builder->column[j].n : rows;
    return 10e3 + ROW_NS * (double)rows + DOCUMENT_BYTE_NS * (double)call->decoder->document_bytes;
}

/* "model": "gamma" is short for an object: a fault of its family stands at /model itself. */
static void locate_model(const struct mle_call *call, struct mle_error *err)
{
    if (!json_is_string(json_object_get(mle_call_document(call), "model")))
        return;
    for (unsigned i = 0; err && i < err->n_fault; i++)
        if (strncmp(err->fault[i].pointer, "/model/", 7) == 0)
            err->fault[i].pointer[6] = '\0';
}

/* --- running ---------------------------------------------------------------------------------- */

const json_t *mle_call_document(const struct mle_call *call)
{
    return call->head.media == MLE_MEDIA_JSON ? mle_decoder_result(call->decoder)->document
                                              : call->query;
}

bool mle_call_has_data(const struct mle_call *call)
{
    return mle_decoder_result(call->decoder)->form != MLE_FORM_NONE;
}

enum mle_status mle_call_data(const struct mle_call *call, const struct mle_data **data,
                              struct mle_error *err)
{
    const struct mle_decoded *decoded = mle_decoder_result(call->decoder);
    *data = decoded->data;
    if (*data)
        return MLE_OK;
    mle_problem_fail(err, MLE_PROBLEM_INVALID_DATA,
                     decoded->form == MLE_FORM_DATASET ? "there are no stored datasets here"
                                                       : "the request has no data");
    mle_fault_at(err, decoded->form == MLE_FORM_DATASET ? "/data/dataset" : "/data",
                 decoded->form == MLE_FORM_DATASET ? "unknown_dataset" : "required",
                 "an array of numbers, or an object with values, columns or rows");
    return MLE_INVALID_DATA;
}

void mle_call_set_deadline(const struct mle_call *call, const struct mle_work *work, double seconds)
{
    if (!work->stop)
        return;
    int64_t mine = call->compute_from_ns + (int64_t)(seconds * 1e9);
    if (work->stop->deadline_ns == 0 || mine < work->stop->deadline_ns)
        work->stop->deadline_ns = mine;
}

enum mle_status mle_call_bind(struct mle_call *call, const struct mle_work *work,
                              struct mle_asked *asked, struct mle_model *model,
                              struct mle_error *err)
{
    const struct mle_data *data;
    MLE_TRY(mle_read_request(call, asked, err));
    MLE_TRY(mle_call_data(call, &data, err));
    mle_call_set_deadline(call, work, asked->options.deadline_seconds);
    call->facts.rows = data->n;
    MLE_TRY(mle_model_bind(&asked->spec, data, (enum mle_missing)asked->options.missing, work,
                           model, err));
    call->facts.family = model->family ? model->family->name : model->kind->name;
    return MLE_OK;
}

void mle_call_computed(struct mle_call *call)
{
    call->encode_from_ns = mle_now_ns();
}

enum mle_status mle_call_run(struct mle_call *call, const struct mle_env *env,
                             struct mle_stop *stop, struct mle_document *document,
                             struct mle_error *err)
{
    int64_t start = mle_now_ns();
    call->timing = (struct mle_timing){ 0 };
    call->facts = no_facts;
    mle_writer_restart(&call->writer);
    mle_arena_finish(&call->run_arena);
    if (call->decoder)
        MLE_TRY(mle_decoder_end(call->decoder, err));
    call->compute_from_ns = call->encode_from_ns = mle_now_ns();
    call->timing.decode_ns = call->compute_from_ns - start;
    struct mle_work work = { { env->pool }, stop, &call->run_arena };
    enum mle_status status = call->head.op->run(call, &work, err);
    if (status == MLE_OK)
        status = mle_writer_status(&call->writer, err);
    int64_t end = mle_now_ns();
    call->timing.compute_ns = call->encode_from_ns - call->compute_from_ns;
    call->timing.encode_ns = end - call->encode_from_ns;
    if (status != MLE_OK) {
        if (call->decoder) {
            mle_decode_locate(mle_decoder_result(call->decoder), err);
            locate_model(call, err);
        }
        return status;
    }
    document->n = mle_writer_length(&call->writer);
    document->bytes = mle_writer_bytes(&call->writer);
    document->format = call->head.format;
    return MLE_OK;
}

struct mle_timing mle_call_timing(const struct mle_call *call)
{
    return call->timing;
}

struct mle_call_facts mle_call_facts(const struct mle_call *call)
{
    return call->facts;
}
