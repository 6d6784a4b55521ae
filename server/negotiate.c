#include "server/negotiate.h"

#include <string.h>
#include <strings.h>

/* The thousandths in "0.5", "1" or "0.125"; what cannot be read counts as 1. */
static unsigned read_weight(const char *text)
{
    if (*text != '0')
        return 1000;
    unsigned weight = 0, place = 100;
    if (text[1] == '.')
        for (const char *at = text + 2; *at >= '0' && *at <= '9' && place > 0; at++, place /= 10)
            weight += place * (unsigned)(*at - '0');
    return weight;
}

/* How exactly the range names the type: 3 itself, 2 its kind ("text" followed by a star), 1 all
   types, 0 not at all. */
static unsigned precision(size_t n, const char *range, const char *type)
{
    if (n == 3 && strncmp(range, "*/*", 3) == 0)
        return 1;
    if (n == strlen(type) && strncasecmp(range, type, n) == 0)
        return 3;
    size_t kind = strcspn(type, "/") + 1;
    return n == kind + 1 && range[kind] == '*' && strncasecmp(range, type, kind) == 0 ? 2 : 0;
}

/* Looks through one Accept line; the most precise range that names the type counts. */
static void weigh(const char *accept, const char *type, unsigned *best, unsigned *weight)
{
    while (*accept) {
        accept += strspn(accept, ", \t");
        size_t n = strcspn(accept, ",; \t");
        const char *range = accept;
        unsigned q = 1000, exact = precision(n, range, type);
        size_t item = strcspn(accept, ",");
        for (const char *at = memchr(accept, ';', item); at && at < accept + item;
             at = memchr(at, ';', (size_t)(accept + item - at))) {
            at++;
            at += strspn(at, " \t");
            if (strncasecmp(at, "q=", 2) == 0)
                q = read_weight(at + 2);
        }
        if (exact > *best) {
            *best = exact;
            *weight = q;
        }
        accept += item;
    }
}

unsigned mled_negotiate_weight(const struct mled_head *head, const char *type)
{
    unsigned lines = head->count[MLED_HEADER_ACCEPT], best = 0, weight = 0;
    if (lines == 0)
        return 1000;
    for (unsigned i = 0; i < lines && i < MLED_LISTED; i++)
        weigh(head->accept[i], type, &best, &weight);
    return weight;
}

bool mled_negotiate_format(const struct mled_head *head, const struct mle_op *op,
                           enum mle_format *format)
{
    unsigned most = 0;
    *format = MLE_FORMAT_JSON;
    if (head->count[MLED_HEADER_ACCEPT] == 0)
        return true;
    for (int i = 0; i < MLE_FORMAT_COUNT; i++) {
        if (op ? !mle_op_answers(op, (enum mle_format)i) : i != MLE_FORMAT_JSON)
            continue;
        unsigned weight = mled_negotiate_weight(head, mle_format_name((enum mle_format)i));
        if (weight > most) {
            most = weight;
            *format = (enum mle_format)i;
        }
    }
    return most > 0;
}

/* One preference of a list: its name and value (token or quoted string), both without blanks around
   them. Returns what follows the comma behind it. Ref: RFC 7240, 2. */
static const char *read_preference(const char *at, const char **name, size_t *n_name,
                                   const char **value, size_t *n_value)
{
    at += strspn(at, ", \t");
    *name = at;
    *n_name = strcspn(at, " \t=,;");
    at += *n_name;
    at += strspn(at, " \t");
    *n_value = 0;
    if (*at == '=') {
        at++;
        at += strspn(at, " \t");
        bool quoted = *at == '"';
        at += quoted;
        *value = at;
        *n_value = strcspn(at, quoted ? "\"" : " \t,;");
        at += *n_value;
    }
    return at + strcspn(at, ",");
}

bool mled_negotiate_strict(const struct mled_head *head)
{
    for (unsigned i = 0; i < head->count[MLED_HEADER_PREFER] && i < MLED_LISTED; i++) {
        const char *at = head->prefer[i], *name, *value = "";
        size_t n_name, n_value;
        while (*at) {
            at = read_preference(at, &name, &n_name, &value, &n_value);
            if (n_name == 8 && strncasecmp(name, "handling", 8) == 0) /* the first one counts */
                return n_value == 6 && strncasecmp(value, "strict", 6) == 0;
        }
    }
    return false;
}
