/* Names of media types: the only list of them. */
#include "api/api.h"

const char *mle_media_name(enum mle_media media)
{
    static const char *const names[MLE_MEDIA_COUNT] = {
        [MLE_MEDIA_JSON] = "application/json",
        [MLE_MEDIA_CSV] = "text/csv",
    };
    return names[media];
}

const char *mle_format_name(enum mle_format format)
{
    static const char *const names[MLE_FORMAT_COUNT] = {
        [MLE_FORMAT_JSON] = "application/json",
        [MLE_FORMAT_TEXT] = "text/plain",
        [MLE_FORMAT_CSV] = "text/csv",
    };
    return names[format];
}
