#include "core/base/status.h"

#include "core/base/utf8.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
} statuses[] = {
#define STATUS_ROW(name, text) { #name, text },
    MLE_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

const char *mle_status_name(enum mle_status status)
{
    return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status].name : "?";
}

const char *mle_status_text(enum mle_status status)
{
    return (size_t)status < sizeof statuses / sizeof *statuses ? statuses[status].text : "?";
}

void mle_copy_text(size_t size, char *to, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(to, text, n);
    to[n] = '\0';
}

/* Takes out the bytes that are no UTF-8: a precision as in %.64s counts bytes, so it may leave half
   a character behind. */
static void keep_characters(char *text)
{
    char *to = text;
    for (size_t n = strlen(text); n > 0;) {
        size_t length = mle_utf8_length(n, text), step = length ? length : 1;
        memmove(to, text, length);
        to += length;
        text += step;
        n -= step;
    }
    *to = '\0';
}

/* vsnprintf whose text is UTF-8, wherever it had to be cut. */
static void print_text(size_t size, char *to, const char *format, va_list args)
{
    char wide[1024];
    vsnprintf(wide, sizeof wide, format, args);
    keep_characters(wide);
    mle_copy_text(size, to, wide);
}

void mle_error_begin(struct mle_error *err, enum mle_status status)
{
    if (!err)
        return;
    err->status = status;
    err->problem = 0;
    err->text[0] = err->hint[0] = '\0';
    err->faults_total = 0;
    err->n_fault = 0;
}

enum mle_status mle_fail(struct mle_error *err, enum mle_status status, const char *format, ...)
{
    if (!err)
        return status;
    mle_error_begin(err, status);
    va_list args;
    va_start(args, format);
    print_text(sizeof err->text, err->text, format, args);
    va_end(args);
    return status;
}

/* The next free fault, emptied; NULL when the list is full or there is no error record. */
static struct mle_fault *next_fault(struct mle_error *err)
{
    if (!err)
        return NULL;
    err->faults_total++;
    if (err->n_fault == MLE_MAX_FAULTS)
        return NULL;
    struct mle_fault *fault = &err->fault[err->n_fault++];
    fault->pointer[0] = fault->column[0] = fault->code[0] = fault->detail[0] = '\0';
    fault->did_you_mean[0] = '\0';
    fault->row = fault->byte = -1;
    fault->line = fault->column_number = 0;
    return fault;
}

void mle_fault_at(struct mle_error *err, const char *pointer, const char *code, const char *format,
                  ...)
{
    struct mle_fault *fault = next_fault(err);
    if (!fault)
        return;
    mle_copy_text(sizeof fault->pointer, fault->pointer, pointer);
    mle_copy_text(sizeof fault->code, fault->code, code);
    va_list args;
    va_start(args, format);
    print_text(sizeof fault->detail, fault->detail, format, args);
    va_end(args);
}

void mle_fault_row(struct mle_error *err, size_t row, const char *column, const char *code,
                   const char *format, ...)
{
    struct mle_fault *fault = next_fault(err);
    if (!fault)
        return;
    fault->row = (int64_t)row;
    if (column)
        mle_copy_text(sizeof fault->column, fault->column, column);
    mle_copy_text(sizeof fault->code, fault->code, code);
    va_list args;
    va_start(args, format);
    print_text(sizeof fault->detail, fault->detail, format, args);
    va_end(args);
}

void mle_did_you_mean(struct mle_error *err, const char *word)
{
    if (!err || !word || err->n_fault == 0 || err->n_fault < err->faults_total)
        return;
    struct mle_fault *fault = &err->fault[err->n_fault - 1];
    mle_copy_text(sizeof fault->did_you_mean, fault->did_you_mean, word);
}

void mle_hint(struct mle_error *err, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    print_text(sizeof err->hint, err->hint, format, args);
    va_end(args);
}

void mle_pointer(size_t size, char out[], const char *base, const char *name)
{
    size_t n = strlen(base);
    memcpy(out, base, n);
    if (n + 1 < size)
        out[n++] = '/';
    for (; *name && n + 2 < size; name++) {
        if (*name == '~' || *name == '/')
            out[n++] = '~';
        out[n++] = *name == '~' ? '0' : *name == '/' ? '1' : *name;
    }
    out[n] = '\0';
}
