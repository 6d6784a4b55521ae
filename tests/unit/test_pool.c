#include "core/base/pool.h"
#include "core/base/stop.h"
#include "tests/support/test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* MLE_TEST_MULTIPLIER makes the random parts longer (or shorter, under a sanitizer). */
static size_t many(size_t n)
{
    const char *text = getenv("MLE_TEST_MULTIPLIER");
    double factor = text ? strtod(text, NULL) : 1;
    return factor > 0 ? (size_t)fmax(1, (double)n * factor) : n;
}

static void pause_ns(long ns)
{
    struct timespec wait = { ns / 1000000000, ns % 1000000000 };
    nanosleep(&wait, NULL);
}

static struct mle_pool *make_pool(unsigned threads)
{
    struct mle_error err;
    struct mle_pool *pool = mle_pool_create(threads, 0, &err);
    assert_non_null(pool);
    assert_int_equal(mle_pool_threads(pool), threads);
    return pool;
}

/* --- tasks ----------------------------------------------------------------------------------- */

struct counting_task {
    struct mle_task task;
    atomic_uint *count;
};

static void count_and_free(struct mle_task *task)
{
    struct counting_task *self = (struct counting_task *)task;
    atomic_fetch_add(self->count, 1);
    free(self);
}

static void submit_counting(struct mle_pool *pool, enum mle_lane lane, atomic_uint *count)
{
    struct counting_task *task = calloc(1, sizeof *task);
    assert_non_null(task);
    *task = (struct counting_task){ { count_and_free, NULL }, count };
    mle_pool_submit(pool, lane, &task->task);
}

static void every_task_runs_once_before_destroy_returns(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        atomic_uint count = 0;
        struct mle_pool *pool = make_pool(threads);
        size_t n = many(2000);
        for (size_t i = 0; i < n; i++)
            submit_counting(pool, i % 3 ? MLE_LANE_BATCH : MLE_LANE_INTERACTIVE, &count);
        mle_pool_destroy(pool);
        assert_int_equal(atomic_load(&count), n);
    }
}

static void destroy_accepts_null_and_an_idle_pool(void **state)
{
    (void)state;
    mle_pool_destroy(NULL);
    assert_int_equal(mle_pool_threads(NULL), 0);
    for (size_t i = 0; i < many(50); i++)
        mle_pool_destroy(make_pool(3));
}

struct order_task {
    struct mle_task task;
    atomic_int *clock;
    int at;
    atomic_bool *gate;
};

static void note_time(struct mle_task *task)
{
    struct order_task *self = (struct order_task *)task;
    while (self->gate && !atomic_load(self->gate))
        pause_ns(100000);
    self->at = atomic_fetch_add(self->clock, 1);
}

static void each_lane_is_first_in_first_out_and_interactive_goes_first(void **state)
{
    (void)state;
    enum { N = 50 };
    atomic_int clock = 0;
    atomic_bool gate = false;
    struct order_task first = { { note_time, NULL }, &clock, 0, &gate };
    struct order_task batch[N], quick[N];
    struct mle_pool *pool = make_pool(1);
    mle_pool_submit(pool, MLE_LANE_BATCH, &first.task); /* holds the only worker */
    for (size_t i = 0; i < N; i++) {
        batch[i] = quick[i] = (struct order_task){ { note_time, NULL }, &clock, 0, NULL };
        mle_pool_submit(pool, MLE_LANE_BATCH, &batch[i].task);
        mle_pool_submit(pool, MLE_LANE_INTERACTIVE, &quick[i].task);
    }
    atomic_store(&gate, true);
    mle_pool_destroy(pool);
    /* the worker took first (0) or, if it was slow to start, every quick one before it */
    for (size_t i = 1; i < N; i++) {
        assert_true(quick[i].at > quick[i - 1].at);
        assert_true(batch[i].at > batch[i - 1].at);
    }
    assert_true(batch[0].at > quick[N - 1].at);
}

struct spawning_task {
    struct mle_task task;
    struct mle_pool *pool;
    atomic_uint *count;
    unsigned depth;
};

static void spawn(struct mle_task *task)
{
    struct spawning_task *self = (struct spawning_task *)task;
    atomic_fetch_add(self->count, 1);
    if (self->depth > 0) {
        for (int i = 0; i < 2; i++) {
            struct spawning_task *child = malloc(sizeof *child);
            if (!child)
                abort();
            *child =
                (struct spawning_task){ { spawn, NULL }, self->pool, self->count, self->depth - 1 };
            mle_pool_submit(self->pool, i ? MLE_LANE_BATCH : MLE_LANE_INTERACTIVE, &child->task);
        }
    }
    free(self);
}

static void a_task_may_submit_tasks_while_the_pool_is_ending(void **state)
{
    (void)state;
    atomic_uint count = 0;
    struct mle_pool *pool = make_pool(2);
    struct spawning_task *root = malloc(sizeof *root);
    assert_non_null(root);
    *root = (struct spawning_task){ { spawn, NULL }, pool, &count, 8 };
    mle_pool_submit(pool, MLE_LANE_BATCH, &root->task);
    mle_pool_destroy(pool);
    assert_int_equal(atomic_load(&count), (1 << 9) - 1);
}

struct mask_task {
    struct mle_task task;
    bool blocked;
};

static void read_mask(struct mle_task *task)
{
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    ((struct mask_task *)task)->blocked =
        sigismember(&set, SIGTERM) && sigismember(&set, SIGINT) && sigismember(&set, SIGHUP);
}

static void signals_are_blocked_in_workers_only(void **state)
{
    (void)state;
    struct mask_task task = { { read_mask, NULL }, false };
    struct mle_pool *pool = make_pool(1);
    mle_pool_submit(pool, MLE_LANE_INTERACTIVE, &task.task);
    mle_pool_destroy(pool);
    assert_true(task.blocked);
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    assert_false(sigismember(&set, SIGTERM));
}

/* --- loops ----------------------------------------------------------------------------------- */

struct visits {
    atomic_uchar *seen;
    struct mle_pool *pool;
};

static void visit(void *ctx, size_t i)
{
    struct visits *visits = ctx;
    atomic_fetch_add(&visits->seen[i], 1);
}

static void a_loop_calls_each_index_once(void **state)
{
    (void)state;
    enum { MAX = 5000 };
    static const size_t sizes[] = { 0, 1, 2, 3, 63, 64, 65, 1000, MAX };
    static atomic_uchar seen[MAX];
    for (unsigned threads = 0; threads <= 4; threads++) {
        struct mle_pool *pool = threads ? make_pool(threads) : NULL;
        for (size_t s = 0; s < COUNT_OF(sizes); s++) {
            struct visits visits = { seen, pool };
            memset(seen, 0, sizeof seen);
            mle_pool_for(pool, sizes[s], visit, &visits);
            for (size_t i = 0; i < MAX; i++)
                assert_int_equal(atomic_load(&seen[i]), i < sizes[s]);
        }
        mle_pool_destroy(pool);
    }
}

static void note_order(void *ctx, size_t i)
{
    size_t *next = ctx;
    assert_int_equal(i, *next);
    ++*next;
}

static void without_a_pool_a_loop_runs_in_order(void **state)
{
    (void)state;
    size_t next = 0;
    mle_pool_for(NULL, 1000, note_order, &next);
    assert_int_equal(next, 1000);
}

struct nest {
    struct mle_pool *pool;
    unsigned depth;
    atomic_uint *leaves;
};

static void descend(void *ctx, size_t i)
{
    (void)i;
    const struct nest *nest = ctx;
    if (nest->depth == 0) {
        atomic_fetch_add(nest->leaves, 1);
        return;
    }
    struct nest below = { nest->pool, nest->depth - 1, nest->leaves };
    mle_pool_for(nest->pool, 4, descend, &below);
}

static void nested_loops_do_not_deadlock(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct mle_pool *pool = make_pool(threads);
        for (size_t round = 0; round < many(10); round++) {
            atomic_uint leaves = 0;
            struct nest nest = { pool, 5, &leaves };
            mle_pool_for(pool, 4, descend, &nest);
            assert_int_equal(atomic_load(&leaves), 4096);
        }
        mle_pool_destroy(pool);
    }
}

/* Partial sums by leaf index, added in order: bit-equal for any number of threads. */
static void sum_leaf(void *ctx, size_t i)
{
    double *partial = ctx;
    double sum = 0;
    for (size_t k = 0; k < 1000; k++)
        sum += 1 / (1 + (double)(i * 1000 + k));
    partial[i] = sum;
}

static void sums_by_index_do_not_depend_on_threads(void **state)
{
    (void)state;
    double expected = 0;
    for (unsigned threads = 0; threads <= 4; threads++) {
        struct mle_pool *pool = threads ? make_pool(threads) : NULL;
        for (size_t round = 0; round < many(20); round++) {
            double partial[64], sum = 0;
            mle_pool_for(pool, 64, sum_leaf, partial);
            for (size_t i = 0; i < 64; i++)
                sum += partial[i];
            if (!threads)
                expected = sum;
            assert_bits_equal(sum, expected);
        }
        mle_pool_destroy(pool);
    }
}

struct outsider {
    struct mle_pool *pool;
    size_t rounds;
    size_t wrong;
};

static void *loop_often(void *arg)
{
    struct outsider *self = arg;
    for (size_t round = 0; round < self->rounds; round++) {
        size_t n = 1 + round % 70;
        atomic_uchar seen[70];
        memset(seen, 0, sizeof seen);
        struct visits visits = { seen, self->pool };
        mle_pool_for(self->pool, n, visit, &visits);
        for (size_t i = 0; i < n; i++)
            self->wrong += atomic_load(&seen[i]) != 1;
    }
    return NULL;
}

static void many_threads_may_loop_on_one_pool(void **state)
{
    (void)state;
    enum { OUTSIDERS = 6 };
    atomic_uint count = 0;
    struct mle_pool *pool = make_pool(3);
    pthread_t thread[OUTSIDERS];
    struct outsider outsider[OUTSIDERS];
    for (size_t i = 0; i < OUTSIDERS; i++) {
        outsider[i] = (struct outsider){ pool, many(1500), 0 };
        assert_int_equal(pthread_create(&thread[i], NULL, loop_often, &outsider[i]), 0);
    }
    size_t n = many(1000);
    for (size_t i = 0; i < n; i++)
        submit_counting(pool, i % 2 ? MLE_LANE_BATCH : MLE_LANE_INTERACTIVE, &count);
    for (size_t i = 0; i < OUTSIDERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(outsider[i].wrong, 0);
    }
    mle_pool_destroy(pool);
    assert_int_equal(atomic_load(&count), n);
}

struct looping_task {
    struct mle_task task;
    struct mle_pool *pool;
    atomic_uint *leaves;
};

static void loop_inside(struct mle_task *task)
{
    struct looping_task *self = (struct looping_task *)task;
    struct nest nest = { self->pool, 2, self->leaves };
    mle_pool_for(self->pool, 4, descend, &nest);
}

static void tasks_may_loop_even_while_the_pool_is_ending(void **state)
{
    (void)state;
    enum { N = 40 };
    for (unsigned threads = 1; threads <= 3; threads++) {
        atomic_uint leaves = 0;
        struct looping_task task[N];
        struct mle_pool *pool = make_pool(threads);
        for (size_t i = 0; i < N; i++) {
            task[i] = (struct looping_task){ { loop_inside, NULL }, pool, &leaves };
            mle_pool_submit(pool, i % 2 ? MLE_LANE_BATCH : MLE_LANE_INTERACTIVE, &task[i].task);
        }
        mle_pool_destroy(pool);
        assert_int_equal(atomic_load(&leaves), N * 64);
    }
}

static void wait_for_helper(void *ctx, size_t i)
{
    (void)i;
    atomic_uint *inside = ctx;
    atomic_fetch_add(inside, 1);
    for (int patience = 0; atomic_load(inside) < 2 && patience < 5000; patience++)
        pause_ns(1000000);
}

static void idle_workers_help(void **state)
{
    (void)state;
    atomic_uint inside = 0;
    struct mle_pool *pool = make_pool(1);
    pause_ns(2000000);
    int64_t begin = mle_now_ns();
    mle_pool_for(pool, 2, wait_for_helper, &inside); /* ends quickly only if both run at once */
    assert_true(mle_now_ns() - begin < INT64_C(4000000000));
    mle_pool_destroy(pool);
}

/* --- interactive work between the blocks of batch work --------------------------------------- */

struct blocks_task {
    struct mle_task task;
    struct mle_pool *pool;
    atomic_uint blocks_done, interactive_done;
    unsigned blocks_before_interactive; /* when the interactive task ran */
    struct mle_task interactive;
};

static void run_between(struct mle_task *task)
{
    struct blocks_task *self =
        (struct blocks_task *)((char *)task - offsetof(struct blocks_task, interactive));
    self->blocks_before_interactive = atomic_load(&self->blocks_done);
    atomic_fetch_add(&self->interactive_done, 1);
}

static void block(void *ctx, size_t i)
{
    struct blocks_task *self = ctx;
    if (i == 10) {
        self->interactive.run = run_between;
        mle_pool_submit(self->pool, MLE_LANE_INTERACTIVE, &self->interactive);
    }
    atomic_fetch_add(&self->blocks_done, 1);
}

static void run_blocks(struct mle_task *task)
{
    struct blocks_task *self = (struct blocks_task *)task;
    mle_pool_for(self->pool, 100, block, self);
}

static void interactive_work_runs_between_two_blocks_of_batch_work(void **state)
{
    (void)state;
    struct blocks_task task = { .task = { run_blocks, NULL } };
    task.pool = make_pool(1);
    mle_pool_submit(task.pool, MLE_LANE_BATCH, &task.task);
    mle_pool_destroy(task.pool);
    assert_int_equal(atomic_load(&task.blocks_done), 100);
    assert_int_equal(atomic_load(&task.interactive_done), 1);
    assert_int_equal(task.blocks_before_interactive, 11); /* at once, not after all the blocks */
}

static void slow_block(void *ctx, size_t i)
{
    (void)ctx;
    volatile double x = (double)i;
    for (int k = 0; k < 2000; k++)
        x = x * 0.999 + 1;
}

static void run_slow_blocks(struct mle_task *task)
{
    struct looping_task *self = (struct looping_task *)task;
    mle_pool_for(self->pool, 200, slow_block, NULL);
    atomic_fetch_add(self->leaves, 1);
}

static void a_storm_of_both_lanes_loses_nothing(void **state)
{
    (void)state;
    enum { N = 30 };
    atomic_uint loops = 0, quick = 0;
    struct looping_task task[N];
    struct mle_pool *pool = make_pool(2);
    size_t per = many(30);
    for (size_t i = 0; i < N; i++) {
        task[i] = (struct looping_task){ { run_slow_blocks, NULL }, pool, &loops };
        mle_pool_submit(pool, MLE_LANE_BATCH, &task[i].task);
        for (size_t k = 0; k < per; k++)
            submit_counting(pool, MLE_LANE_INTERACTIVE, &quick);
    }
    mle_pool_destroy(pool);
    assert_int_equal(atomic_load(&loops), N);
    assert_int_equal(atomic_load(&quick), N * per);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once_before_destroy_returns),
        cmocka_unit_test(destroy_accepts_null_and_an_idle_pool),
        cmocka_unit_test(each_lane_is_first_in_first_out_and_interactive_goes_first),
        cmocka_unit_test(a_task_may_submit_tasks_while_the_pool_is_ending),
        cmocka_unit_test(signals_are_blocked_in_workers_only),
        cmocka_unit_test(a_loop_calls_each_index_once),
        cmocka_unit_test(without_a_pool_a_loop_runs_in_order),
        cmocka_unit_test(nested_loops_do_not_deadlock),
        cmocka_unit_test(sums_by_index_do_not_depend_on_threads),
        cmocka_unit_test(many_threads_may_loop_on_one_pool),
        cmocka_unit_test(tasks_may_loop_even_while_the_pool_is_ending),
        cmocka_unit_test(idle_workers_help),
        cmocka_unit_test(interactive_work_runs_between_two_blocks_of_batch_work),
        cmocka_unit_test(a_storm_of_both_lanes_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
