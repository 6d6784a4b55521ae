/* The way of a request on the I/O thread: its head is judged, its body fed, its handler called. */
#ifndef MLED_SERVER_INTAKE_H
#define MLED_SERVER_INTAKE_H

#include "server/request.h"

/* The head is there. Sets *request, NULL without memory. */
enum MHD_Result mled_intake_begin(struct mled_listener *listener, struct MHD_Connection *mhd,
                                  const char *url, const char *method, const char *version,
                                  struct mled_request **request);

/* The next bytes of the body. */
enum MHD_Result mled_intake_body(struct mled_request *request, size_t n, const char bytes[]);

/* libmicrohttpd has taken the connection back. It calls the handler then, or, if the client has
   reset the connection, ends the request without; nothing happens if it was not suspended. */
void mled_intake_resumed(struct mled_request *request);

/* The request is complete, or it was resumed and has its answer. */
enum MHD_Result mled_intake_end(struct mled_request *request);

#endif
