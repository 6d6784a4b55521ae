/* The only maker of responses: the answer of a request with the headers that go with it. */
#ifndef MLED_SERVER_REPLY_H
#define MLED_SERVER_REPLY_H

#include "server/request.h"

/* Hands the answer over; the request must be READY and is SENT afterwards. The I/O thread only.
   MHD_NO: the connection has to be closed. */
enum MHD_Result mled_reply_send(struct mled_request *request);

/* Writes the answer past libmicrohttpd, which cannot answer in the middle of a body, as far as the
   socket takes it at once. The connection must be closed then (return MHD_NO). */
void mled_reply_raw(struct mled_request *request);

#endif
