#include "core/family/tails.h"

#include "core/math/special.h"

void mle_tail_normal(double z, double *log_p, double *d1, double *d2)
{
    double h = mle_normal_hazard(z), v = 1 / (z * z);
    double excess = z > 100 ? (1 - v * (2 - v * (10 - v * 74))) / z : h - z;
    *log_p = mle_normal_log_cdf(-z);
    *d1 = -h;
    *d2 = -h * excess;
}
