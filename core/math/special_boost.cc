/* The only C++ of core: a shim over header-only Boost.Math. Callers have checked the domains, so
   what the error policies do is a second net. */
#define BOOST_NO_EXCEPTIONS 1
/* An extreme argument gets NaN or a bound, not the end of the process: Boost's asserts are off in
   every build. */
#define BOOST_DISABLE_ASSERTS
#include "core/math/special_boost.h"

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/owens_t.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <boost/throw_exception.hpp>
#include <exception>

/* Without exceptions Boost asks for this; no policy below lets it be reached. */
namespace boost
{
void throw_exception(std::exception const &)
{
    std::terminate();
}
void throw_exception(std::exception const &, boost::source_location const &)
{
    std::terminate();
}
} // namespace boost

namespace
{
using namespace boost::math::policies;
typedef policy<domain_error<errno_on_error>, pole_error<errno_on_error>,
               overflow_error<errno_on_error>, underflow_error<errno_on_error>,
               denorm_error<errno_on_error>, rounding_error<errno_on_error>,
               evaluation_error<errno_on_error>, indeterminate_result_error<errno_on_error>,
               promote_double<false>, promote_float<false>>
    quiet;
const quiet q;
} // namespace

double mle_boost_digamma(double x) noexcept
{
    return boost::math::digamma(x, q);
}

double mle_boost_trigamma(double x) noexcept
{
    return boost::math::trigamma(x, q);
}

double mle_boost_gamma_p(double a, double x) noexcept
{
    return boost::math::gamma_p(a, x, q);
}

double mle_boost_gamma_q(double a, double x) noexcept
{
    return boost::math::gamma_q(a, x, q);
}

double mle_boost_gamma_p_inv(double a, double p) noexcept
{
    return boost::math::gamma_p_inv(a, p, q);
}

double mle_boost_gamma_q_inv(double a, double p) noexcept
{
    return boost::math::gamma_q_inv(a, p, q);
}

double mle_boost_ibeta(double a, double b, double x) noexcept
{
    return boost::math::ibeta(a, b, x, q);
}

double mle_boost_ibetac(double a, double b, double x) noexcept
{
    return boost::math::ibetac(a, b, x, q);
}

double mle_boost_ibeta_inv(double a, double b, double p, double *complement) noexcept
{
    return boost::math::ibeta_inv(a, b, p, complement, q);
}

double mle_boost_ibetac_inv(double a, double b, double p, double *complement) noexcept
{
    return boost::math::ibetac_inv(a, b, p, complement, q);
}

double mle_boost_erfc_inv(double p) noexcept
{
    return boost::math::erfc_inv(p, q);
}

double mle_boost_owens_t(double h, double a) noexcept
{
    return boost::math::owens_t(h, a, q);
}
