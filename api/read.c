#include "api/read.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_CHARACTERS 64                          /* of an offending value */
#define SHOWN_SIZE       (4 * SHOWN_CHARACTERS + 16) /* UTF-8, quotes and "..." */
#define MAX_NAME         64                          /* longer names get no suggestion */

struct reader {
    bool is_query;
    const char *base; /* pointer of the object */
    enum mle_problem wrong;
    void *target;
    struct mle_error *err;
    enum mle_status status; /* MLE_OK until the first fault */
};

/* A number before its range is known. Integers keep the digits that a double would lose. */
struct number {
    bool is_integer;
    int64_t integer;
    double real; /* set for integers too */
};

/* One value on its way into the target, and how to speak of it. */
struct place {
    const struct mle_field *field;
    void *to;
    char pointer[192];
    char shown[SHOWN_SIZE];
};

/* --- pointers and texts ---------------------------------------------------------------------- */

void mle_pointer(size_t size, char out[], const char *base, const char *name)
{
    mle_copy_text(size, out, base);
    size_t n = strlen(out);
    if (n < strlen(base) || n + 1 >= size)
        return;
    out[n++] = '/';
    size_t whole = n; /* end of the last character that fits */
    for (const char *c = name; *c; c++) {
        if (((unsigned char)*c & 0xC0) != 0x80)
            whole = n;
        size_t need = *c == '~' || *c == '/' ? 2 : 1;
        if (n + need >= size) {
            out[whole] = '\0';
            return;
        }
        out[n++] = need == 2 ? '~' : *c;
        if (need == 2)
            out[n++] = *c == '~' ? '0' : '1';
    }
    out[n] = '\0';
}

static void pointer_to(const struct reader *reader, size_t size, char out[], const char *name)
{
    if (!reader->is_query) {
        mle_pointer(size, out, reader->base, name);
        return;
    }
    out[0] = '?';
    mle_copy_text(size - 1, out + 1, name);
}

/* Text in quotes, cut so that never more than 64 characters of a payload are echoed. */
static void show_text(char out[SHOWN_SIZE], const char *text)
{
    size_t n = 0, characters = 0;
    while (text[n]) {
        bool starts = ((unsigned char)text[n] & 0xC0) != 0x80;
        if ((starts && characters == SHOWN_CHARACTERS) || n == 4 * SHOWN_CHARACTERS)
            break;
        characters += starts;
        n++;
    }
    snprintf(out, SHOWN_SIZE, "'%.*s'%s", (int)n, text, text[n] ? "..." : "");
}

/* The shortest of the usual precisions that gives the number back. */
static void show_real(size_t size, char out[], double x)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            return;
    }
}

/* Lists and objects are named, not shown. */
static void show_json(char out[SHOWN_SIZE], const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    if (json_is_string(value))
        show_text(out, json_string_value(value));
    else if (json_is_integer(value))
        snprintf(out, SHOWN_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        show_real(SHOWN_SIZE, out, json_real_value(value));
    else
        mle_copy_text(SHOWN_SIZE, out, names[json_typeof(value)]);
}

/* --- faults ---------------------------------------------------------------------------------- */

/* The first fault starts the error, with its text; the rest is added to the list. Returns whether
   it was the first. */
static bool add_fault(struct reader *reader, enum mle_problem problem, const char *pointer,
                      const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static bool add_fault(struct reader *reader, enum mle_problem problem, const char *pointer,
                      const char *code, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bool first = reader->status == MLE_OK;
    if (first && problem == MLE_PROBLEM_UNKNOWN_MEMBER)
        reader->status = mle_problem_fail(reader->err, problem, "%s", text);
    else if (first)
        reader->status = mle_problem_fail(reader->err, problem, "%s: %s", pointer, text);
    mle_fault_at(reader->err, pointer, code, "%s", text);
    return first;
}

static void wrong_type(struct reader *reader, const struct place *place, const char *expected)
{
    add_fault(reader, reader->wrong, place->pointer, "wrong_type", "expected %s, got %s", expected,
              place->shown);
}

static void out_of_range(struct reader *reader, const struct place *place)
{
    const struct mle_field *field = place->field;
    bool is_count = field->kind == MLE_FIELD_COUNT;
    double low = is_count ? field->least : field->above;
    char from[32], to[32], lower[64] = "", upper[64] = "";
    show_real(sizeof from, from, low);
    show_real(sizeof to, to, field->most);
    if (isfinite(low))
        snprintf(lower, sizeof lower, " %s %s", is_count ? "of at least" : "above", from);
    if (isfinite(field->most))
        snprintf(upper, sizeof upper, " %s at most %s", *lower ? "and" : "of", to);
    add_fault(reader, reader->wrong, place->pointer, "out_of_range", "expected %s%s%s, got %s",
              is_count ? "an integer" : "a number", lower, upper, place->shown);
}

/* --- suggestions ----------------------------------------------------------------------------- */

/* Insertions, deletions, substitutions and swaps of neighbours that turn a into b; both at most
   MAX_NAME long. */
static size_t edit_distance(size_t n_a, const char *a, size_t n_b, const char *b)
{
    size_t rows[3][MAX_NAME + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= n_b; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        now[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[n_b];
}

/* The best of the candidates offered so far. */
struct nearest {
    size_t n_name;
    const char *name;
    size_t distance, n_best;
    const char *best; /* NULL: none is near */
};

static struct nearest nearest_to(const char *name)
{
    return (struct nearest){ .n_name = strlen(name), .name = name, .distance = SIZE_MAX };
}

/* Near is within 2 edits or a third of the length, but never a text that shares nothing. */
static void offer(struct nearest *nearest, size_t n, const char *candidate)
{
    if (nearest->n_name > MAX_NAME || n > MAX_NAME)
        return;
    size_t allowed = nearest->n_name / 3 > 2 ? nearest->n_name / 3 : 2;
    size_t distance = edit_distance(nearest->n_name, nearest->name, n, candidate);
    if (distance > allowed || distance >= nearest->distance)
        return;
    if (distance >= n || distance >= nearest->n_name)
        return;
    nearest->distance = distance;
    nearest->n_best = n;
    nearest->best = candidate;
}

/* --- values ---------------------------------------------------------------------------------- */

static void store_real(struct reader *reader, const struct place *place,
                       const struct number *number)
{
    double x = number->real;
    if (!(x > place->field->above && x <= place->field->most))
        out_of_range(reader, place);
    else
        memcpy(place->to, &x, sizeof x);
}

static void store_count(struct reader *reader, const struct place *place,
                        const struct number *number)
{
    if (number->real != floor(number->real)) {
        wrong_type(reader, place, "an integer");
        return;
    }
    /* Half-open, because the largest int64_t is no double. */
    bool fits = number->is_integer || (number->real >= -0x1p63 && number->real < 0x1p63);
    if (!fits || !(number->real >= place->field->least && number->real <= place->field->most)) {
        out_of_range(reader, place);
        return;
    }
    int64_t count = number->is_integer ? number->integer : (int64_t)number->real;
    memcpy(place->to, &count, sizeof count);
}

/* "a|b|c" for people. */
static void list_words(size_t size, char out[], const char *words)
{
    size_t n = 0;
    out[0] = '\0';
    for (const char *word = words; *word;) {
        size_t length = strcspn(word, "|");
        int printed = snprintf(out + n, size - n, "%s%.*s", n ? ", " : "", (int)length, word);
        if (printed < 0 || (size_t)printed >= size - n)
            return;
        n += (size_t)printed;
        word += length + (word[length] == '|');
    }
}

/* Index of the word, -1 with a fault if it is none of the field's. */
static int find_word(struct reader *reader, const struct place *place, size_t n, const char *text)
{
    int index = 0;
    for (const char *word = place->field->words; *word; index++) {
        size_t length = strcspn(word, "|");
        if (length == n && memcmp(word, text, n) == 0)
            return index;
        word += length + (word[length] == '|');
    }
    struct nearest nearest = { .n_name = n, .name = text, .distance = SIZE_MAX };
    for (const char *word = place->field->words; *word;) {
        size_t length = strcspn(word, "|");
        offer(&nearest, length, word);
        word += length + (word[length] == '|');
    }
    char list[512];
    list_words(sizeof list, list, place->field->words);
    bool first = add_fault(reader, reader->wrong, place->pointer, "unknown_word",
                           "expected one of %s, got %s", list, place->shown);
    if (first && nearest.best)
        mle_hint(reader->err, "Did you mean '%.*s'?", (int)nearest.n_best, nearest.best);
    return -1;
}

static void store_word(struct reader *reader, const struct place *place, const char *text)
{
    int index = find_word(reader, place, strlen(text), text);
    if (index >= 0)
        memcpy(place->to, &index, sizeof index);
}

static void store_text(const struct place *place, const char *text)
{
    memcpy(place->to, &text, sizeof text);
}

static void store_bool(const struct place *place, bool value)
{
    memcpy(place->to, &value, sizeof value);
}

static struct place place_of(const struct reader *reader, const struct mle_field *field)
{
    struct place place = { .field = field, .to = (char *)reader->target + field->offset };
    pointer_to(reader, sizeof place.pointer, place.pointer, field->name);
    return place;
}

static void missing(struct reader *reader, const struct mle_field *field)
{
    struct place place = place_of(reader, field);
    add_fault(reader, reader->wrong, place.pointer, "required", "the %s '%s' is required",
              reader->is_query ? "argument" : "member", field->name);
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* A string without NUL inside, which would be cut silently. */
static bool is_text(const json_t *value)
{
    return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
}

static void read_words(struct reader *reader, const struct place *list, const json_t *value)
{
    if (!json_is_array(value)) {
        wrong_type(reader, list, "a list of words");
        return;
    }
    unsigned set = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        struct place place = { .field = list->field };
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        mle_pointer(sizeof place.pointer, place.pointer, list->pointer, number);
        show_json(place.shown, item);
        if (!is_text(item)) {
            wrong_type(reader, &place, "a word");
            continue;
        }
        int index = find_word(reader, &place, json_string_length(item), json_string_value(item));
        if (index >= 0)
            set |= 1u << index;
    }
    memcpy(list->to, &set, sizeof set);
}

static void read_number(struct reader *reader, const struct place *place, const json_t *value)
{
    bool is_count = place->field->kind == MLE_FIELD_COUNT;
    if (!json_is_number(value)) {
        wrong_type(reader, place, is_count ? "an integer" : "a number");
        return;
    }
    struct number number = { .is_integer = json_is_integer(value),
                             .integer = json_integer_value(value),
                             .real = json_number_value(value) };
    if (is_count)
        store_count(reader, place, &number);
    else
        store_real(reader, place, &number);
}

static void read_value(struct reader *reader, const struct mle_field *field, const json_t *value)
{
    struct place place = place_of(reader, field);
    show_json(place.shown, value);
    switch (field->kind) {
    case MLE_FIELD_REAL:
    case MLE_FIELD_COUNT:
        read_number(reader, &place, value);
        break;
    case MLE_FIELD_BOOL:
        if (json_is_boolean(value))
            store_bool(&place, json_is_true(value));
        else
            wrong_type(reader, &place, "true or false");
        break;
    case MLE_FIELD_STRING:
        if (is_text(value))
            store_text(&place, json_string_value(value));
        else
            wrong_type(reader, &place, "a string");
        break;
    case MLE_FIELD_WORD:
        if (is_text(value))
            store_word(reader, &place, json_string_value(value));
        else
            wrong_type(reader, &place, "a word");
        break;
    case MLE_FIELD_WORDS:
        read_words(reader, &place, value);
        break;
    case MLE_FIELD_JSON:
        memcpy(place.to, &value, sizeof value);
        break;
    }
}

static const struct mle_field *find_field(size_t n_field, const struct mle_field field[],
                                          const char *name)
{
    for (size_t k = 0; k < n_field; k++) {
        if (strcmp(field[k].name, name) == 0)
            return &field[k];
    }
    return NULL;
}

/* Suggestions are computed only for faults that will be listed: a body may have very many. */
static void unknown(struct reader *reader, size_t n_field, const struct mle_field field[],
                    const char *name)
{
    const char *what = reader->is_query ? "argument" : "member";
    char pointer[192], shown[SHOWN_SIZE];
    pointer_to(reader, sizeof pointer, pointer, name);
    show_text(shown, name);
    struct nearest nearest = nearest_to(name);
    bool listed =
        reader->err && (reader->status == MLE_OK || reader->err->n_fault < MLE_MAX_FAULTS);
    for (size_t k = 0; listed && k < n_field; k++)
        offer(&nearest, strlen(field[k].name), field[k].name);
    if (!nearest.best) {
        add_fault(reader, MLE_PROBLEM_UNKNOWN_MEMBER, pointer, "unknown_member",
                  "there is no %s %s", what, shown);
        return;
    }
    add_fault(reader, MLE_PROBLEM_UNKNOWN_MEMBER, pointer, "unknown_member",
              "there is no %s %s; did you mean '%s'?", what, shown, nearest.best);
    if (!reader->err->hint[0])
        mle_hint(reader->err, "Did you mean '%s'?", nearest.best);
}

enum mle_status mle_read_object(const json_t *object, const char *pointer, size_t n_field,
                                const struct mle_field field[], enum mle_problem wrong,
                                struct mle_arena *arena, void *target, struct mle_error *err)
{
    (void)arena; /* the query needs it, and both are called alike */
    struct reader reader = { .base = pointer, .wrong = wrong, .target = target, .err = err };
    bool absent = !object || (json_is_null(object) && pointer[0]);
    if (!absent && !json_is_object(object)) {
        char shown[SHOWN_SIZE];
        show_json(shown, object);
        add_fault(&reader, wrong, pointer, "wrong_type", "expected an object, got %s", shown);
        return reader.status;
    }
    const char *name;
    json_t *value;
    json_t *members = absent ? NULL : (json_t *)(uintptr_t)object; /* jansson iterates non-const */
    json_object_foreach(members, name, value)
    {
        if (!find_field(n_field, field, name))
            unknown(&reader, n_field, field, name);
    }
    if (reader.status != MLE_OK)
        return reader.status;
    for (size_t k = 0; k < n_field; k++) {
        const json_t *given = absent ? NULL : json_object_get(object, field[k].name);
        if (given && !json_is_null(given))
            read_value(&reader, &field[k], given);
        else if (field[k].required)
            missing(&reader, &field[k]);
    }
    return reader.status;
}

/* --- query ----------------------------------------------------------------------------------- */

static const char *skip_digits(const char *text, bool *any)
{
    const char *end = text + strspn(text, "0123456789");
    *any = end > text;
    return end;
}

/* -?digits(.digits)?([eE][+-]?digits)? and nothing else: strtod would take spaces, hexadecimal,
   "inf" and "nan" too. */
static bool is_number(const char *text, bool *is_integer)
{
    bool any;
    const char *c = skip_digits(text + (*text == '-'), &any);
    if (!any)
        return false;
    *is_integer = *c == '\0';
    if (*c == '.') {
        c = skip_digits(c + 1, &any);
        if (!any)
            return false;
    }
    if (*c == 'e' || *c == 'E') {
        c++;
        c = skip_digits(c + (*c == '+' || *c == '-'), &any);
        if (!any)
            return false;
    }
    return *c == '\0';
}

/* Text to number whatever the locale of the process; what overflows is infinite. */
static bool parse_number(const char *text, struct number *number)
{
    bool is_integer = false;
    if (!is_number(text, &is_integer))
        return false;
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        return false;
    char *end;
    *number = (struct number){ .real = strtod_l(text, &end, c_locale) };
    freelocale(c_locale);
    if (is_integer) {
        errno = 0;
        number->integer = strtoll(text, NULL, 10);
        number->is_integer = errno == 0;
    }
    return *end == '\0';
}

static void parse_words(struct reader *reader, struct place *place, const char *text)
{
    unsigned set = 0;
    for (const char *word = text; *text;) {
        size_t n = strcspn(word, ",");
        char item[MAX_NAME * 4 + 2];
        snprintf(item, sizeof item, "%.*s", (int)(n < sizeof item ? n : sizeof item), word);
        show_text(place->shown, item);
        int index = find_word(reader, place, n, word);
        if (index >= 0)
            set |= 1u << index;
        if (!word[n])
            break;
        word += n + 1;
    }
    memcpy(place->to, &set, sizeof set);
}

static void parse_json(struct reader *reader, const struct place *place, const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (json_is_null(value)) {
        if (place->field->required)
            missing(reader, place->field);
        return;
    }
    if (!value)
        value = json_string(text);
    if (value)
        memcpy(place->to, &value, sizeof value);
    else
        wrong_type(reader, place, "UTF-8 text");
}

static void parse_value(struct reader *reader, const struct mle_field *field, const char *text)
{
    struct place place = place_of(reader, field);
    struct number number;
    show_text(place.shown, text);
    switch (field->kind) {
    case MLE_FIELD_REAL:
    case MLE_FIELD_COUNT:
        if (!parse_number(text, &number))
            wrong_type(reader, &place, field->kind == MLE_FIELD_COUNT ? "an integer" : "a number");
        else if (field->kind == MLE_FIELD_COUNT)
            store_count(reader, &place, &number);
        else
            store_real(reader, &place, &number);
        break;
    case MLE_FIELD_BOOL:
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            store_bool(&place, text[0] == 't');
        else
            wrong_type(reader, &place, "true or false");
        break;
    case MLE_FIELD_STRING:
        store_text(&place, text);
        break;
    case MLE_FIELD_WORD:
        store_word(reader, &place, text);
        break;
    case MLE_FIELD_WORDS:
        parse_words(reader, &place, text);
        break;
    case MLE_FIELD_JSON:
        parse_json(reader, &place, text);
        break;
    }
}

/* Names first: which arguments exist, and that none is given twice. */
static void check_names(struct reader *reader, size_t n, const struct mle_pair query[],
                        size_t n_field, const struct mle_field field[], bool given[])
{
    for (size_t i = 0; i < n; i++) {
        const struct mle_field *known = find_field(n_field, field, query[i].name);
        if (!known) {
            unknown(reader, n_field, field, query[i].name);
            continue;
        }
        if (given[known - field]) {
            char pointer[192];
            pointer_to(reader, sizeof pointer, pointer, known->name);
            add_fault(reader, MLE_PROBLEM_UNKNOWN_MEMBER, pointer, "repeated_argument",
                      "the argument '%s' is given more than once", known->name);
        }
        given[known - field] = true;
    }
}

enum mle_status mle_read_query(size_t n, const struct mle_pair query[], size_t n_field,
                               const struct mle_field field[], enum mle_problem wrong,
                               struct mle_arena *arena, void *target, struct mle_error *err)
{
    struct reader reader = {
        .is_query = true, .base = "", .wrong = wrong, .target = target, .err = err
    };
    struct mle_arena_mark mark = mle_arena_mark(arena);
    bool *given = mle_arena_zeros(arena, n_field ? n_field : 1, sizeof *given);
    if (!given)
        return mle_arena_fail(arena, err);
    check_names(&reader, n, query, n_field, field, given);
    if (reader.status == MLE_OK) {
        for (size_t i = 0; i < n; i++)
            parse_value(&reader, find_field(n_field, field, query[i].name), query[i].value);
        for (size_t k = 0; k < n_field; k++) {
            if (field[k].required && !given[k])
                missing(&reader, &field[k]);
        }
        if (reader.status != MLE_OK)
            mle_read_query_release(n_field, field, target);
    }
    mle_arena_rewind(arena, mark);
    return reader.status;
}

void mle_read_query_release(size_t n_field, const struct mle_field field[], void *target)
{
    for (size_t k = 0; k < n_field; k++) {
        if (field[k].kind != MLE_FIELD_JSON)
            continue;
        json_t *value;
        memcpy(&value, (char *)target + field[k].offset, sizeof value);
        json_decref(value);
        value = NULL;
        memcpy((char *)target + field[k].offset, &value, sizeof value);
    }
}
