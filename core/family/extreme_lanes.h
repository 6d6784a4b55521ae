/* mle_extreme (core/family/extreme.h) without branches, for loops inside MLE_KERNEL. */
#ifndef MLE_CORE_FAMILY_EXTREME_LANES_H
#define MLE_CORE_FAMILY_EXTREME_LANES_H

#include "core/family/extreme.h"
#include "core/math/lanes.h"

/* For small x = xi z the series of f(x) = log(1 + x) / x, f' and f''; else by differences, whose
   second derivative keeps 12 digits from |x| = 0.03 on. */
MLE_INLINE struct mle_extreme mle_lane_extreme(double xi, double z)
{
    double x = xi * z, w = 1 + x;
    int small = fabs(x) < 0.03;
    double t = small ? -x : 0.0;
    double f = 1.0 / 9 + t * (1.0 / 10 + t * (1.0 / 11));
    f = 1.0 / 5 + t * (1.0 / 6 + t * (1.0 / 7 + t * (1.0 / 8 + t * f)));
    f = 1 + t * (1.0 / 2 + t * (1.0 / 3 + t * (1.0 / 4 + t * f)));
    double f1 = 9.0 / 10 + t * (10.0 / 11 + t * (11.0 / 12));
    f1 = 5.0 / 6 + t * (6.0 / 7 + t * (7.0 / 8 + t * (8.0 / 9 + t * f1)));
    f1 = 1.0 / 2 + t * (2.0 / 3 + t * (3.0 / 4 + t * (4.0 / 5 + t * f1)));
    double f2 = 90.0 / 11 + t * (110.0 / 12 + t * (132.0 / 13));
    f2 = 30.0 / 7 + t * (42.0 / 8 + t * (56.0 / 9 + t * (72.0 / 10 + t * f2)));
    f2 = 2.0 / 3 + t * (6.0 / 4 + t * (12.0 / 5 + t * (20.0 / 6 + t * f2)));
    double a = mle_lane_log1p(x) / xi, r = z / w, b = (r - a) / xi;
    double c = (-r * r - 2 * b) / xi, square = z * z;
    return (struct mle_extreme){ .w = w,
                                 .a = small ? z * f : a,
                                 .b = small ? -square * f1 : b,
                                 .c = small ? square * z * f2 : c };
}

#endif
