/* What stays of a request when it is over: its line in the log, its share of the metrics. */
#ifndef MLED_SERVER_ACCOUNT_H
#define MLED_SERVER_ACCOUNT_H

struct mled_request;

/* Once for each request, on the I/O thread of its listener, before its record goes. */
void mled_account(const struct mled_request *request);

#endif
