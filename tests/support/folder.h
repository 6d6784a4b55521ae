/* The folders of tests/cases: what a case asks and what must come back. The format is in its
   README.md. How it is asked is another matter: through the door of the api, or over HTTP. */
#ifndef MLE_TESTS_SUPPORT_FOLDER_H
#define MLE_TESTS_SUPPORT_FOLDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { FOLDER_MAX = 1000 };

struct folder {
    char name[256]; /* "valid/old_faithful" */
    json_t *expect; /* expect.json */
    bool is_csv;    /* request.csv, else request.json */
    size_t n;
    char *body; /* [n], as it is sent */
};

/* Every folder of valid/ and invalid/ below root, in the order of their names; at most FOLDER_MAX.
   Only the names are set. */
size_t folder_find_all(const char *root, struct folder folder[]);

/* Reads the two files. Fails the test if they cannot be read. */
void folder_load(const char *root, struct folder *folder);
void folder_finish(struct folder *folder);

/* A member of expect.json, the default if it is not there. */
const char *folder_text(const struct folder *folder, const char *name, const char *otherwise);

/* Fails the test unless the status and the document are what the folder expects. */
void folder_check(const struct folder *folder, unsigned http, const json_t *document);

#endif
