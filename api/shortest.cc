#include "api/shortest.h"

#include <charconv>
#include <cmath>

bool mle_from_chars(size_t n, const char *text, double *value) noexcept
{
    double read = 0.0;
    std::from_chars_result result = std::from_chars(text, text + n, read);
    if (result.ec != std::errc() || !std::isfinite(read))
        return false;
    *value = read;
    return true;
}

size_t mle_to_chars(double value, size_t size, char *out) noexcept
{
    /* The default picks the shorter of the two forms and would write 1e+05 for 100000. */
    double magnitude = std::fabs(value);
    bool plain = value == 0.0 || (magnitude >= 1e-5 && magnitude < 1e17);
    std::chars_format form = plain ? std::chars_format::fixed : std::chars_format::scientific;
    std::to_chars_result result = std::to_chars(out, out + size, value, form);
    return result.ec == std::errc() ? static_cast<size_t>(result.ptr - out) : 0;
}
