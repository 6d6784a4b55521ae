/* Every folder of valid/ and invalid/ is one test, here through the door of the api; README.md has
   the format. */
#include "tests/support/door.h"
#include "tests/support/folder.h"
#include "tests/support/test.h"

enum { MAX_QUERY = 16 };

static void run_folder(void **state)
{
    struct folder *folder = *state;
    struct mle_pair query[MAX_QUERY];
    folder_load(FOLDERS, folder);
    struct door_request request = {
        .op = folder_text(folder, "op", "fit"),
        .media = folder->is_csv ? MLE_MEDIA_CSV : MLE_MEDIA_JSON,
        .strict = json_is_true(json_object_get(folder->expect, "strict")),
        .query = query,
        .n = folder->n,
        .body = folder->body,
    };
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(folder->expect, "query"), name, value)
    {
        assert_true(request.n_query < MAX_QUERY);
        query[request.n_query++] = (struct mle_pair){ name, json_string_value(value) };
    }
    struct door_answer answer = door_ask(&request);
    folder_check(folder, answer.http, answer.document);
    door_answer_finish(&answer);
    folder_finish(folder);
}

int main(void)
{
    static struct folder folder[FOLDER_MAX];
    static struct CMUnitTest tests[FOLDER_MAX];
    size_t n = folder_find_all(FOLDERS, folder);
    for (size_t i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){ folder[i].name, run_folder, NULL, NULL, &folder[i] };
    return _cmocka_run_group_tests("folders", tests, n, NULL, NULL);
}
