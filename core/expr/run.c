/* The tape at work: blocks of rows through all operations, forward for values and local
   derivatives, backward for the gradient, and once more in both directions for each row of the
   Hessian.

   A node in a branch has numbers for the rows of the branch alone, packed; an if spreads them. A
   node that does not vary has one number, and collects in its adjoint the sum over the rows. */
#include "core/expr/tape.h"
#include "core/math/kernels.h"

#include <math.h>
#include <string.h>

enum { UNKNOWN = UINT16_MAX };

struct machine {
    const struct mle_expr *expr;
    const double *param;
    const struct mle_view *column;
    size_t lo; /* first row of the block */
    size_t n;  /* rows of the block */
    bool derivatives;
    uint16_t count[MAX_REGION];   /* rows of each region, UNKNOWN: not found out yet */
    double slot[SCRATCH_DOUBLES]; /* wide slots of expr->rows numbers, then narrow ones */
};

/* --- places ----------------------------------------------------------------------------------- */

static double *place(struct machine *m, const struct mle_expr_node *node, size_t slot)
{
    size_t rows = m->expr->rows;
    return node->varies ? m->slot + slot * rows : m->slot + m->expr->n_wide * rows + slot;
}

static double *value_of(struct machine *m, const struct mle_expr_node *node)
{
    return place(m, node, node->value);
}

static double *tangent_of(struct machine *m, const struct mle_expr_node *node)
{
    return place(m, node, node->tangent);
}

static double *adjoint_of(struct machine *m, const struct mle_expr_node *node)
{
    return place(m, node, node->adjoint);
}

static double *adjoint_tangent_of(struct machine *m, const struct mle_expr_node *node)
{
    return place(m, node, node->adjoint_tangent);
}

static const struct mle_expr_node *argument(const struct machine *m,
                                            const struct mle_expr_node *node, unsigned a)
{
    return &m->expr->node[node->arg[a]];
}

/* Row numbers of a region: in the region around it, and in the block. */
static uint16_t *inner_rows(struct machine *m, size_t region)
{
    return (uint16_t *)(void *)(m->slot + m->expr->region[region].slot * m->expr->rows);
}

static uint16_t *block_rows(struct machine *m, size_t region)
{
    return inner_rows(m, region) + m->expr->rows;
}

/* Finds the rows of a branch: its condition has been evaluated. */
static void find_rows(struct machine *m, size_t r)
{
    const struct mle_expr_region *region = &m->expr->region[r];
    const struct mle_expr_node *condition = &m->expr->node[region->condition];
    uint16_t *inner = inner_rows(m, r), *block = block_rows(m, r);
    const uint16_t *around = block_rows(m, region->parent);
    const double *truth = value_of(m, condition);
    uint16_t n = 0, all = m->count[region->parent];
    for (uint16_t i = 0; i < all; i++)
        if ((truth[condition->varies ? i : 0] != 0) == region->when) {
            inner[n] = i;
            block[n++] = around[i];
        }
    m->count[r] = n;
}

/* How many numbers a node has. */
static size_t extent(struct machine *m, const struct mle_expr_node *node)
{
    size_t n = m->count[node->region];
    return node->varies ? n : n > 0;
}

/* --- forward ------------------------------------------------------------------------------------
 */

static void read_column(struct machine *m, const struct mle_expr_node *node, size_t n)
{
    struct mle_view from = m->column[node->index];
    const double *at = from.at + m->lo * from.stride;
    const uint16_t *rows = block_rows(m, node->region);
    double *to = value_of(m, node);
    if (n == m->n && from.stride == 1) {
        memcpy(to, at, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = at[rows[i] * from.stride];
}

/* Spreads what the branches have (value or tangent, picked by of) over the rows of an if. Branches
   without such a thing are 0. */
static void choose(struct machine *m, const struct mle_expr_node *node, uint32_t direction,
                   double *(*of)(struct machine *, const struct mle_expr_node *), double to[])
{
    for (unsigned a = 1; a <= 2; a++) {
        const struct mle_expr_node *branch = argument(m, node, a);
        size_t n = m->count[branch->region];
        bool has = direction == 0 || (branch->params & direction);
        const double *from = has ? of(m, branch) : NULL;
        const uint16_t *rows = inner_rows(m, branch->region);
        if (!node->varies)
            n = n > 0;
        for (size_t i = 0; i < n; i++)
            to[node->varies ? rows[i] : 0] = has ? from[branch->varies ? i : 0] : 0;
    }
}

static void find_slopes(struct machine *m, const struct mle_expr_node *node, struct slopes *slopes)
{
    enum kind kind = mle_operations[node->op].kind;
    size_t rows = node->varies ? m->expr->rows : 1;
    double *first = place(m, node, node->first), *second = place(m, node, node->second);
    memset(slopes, 0, sizeof *slopes);
    for (unsigned i = 0; i < node->n_active; i++) {
        slopes->first[node->active[i]] = first + i * rows;
        for (unsigned j = 0; kind != KIND_LINEAR && j <= i; j++)
            slopes->second[MLE_HESS(node->active[i], node->active[j])] =
                second + MLE_HESS(i, j) * rows;
    }
}

static void compute(struct machine *m, const struct mle_expr_node *node, size_t n)
{
    struct operand arg[MAX_ARG];
    struct slopes slopes;
    bool derivatives = m->derivatives && node->params;
    double *value = value_of(m, node);
    for (unsigned a = 0; a < node->n_arg; a++) {
        const struct mle_expr_node *from = argument(m, node, a);
        arg[a] = (struct operand){ value_of(m, from), from->varies };
    }
    if (derivatives)
        find_slopes(m, node, &slopes);
    if (node->op == OP_DENSITY) {
        mle_density_values(node->family, n, arg, value, derivatives ? &slopes : NULL);
        return;
    }
    mle_operation_values(node->op, n, arg, value);
    if (derivatives)
        mle_operation_slopes(node->op, n, arg, value, &slopes);
}

static void run_node(struct machine *m, const struct mle_expr_node *node)
{
    if (m->count[node->region] == UNKNOWN)
        find_rows(m, node->region);
    size_t n = extent(m, node);
    if (n == 0)
        return;
    switch (node->op) {
    case OP_NUMBER:
        *value_of(m, node) = node->number;
        break;
    case OP_PARAM:
        *value_of(m, node) = m->param[node->index];
        if (node->params)
            *tangent_of(m, node) = 1; /* asked for in its own direction alone */
        break;
    case OP_COLUMN:
        read_column(m, node, n);
        break;
    case OP_IF:
        choose(m, node, 0, value_of, value_of(m, node));
        break;
    default:
        compute(m, node, n);
    }
}

static void run_forward(struct machine *m)
{
    for (size_t r = 0; r < m->expr->n_region; r++)
        m->count[r] = UNKNOWN;
    m->count[0] = (uint16_t)m->n;
    for (size_t i = 0; i < m->n; i++)
        block_rows(m, 0)[i] = (uint16_t)i;
    for (size_t i = 0; i < m->expr->n_node; i++)
        run_node(m, &m->expr->node[i]);
}

/* --- derivatives --------------------------------------------------------------------------------
 */

/* sum[i] += x[i] y[i]; y has stride 0 or 1. */
static void add_products(size_t n, const double x[], const double y[], size_t stride, double sum[])
{
    if (stride == 0)
        for (size_t i = 0; i < n; i++)
            sum[i] += x[i] * y[0];
    else
        for (size_t i = 0; i < n; i++)
            sum[i] += x[i] * y[i];
}

/* Gives n numbers of a node to one of its arguments, which takes their sum if it does not vary. */
static void hand_down(const struct mle_expr_node *node, const struct mle_expr_node *to, size_t n,
                      const double x[], double out[])
{
    if (node->varies && !to->varies)
        out[0] = mle_sum(n, x);
    else
        memcpy(out, x, n * sizeof *x);
}

/* The rows of an if go back to where they came from. */
static void hand_back(struct machine *m, const struct mle_expr_node *node, const double x[],
                      double *(*of)(struct machine *, const struct mle_expr_node *))
{
    for (unsigned k = 0; k < node->n_active; k++) {
        const struct mle_expr_node *branch = argument(m, node, node->active[k]);
        const uint16_t *rows = inner_rows(m, branch->region);
        size_t n = m->count[branch->region];
        double packed[MAX_BLOCK];
        if (!node->varies)
            n = n > 0;
        for (size_t i = 0; i < n; i++)
            packed[i] = x[node->varies ? rows[i] : 0];
        if (n > 0)
            hand_down(node, branch, n, packed, of(m, branch));
    }
}

static void reverse_node(struct machine *m, const struct mle_expr_node *node)
{
    size_t n = extent(m, node), rows = node->varies ? m->expr->rows : 1;
    const double *adjoint = adjoint_of(m, node), *first = place(m, node, node->first);
    double part[MAX_BLOCK];
    if (node->op == OP_IF) {
        hand_back(m, node, adjoint, adjoint_of);
        return;
    }
    for (unsigned k = 0; k < node->n_active; k++) {
        const struct mle_expr_node *to = argument(m, node, node->active[k]);
        for (size_t i = 0; i < n; i++)
            part[i] = adjoint[i] * first[k * rows + i];
        hand_down(node, to, n, part, adjoint_of(m, to));
    }
}

/* Adjoints of everything: d sum / d value. */
static void run_reverse(struct machine *m, const double w[], double grad[])
{
    const struct mle_expr *expr = m->expr;
    double *root = adjoint_of(m, &expr->node[expr->n_node - 1]);
    for (size_t i = 0; i < m->n; i++)
        root[i] = w ? w[i] : 1;
    for (size_t i = expr->n_node; i-- > 0;) {
        const struct mle_expr_node *node = &expr->node[i];
        if (!node->params || extent(m, node) == 0)
            continue;
        if (node->op == OP_PARAM)
            grad[node->index] += *adjoint_of(m, node);
        else
            reverse_node(m, node);
    }
}

/* Tangents in one direction of what depends on it. */
static void run_tangents(struct machine *m, uint32_t direction)
{
    for (size_t i = 0; i < m->expr->n_node; i++) {
        const struct mle_expr_node *node = &m->expr->node[i];
        size_t n = extent(m, node), rows = node->varies ? m->expr->rows : 1;
        if (!(node->params & direction) || node->op == OP_PARAM || n == 0)
            continue;
        double *tangent = tangent_of(m, node);
        if (node->op == OP_IF) {
            choose(m, node, direction, tangent_of, tangent);
            continue;
        }
        memset(tangent, 0, n * sizeof *tangent);
        for (unsigned k = 0; k < node->n_active; k++) {
            const struct mle_expr_node *from = argument(m, node, node->active[k]);
            if (from->params & direction)
                add_products(n, place(m, node, node->first) + k * rows, tangent_of(m, from),
                             from->varies, tangent);
        }
    }
}

/* The adjoint's tangent of one node, handed to its arguments:
       first_k adjoint' + adjoint sum_l second_kl tangent_l. */
static void reverse_tangent(struct machine *m, const struct mle_expr_node *node, uint32_t direction,
                            uint32_t wanted)
{
    size_t n = extent(m, node), rows = node->varies ? m->expr->rows : 1;
    const double *adjoint = adjoint_of(m, node), *moved = adjoint_tangent_of(m, node);
    const double *first = place(m, node, node->first), *second = place(m, node, node->second);
    bool bends = mle_operations[node->op].kind != KIND_LINEAR;
    double part[MAX_BLOCK], bend[MAX_BLOCK];
    if (node->op == OP_IF) {
        hand_back(m, node, moved, adjoint_tangent_of);
        return;
    }
    for (unsigned k = 0; k < node->n_active; k++) {
        const struct mle_expr_node *to = argument(m, node, node->active[k]);
        if (!(to->params & wanted))
            continue;
        memset(bend, 0, n * sizeof *bend);
        for (unsigned l = 0; bends && l < node->n_active; l++) {
            const struct mle_expr_node *from = argument(m, node, node->active[l]);
            size_t at = k > l ? MLE_HESS(k, l) : MLE_HESS(l, k);
            if (from->params & direction)
                add_products(n, second + at * rows, tangent_of(m, from), from->varies, bend);
        }
        for (size_t i = 0; i < n; i++)
            part[i] = moved[i] * first[k * rows + i] + (bends ? adjoint[i] * bend[i] : 0);
        hand_down(node, to, n, part, adjoint_tangent_of(m, to));
    }
}

/* Row j of the Hessian up to its diagonal: by symmetry the rest is not needed. */
static void run_direction(struct machine *m, unsigned j, double hess[])
{
    const struct mle_expr *expr = m->expr;
    uint32_t direction = UINT32_C(1) << j, wanted = direction | (direction - 1);
    run_tangents(m, direction);
    memset(adjoint_tangent_of(m, &expr->node[expr->n_node - 1]), 0, m->n * sizeof *hess);
    for (size_t i = expr->n_node; i-- > 0;) {
        const struct mle_expr_node *node = &expr->node[i];
        if (!(node->params & wanted) || extent(m, node) == 0)
            continue;
        if (node->op == OP_PARAM)
            hess[MLE_HESS(j, node->index)] += *adjoint_tangent_of(m, node);
        else
            reverse_tangent(m, node, direction, wanted);
    }
}

/* --- blocks -------------------------------------------------------------------------------------
 */

/* One block; value[n] and sum may be NULL. */
static void run_block(struct machine *m, const double w[], double value[], double sum[])
{
    const struct mle_expr *expr = m->expr;
    const struct mle_expr_node *root = &expr->node[expr->n_node - 1];
    run_forward(m);
    const double *found = value_of(m, root);
    double spread[MAX_BLOCK];
    for (size_t i = 0; i < m->n; i++)
        spread[i] = found[root->varies ? i : 0];
    if (value)
        memcpy(value, spread, m->n * sizeof *value);
    if (!sum)
        return;
    sum[0] += mle_weighted_sum(m->n, spread, w);
    if (!m->derivatives || !root->params)
        return;
    if (root->varies) {
        run_reverse(m, w, sum + 1);
    } else {
        double total = w ? mle_sum(m->n, w) : (double)m->n;
        m->n = 1;
        run_reverse(m, &total, sum + 1);
    }
    for (unsigned j = 0; j < expr->n_param; j++)
        if (expr->params & UINT32_C(1) << j)
            run_direction(m, j, sum + 1 + expr->n_param);
}

static void run(const struct mle_expr *expr, const struct mle_expr_rows *rows, const double param[],
                bool derivatives, double value[], double sum[])
{
    struct machine m;
    m.expr = expr;
    m.param = param;
    m.column = rows->column;
    m.derivatives = derivatives;
    for (m.lo = 0; m.lo < rows->n; m.lo += expr->rows) {
        m.n = rows->n - m.lo < expr->rows ? rows->n - m.lo : expr->rows;
        run_block(&m, rows->w ? rows->w + m.lo : NULL, value ? value + m.lo : NULL, sum);
    }
}

void mle_expr_values(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                     const double param[], double value[])
{
    run(expr, rows, param, false, value, NULL);
}

void mle_expr_sum(const struct mle_expr *expr, const struct mle_expr_rows *rows,
                  const double param[], bool derivatives, double value[], double sum[])
{
    run(expr, rows, param, derivatives, value, sum);
}
