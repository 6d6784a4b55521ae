#include "core/base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A parallel loop in progress. It lives on its owner's stack: a worker may touch it only between
   joining (under the lock, while the loop is listed) and leaving (under the lock). */
struct loop {
    void (*run)(void *ctx, size_t i);
    void *ctx;
    size_t n;
    atomic_size_t next;
    unsigned helpers; /* workers inside; under the lock */
    struct loop *below;
};

struct mle_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;      /* a task was queued, a loop was listed, or the end has come */
    pthread_cond_t loop_left; /* the last helper left some loop */
    struct {
        struct mle_task *first, **last;
    } queue[MLE_LANES];
    atomic_bool interactive; /* queue[MLE_LANE_INTERACTIVE] is not empty */
    struct loop *loops;      /* newest first */
    bool ending;
    unsigned n_thread;
    pthread_t thread[];
};

/* The pool and lane this thread is working for; pool NULL on threads that are not workers. */
static _Thread_local struct {
    struct mle_pool *pool;
    enum mle_lane lane;
} here;

static struct mle_task *pop_locked(struct mle_pool *pool, enum mle_lane lane)
{
    struct mle_task *task = pool->queue[lane].first;
    if (!task)
        return NULL;
    pool->queue[lane].first = task->next;
    if (!task->next)
        pool->queue[lane].last = &pool->queue[lane].first;
    if (lane == MLE_LANE_INTERACTIVE)
        atomic_store_explicit(&pool->interactive, task->next != NULL, memory_order_relaxed);
    return task;
}

static void run_task(struct mle_task *task, enum mle_lane lane)
{
    enum mle_lane before = here.lane;
    here.lane = lane;
    task->run(task);
    here.lane = before;
}

/* Lets one waiting interactive task run between two blocks of batch work. */
static void yield_to_interactive(struct mle_pool *pool)
{
    if (here.pool != pool || here.lane != MLE_LANE_BATCH ||
        !atomic_load_explicit(&pool->interactive, memory_order_relaxed))
        return;
    pthread_mutex_lock(&pool->lock);
    struct mle_task *task = pop_locked(pool, MLE_LANE_INTERACTIVE);
    pthread_mutex_unlock(&pool->lock);
    if (task)
        run_task(task, MLE_LANE_INTERACTIVE);
}

static void run_items(struct mle_pool *pool, struct loop *loop)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&loop->next, 1, memory_order_relaxed);
        if (i >= loop->n)
            return;
        loop->run(loop->ctx, i);
        yield_to_interactive(pool);
    }
}

/* The newest loop that still has items nobody took. */
static struct loop *find_loop_locked(struct mle_pool *pool)
{
    for (struct loop *loop = pool->loops; loop; loop = loop->below)
        if (atomic_load_explicit(&loop->next, memory_order_relaxed) < loop->n)
            return loop;
    return NULL;
}

static void help_locked(struct mle_pool *pool, struct loop *loop)
{
    loop->helpers++;
    pthread_mutex_unlock(&pool->lock);
    run_items(pool, loop);
    pthread_mutex_lock(&pool->lock);
    if (--loop->helpers == 0)
        pthread_cond_broadcast(&pool->loop_left);
}

/* Short work first, then loops that are already running, then new batch work. */
static void *worker(void *arg)
{
    struct mle_pool *pool = arg;
    here.pool = pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        enum mle_lane lane = MLE_LANE_INTERACTIVE;
        struct mle_task *task = pop_locked(pool, MLE_LANE_INTERACTIVE);
        if (!task) {
            struct loop *loop = find_loop_locked(pool);
            if (loop) {
                here.lane = MLE_LANE_BATCH;
                help_locked(pool, loop);
                continue;
            }
            lane = MLE_LANE_BATCH;
            task = pop_locked(pool, MLE_LANE_BATCH);
        }
        if (task) {
            pthread_mutex_unlock(&pool->lock);
            run_task(task, lane);
            pthread_mutex_lock(&pool->lock);
        } else if (pool->ending) {
            break;
        } else {
            pthread_cond_wait(&pool->work, &pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int start_thread(struct mle_pool *pool, size_t stack_bytes)
{
    sigset_t all, before;
    pthread_attr_t attr;
    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, stack_bytes);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&pool->thread[pool->n_thread], &attr, worker, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        pool->n_thread++;
    return rc;
}

struct mle_pool *mle_pool_create(unsigned threads, size_t stack_bytes, struct mle_error *err)
{
    struct mle_pool *pool = calloc(1, sizeof *pool + threads * sizeof *pool->thread);
    if (!pool) {
        mle_fail(err, MLE_NO_MEMORY, "no memory for %u worker threads", threads);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->loop_left, NULL);
    for (int lane = 0; lane < MLE_LANES; lane++)
        pool->queue[lane].last = &pool->queue[lane].first;
    while (pool->n_thread < threads) {
        int rc = start_thread(pool, stack_bytes ? stack_bytes : (size_t)4 << 20);
        if (rc) {
            mle_fail(err, MLE_NO_MEMORY, "cannot start worker thread %u of %u: error %d",
                     pool->n_thread + 1, threads, rc);
            mle_pool_destroy(pool);
            return NULL;
        }
    }
    return pool;
}

void mle_pool_destroy(struct mle_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->n_thread; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->loop_left);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

unsigned mle_pool_threads(const struct mle_pool *pool)
{
    return pool ? pool->n_thread : 0;
}

void mle_pool_submit(struct mle_pool *pool, enum mle_lane lane, struct mle_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->queue[lane].last = task;
    pool->queue[lane].last = &task->next;
    if (lane == MLE_LANE_INTERACTIVE)
        atomic_store_explicit(&pool->interactive, true, memory_order_relaxed);
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

static void unlist_locked(struct mle_pool *pool, const struct loop *loop)
{
    struct loop **at = &pool->loops;
    while (*at != loop)
        at = &(*at)->below;
    *at = loop->below;
}

void mle_pool_for(struct mle_pool *pool, size_t n, void (*run)(void *ctx, size_t i), void *ctx)
{
    if (!pool || n < 2) {
        for (size_t i = 0; i < n; i++)
            run(ctx, i);
        return;
    }
    struct loop loop = { .run = run, .ctx = ctx, .n = n };
    pthread_mutex_lock(&pool->lock);
    loop.below = pool->loops;
    pool->loops = &loop;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);

    run_items(pool, &loop);

    pthread_mutex_lock(&pool->lock);
    unlist_locked(pool, &loop);
    while (loop.helpers > 0)
        pthread_cond_wait(&pool->loop_left, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
