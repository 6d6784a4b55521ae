/* The handlers of the routes. Each runs on the I/O thread when the request is complete, and either
   sets the answer (request->answer) or hands the request to the pool. */
#ifndef MLED_SERVER_ON_H
#define MLED_SERVER_ON_H

struct mled_request;

void mled_on_op(struct mled_request *request);
void mled_on_service(struct mled_request *request);
void mled_on_version(struct mled_request *request);
void mled_on_alive(struct mled_request *request);
void mled_on_ready(struct mled_request *request);
void mled_on_metrics(struct mled_request *request);
void mled_on_openapi(struct mled_request *request);
void mled_on_problem(struct mled_request *request);

#endif
