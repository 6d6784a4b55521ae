/* A checker of Prometheus' text format 0.0.4, and a reader of single numbers. */
#ifndef MLE_TESTS_SUPPORT_PROMETHEUS_H
#define MLE_TESTS_SUPPORT_PROMETHEUS_H

/* Fails the test unless every family has one HELP and one TYPE before its samples, names and labels
   are legal, no series comes twice, counters end in _total and buckets of histograms rise to +Inf,
   which equals the count. Returns how many series there are. */
unsigned prometheus_check(const char *text);

/* The value of a series ("name{label=\"x\"}", as it is written); fails the test if it is not
   there. */
double prometheus_value(const char *text, const char *series);

#endif
