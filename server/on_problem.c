/* The pages of the problem types: where the "type" of a problem document leads to. */
#include "server/on.h"
#include "server/request.h"
#include "server/text.h"

#include <string.h>

static enum mle_problem find_problem(const char *slug)
{
    for (int i = MLE_PROBLEM_NONE + 1; i < MLE_PROBLEM_COUNT; i++)
        if (strcmp(mle_problem_slug((enum mle_problem)i), slug) == 0)
            return (enum mle_problem)i;
    return MLE_PROBLEM_NONE;
}

static void put_html(struct mled_text *text, const char *words)
{
    for (; *words; words++) {
        if (*words == '&')
            mled_text_add(text, "&amp;");
        else if (*words == '<')
            mled_text_add(text, "&lt;");
        else if (*words == '>')
            mled_text_add(text, "&gt;");
        else
            mled_text_char(text, *words);
    }
}

static void put_element(struct mled_text *text, const char *name, const char *words)
{
    mled_text_char(text, '<');
    mled_text_add(text, name);
    mled_text_char(text, '>');
    put_html(text, words);
    mled_text_add(text, "</");
    mled_text_add(text, name);
    mled_text_add(text, ">\n");
}

static void write_html(struct mled_text *text, enum mle_problem problem)
{
    mled_text_add(text, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n");
    put_element(text, "title", mle_problem_title(problem));
    put_element(text, "h1", mle_problem_title(problem));
    mled_text_add(text, "<p>HTTP status ");
    mled_text_number(text, mle_problem_http(problem), 3);
    mled_text_add(text, ", type <code>/problems/");
    put_html(text, mle_problem_slug(problem));
    mled_text_add(text, "</code></p>\n");
    put_element(text, "h2", "What it means");
    put_element(text, "p", mle_problem_about(problem));
    put_element(text, "h2", "What to do");
    put_element(text, "p", mle_problem_advice(problem));
    mled_text_add(text, "</html>\n");
}

static void write_plain(struct mled_text *text, enum mle_problem problem)
{
    mled_text_add(text, mle_problem_title(problem));
    mled_text_add(text, " (HTTP status ");
    mled_text_number(text, mle_problem_http(problem), 3);
    mled_text_add(text, ")\n\n");
    mled_text_add(text, mle_problem_about(problem));
    mled_text_add(text, "\n\n");
    mled_text_add(text, mle_problem_advice(problem));
    mled_text_char(text, '\n');
}

static void put_member(struct mled_text *text, const char *name, const char *value)
{
    mled_text_char(text, ',');
    mled_text_json(text, strlen(name), name);
    mled_text_char(text, ':');
    mled_text_json(text, strlen(value), value);
}

static void write_json(struct mled_text *text, enum mle_problem problem)
{
    mled_text_add(text, "{\"type\":\"/problems/");
    mled_text_add(text, mle_problem_slug(problem));
    mled_text_char(text, '"');
    put_member(text, "title", mle_problem_title(problem));
    mled_text_add(text, ",\"status\":");
    mled_text_number(text, mle_problem_http(problem), 3);
    put_member(text, "about", mle_problem_about(problem));
    put_member(text, "advice", mle_problem_advice(problem));
    mled_text_char(text, '}');
}

static void refuse(struct mled_request *request)
{
    struct mle_error err;
    mle_problem_fail(&err, MLE_PROBLEM_NOT_FOUND, "there is no problem of this name");
    mled_answer_problem(request, &err);
    mled_request_move(request, MLED_READY);
}

void mled_on_problem(struct mled_request *request)
{
    enum mle_problem problem = find_problem(request->head.name);
    if (problem == MLE_PROBLEM_NONE) {
        refuse(request);
        return;
    }
    char bytes[4096], pretty[4096];
    struct mled_text text = mled_text_in(sizeof bytes, bytes);
    struct mled_text indented = mled_text_in(sizeof pretty, pretty);
    if (request->likes == MLED_CONTENT_HTML) {
        write_html(&text, problem);
    } else if (request->likes == MLED_CONTENT_TEXT) {
        write_plain(&text, problem);
    } else {
        write_json(&text, problem);
        if (request->head.pretty) {
            mled_text_indent(&indented, text.n, text.bytes);
            text = indented;
        }
        mled_text_char(&text, '\n');
    }
    mled_answer_copy(request, 200, request->likes, text.n, text.bytes);
    request->answer.caching = "max-age=3600";
    mled_request_move(request, MLED_READY);
}
