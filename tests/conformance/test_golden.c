/* Every family against tests/golden/families/NAME.json: log density, score, Hessian and both log
   tails from mpmath (make_families.py). A family without its file fails. */
#include "tests/support/per_family.h"

#include <jansson.h>

static double number(const json_t *value)
{
    if (json_is_null(value))
        return NAN;
    if (json_is_string(value))
        return json_string_value(value)[0] == '-' ? -INFINITY : INFINITY;
    return json_number_value(value);
}

static double member(const json_t *point, const char *name)
{
    return number(json_object_get(point, name));
}

static json_t *load(const struct mle_family *f)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/families/%s.json", getenv("MLE_GOLDEN"), f->name);
    json_t *file = json_load_file(path, 0, &error);
    if (!file)
        fail_msg("%s: %s", path, error.text);
    assert_true(json_array_size(json_object_get(file, "points")) >= 6);
    return file;
}

static void read_theta(const struct mle_family *f, const json_t *point, double theta[])
{
    const json_t *list = json_object_get(point, "theta");
    assert_int_equal(json_array_size(list), f->n_param);
    for (unsigned j = 0; j < f->n_param; j++)
        theta[j] = number(json_array_get(list, j));
}

static void check_list(const json_t *expected, const double got[], size_t n, const double scale[])
{
    assert_int_equal(json_array_size(expected), n);
    for (size_t i = 0; i < n; i++)
        assert_close_tol(got[i], number(json_array_get(expected, i)), 1e-9, 1e-12 * scale[i]);
}

/* Terms of a derivative cancel where it has a zero: what is left is rounding of the terms, which
   are as large as a density's worth of the parameter's own scale. */
static void scales(const struct mle_family *f, const double theta[], double ll, double grad[],
                   double hess[])
{
    for (unsigned j = 0; j < f->n_param; j++) {
        grad[j] = (1 + fabs(ll)) / fmax(fabs(theta[j]), 1e-300);
        for (unsigned i = 0; i <= j; i++)
            hess[MLE_HESS(j, i)] =
                (1 + fabs(ll)) / fmax(fabs(theta[j]), 1e-300) / fmax(fabs(theta[i]), 1e-300);
    }
}

static void test_density_and_derivatives(void **state)
{
    const struct mle_family *f = *state;
    json_t *file = load(f), *point;
    size_t i;
    json_array_foreach(json_object_get(file, "points"), i, point)
    {
        double theta[MLE_MAX_PARAM], grad[MLE_MAX_PARAM], hess[MLE_MAX_HESS], ll;
        double scale_g[MLE_MAX_PARAM], scale_h[MLE_MAX_HESS];
        double y = member(point, "y"), trials = member(point, "trials");
        struct mle_view view[MLE_MAX_PARAM];
        struct mle_obs obs = { 1, &y, { &trials, 0 } };
        read_theta(f, point, theta);
        for (unsigned j = 0; j < f->n_param; j++)
            view[j] = (struct mle_view){ &theta[j], 0 };
        f->rows(&obs, view, &ll, grad, hess);
        assert_close_tol(ll, member(point, "log_density"), 1e-13, 1e-13);
        scales(f, theta, ll, scale_g, scale_h);
        check_list(json_object_get(point, "score"), grad, f->n_param, scale_g);
        check_list(json_object_get(point, "hessian"), hess, f->n_param * (f->n_param + 1) / 2,
                   scale_h);
    }
    json_decref(file);
}

static void test_tails(void **state)
{
    const struct mle_family *f = *state;
    json_t *file = load(f), *point;
    size_t i;
    json_array_foreach(json_object_get(file, "points"), i, point)
    {
        double theta[MLE_MAX_PARAM], y = member(point, "y"), trials = member(point, "trials");
        read_theta(f, point, theta);
        double lower = f->cdf(y, theta, trials, (struct mle_tail){ false, true });
        double upper = f->cdf(y, theta, trials, (struct mle_tail){ true, true });
        assert_close_tol(lower, member(point, "log_cdf"), 1e-11, 1e-15);
        assert_close_tol(upper, member(point, "log_sf"), 1e-11, 1e-15);
    }
    json_decref(file);
}

static const struct property properties[] = {
    { "density_and_derivatives", test_density_and_derivatives },
    { "tails", test_tails },
};

int main(void)
{
    return run_per_family("golden", COUNT_OF(properties), properties);
}
