// The functions of core/math/special.h that Boost.Math computes. Errors come back as values: no
// exception crosses into C.
#include "core/math/special.h"

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

namespace
{
namespace bp = boost::math::policies;
using policy = bp::policy<bp::domain_error<bp::ignore_error>, bp::pole_error<bp::ignore_error>,
                          bp::overflow_error<bp::ignore_error>,
                          bp::underflow_error<bp::ignore_error>,
                          bp::evaluation_error<bp::ignore_error>,
                          bp::rounding_error<bp::ignore_error>, bp::promote_double<false>>;
} // namespace

extern "C" {

double mle_digamma(double x)
{
    return boost::math::digamma(x, policy());
}

double mle_trigamma(double x)
{
    return boost::math::trigamma(x, policy());
}

double mle_gamma_p(double a, double x)
{
    return boost::math::gamma_p(a, x, policy());
}

double mle_gamma_q(double a, double x)
{
    return boost::math::gamma_q(a, x, policy());
}

double mle_normal_quantile(double p)
{
    return p < 0.5 ? -1.41421356237309504880 * boost::math::erfc_inv(2 * p, policy())
                   : 1.41421356237309504880 * boost::math::erf_inv(2 * p - 1, policy());
}

double mle_boost_gamma_quantile(double a, double p, bool upper);
double mle_boost_gamma_quantile(double a, double p, bool upper)
{
    return upper ? boost::math::gamma_q_inv(a, p, policy())
                 : boost::math::gamma_p_inv(a, p, policy());
}
}
