#include "core/base/arena.h"
#include "tests/support/fault.h"
#include "tests/support/test.h"

#include <pthread.h>
#include <stdatomic.h>

static void allocations_are_aligned_disjoint_and_writable(void **state)
{
    (void)state;
    enum { N = 3000 };
    static unsigned char *at[N];
    static size_t bytes[N];
    struct fault fault;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_arena_init(&arena, NULL, &fault.backing);
    for (size_t i = 0; i < N; i++) {
        bytes[i] = i * 37 % 1500;
        if (i % 3 == 0) {
            bytes[i] = bytes[i] / 8 * 8;
            at[i] = (unsigned char *)mle_arena_doubles(&arena, bytes[i] / 8);
            assert_int_equal((uintptr_t)at[i] % 64, 0);
        } else {
            at[i] = mle_arena_alloc(&arena, bytes[i]);
            assert_int_equal((uintptr_t)at[i] % 16, 0);
        }
        assert_non_null(at[i]);
        memset(at[i], (int)(i % 251), bytes[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t b = 0; b < bytes[i]; b++)
            assert_int_equal(at[i][b], i % 251);
    mle_arena_finish(&arena);
    assert_int_equal(fault.chunks, 0);
    assert_int_equal(fault.bytes, 0);
}

static void zeros_are_zero_on_dirty_memory(void **state)
{
    (void)state;
    struct fault fault;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_arena_init(&arena, NULL, &fault.backing);
    for (size_t n = 0; n < 3000; n += 101) {
        const unsigned char *p = mle_arena_zeros(&arena, n, 7);
        assert_non_null(p);
        for (size_t i = 0; i < 7 * n; i++)
            assert_int_equal(p[i], 0);
    }
    mle_arena_finish(&arena);
}

static void text_is_copied_with_a_nul(void **state)
{
    (void)state;
    struct mle_arena arena;
    mle_arena_init(&arena, NULL, NULL);
    char *copy = mle_arena_text(&arena, 3, "abcdef");
    assert_string_equal(copy, "abc");
    assert_string_equal(mle_arena_text(&arena, 0, ""), "");
    assert_memory_equal(mle_arena_text(&arena, 3, "a\0b"), "a\0b", 4);
    assert_string_equal(copy, "abc");
    mle_arena_finish(&arena);
}

static void impossible_sizes_fail_cleanly(void **state)
{
    (void)state;
    struct fault fault;
    struct mle_budget budget;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_budget_init(&budget, 1 << 20, NULL);
    mle_arena_init(&arena, &budget, &fault.backing);
    static const size_t sizes[] = { SIZE_MAX,     SIZE_MAX - 1,     SIZE_MAX - 63,   SIZE_MAX - 200,
                                    SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 8 + 1 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_null(mle_arena_alloc(&arena, sizes[i]));
        assert_true(arena.limited);
        assert_null(mle_arena_doubles(&arena, sizes[i]));
        assert_true(arena.limited);
        assert_null(mle_arena_zeros(&arena, sizes[i], 16));
        assert_null(mle_arena_zeros(&arena, 16, sizes[i]));
        assert_null(mle_arena_text(&arena, sizes[i], "x"));
    }
    assert_int_equal(fault.calls, 0);
    assert_int_equal(atomic_load(&budget.used_bytes), 0);
    assert_non_null(mle_arena_alloc(&arena, 100)); /* and it works on */
    mle_arena_finish(&arena);
}

static void a_zeroed_or_finished_arena_can_be_finished_again(void **state)
{
    (void)state;
    struct mle_arena zeroed = { 0 };
    mle_arena_finish(&zeroed);
    struct fault fault;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_arena_init(&arena, NULL, &fault.backing);
    mle_arena_finish(&arena);
    for (int round = 0; round < 3; round++) {
        assert_non_null(mle_arena_alloc(&arena, 100000));
        assert_true(fault.chunks > 0);
        mle_arena_finish(&arena);
        assert_int_equal(fault.chunks, 0);
    }
}

static void rewind_gives_back_what_came_after_the_mark(void **state)
{
    (void)state;
    struct fault fault;
    struct mle_budget budget;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_budget_init(&budget, SIZE_MAX, NULL);
    mle_arena_init(&arena, &budget, &fault.backing);

    struct mle_arena_mark empty = mle_arena_mark(&arena);
    char *kept = mle_arena_text(&arena, 4, "kept");
    struct mle_arena_mark mark = mle_arena_mark(&arena);
    size_t used = atomic_load(&budget.used_bytes);
    void *first = mle_arena_alloc(&arena, 64);
    for (int round = 0; round < 50; round++) {
        mle_arena_rewind(&arena, mark);
        assert_int_equal(atomic_load(&budget.used_bytes), used);
        assert_ptr_equal(mle_arena_alloc(&arena, 64), first); /* the same place again */
        for (size_t i = 0; i < 20; i++)
            assert_non_null(memset(mle_arena_alloc(&arena, 10000 * i + 1), 1, 10000 * i + 1));
        assert_string_equal(kept, "kept");
    }
    mle_arena_rewind(&arena, mark);
    assert_int_equal(fault.bytes, used);
    mle_arena_rewind(&arena, empty);
    assert_int_equal(fault.chunks, 0);
    assert_int_equal(atomic_load(&budget.used_bytes), 0);
    assert_non_null(mle_arena_alloc(&arena, 1));
    mle_arena_finish(&arena);
}

static void marks_nest(void **state)
{
    (void)state;
    enum { DEPTH = 12 };
    struct fault fault;
    struct mle_arena arena;
    struct mle_arena_mark mark[DEPTH];
    size_t bytes[DEPTH];
    fault_init(&fault, 0);
    mle_arena_init(&arena, NULL, &fault.backing);
    for (size_t i = 0; i < DEPTH; i++) {
        mark[i] = mle_arena_mark(&arena);
        bytes[i] = fault.bytes;
        for (size_t k = 0; k < 5; k++)
            assert_non_null(mle_arena_alloc(&arena, (size_t)1000 << i));
    }
    for (size_t i = DEPTH; i-- > 0;) {
        mle_arena_rewind(&arena, mark[i]);
        assert_int_equal(fault.bytes, bytes[i]);
    }
    mle_arena_finish(&arena);
}

static void a_budget_counts_for_its_parent_too(void **state)
{
    (void)state;
    struct mle_budget process, request[2];
    mle_budget_init(&process, 1000, NULL);
    mle_budget_init(&request[0], 700, &process);
    mle_budget_init(&request[1], 700, &process);

    assert_true(mle_budget_take(&request[0], 700));
    assert_false(mle_budget_take(&request[0], 1));
    assert_int_equal(atomic_load(&process.used_bytes), 700);
    assert_false(mle_budget_take(&request[1], 301)); /* the parent's limit, not its own */
    assert_int_equal(atomic_load(&request[1].used_bytes), 0);
    assert_int_equal(atomic_load(&process.used_bytes), 700);
    assert_true(mle_budget_take(&request[1], 300));
    assert_int_equal(atomic_load(&process.used_bytes), 1000);
    assert_false(mle_budget_take(&request[1], 1));
    mle_budget_give(&request[0], 700);
    assert_int_equal(atomic_load(&process.used_bytes), 300);
    assert_false(mle_budget_take(&request[0], SIZE_MAX)); /* wraps nothing */
    assert_int_equal(atomic_load(&request[0].used_bytes), 0);
    assert_int_equal(atomic_load(&process.used_bytes), 300);
    mle_budget_give(&request[1], 300);
    assert_int_equal(atomic_load(&process.used_bytes), 0);
    assert_true(mle_budget_take(&request[0], 0));
    assert_true(mle_budget_take(NULL, 12345)); /* no budget: no limit */
    mle_budget_give(NULL, 12345);
}

static void an_arena_stops_at_its_budget_and_says_so(void **state)
{
    (void)state;
    struct fault fault;
    struct mle_budget process, request;
    struct mle_arena arena;
    fault_init(&fault, 0);
    mle_budget_init(&process, 10 << 20, NULL);
    mle_budget_init(&request, 1 << 20, &process);
    mle_arena_init(&arena, &request, &fault.backing);
    size_t got = 0;
    while (mle_arena_alloc(&arena, 10000)) {
        got += 10000;
        assert_true(got < 2 << 20);
    }
    assert_true(arena.limited);
    assert_true(got > 400000);
    assert_true(atomic_load(&request.used_bytes) <= 1 << 20);
    assert_int_equal(atomic_load(&request.used_bytes), fault.bytes);
    assert_int_equal(atomic_load(&process.used_bytes), fault.bytes);
    mle_arena_finish(&arena);
    assert_int_equal(atomic_load(&request.used_bytes), 0);
    assert_int_equal(atomic_load(&process.used_bytes), 0);
    assert_true(fault.peak_bytes <= 1 << 20);
}

/* Every chunk in turn fails: NULL comes back, nothing leaks, and it is not the budget's fault. */
static void every_failing_chunk_is_survived(void **state)
{
    (void)state;
    size_t k = 1;
    for (;; k++) {
        struct fault fault;
        struct mle_budget budget;
        struct mle_arena arena;
        fault_init(&fault, k);
        mle_budget_init(&budget, SIZE_MAX, NULL);
        mle_arena_init(&arena, &budget, &fault.backing);
        for (size_t i = 0; i < 100; i++) {
            size_t before = fault.bytes;
            char *p = mle_arena_alloc(&arena, 20000);
            if (!p) {
                assert_int_equal(fault.calls, k);
                assert_int_equal(fault.bytes, before);
                assert_false(arena.limited);
                p = mle_arena_alloc(&arena, 20000); /* the next try may work */
                assert_non_null(p);
            }
            memset(p, 7, 20000);
            assert_int_equal(atomic_load(&budget.used_bytes), fault.bytes);
        }
        mle_arena_finish(&arena);
        assert_int_equal(fault.bytes, 0);
        assert_int_equal(atomic_load(&budget.used_bytes), 0);
        if (!fault.failed)
            break;
    }
    assert_in_range(k, 5, 100);
}

struct taker {
    struct mle_budget budget;
};

static void *take_and_give(void *arg)
{
    struct taker *taker = arg;
    for (int i = 0; i < 20000; i++) {
        size_t bytes = (size_t)(i % 400) + 1;
        if (mle_budget_take(&taker->budget, bytes))
            mle_budget_give(&taker->budget, bytes);
    }
    return NULL;
}

static void budgets_balance_between_threads(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    struct mle_budget process;
    struct taker taker[THREADS];
    pthread_t thread[THREADS];
    mle_budget_init(&process, 900, NULL);
    for (size_t i = 0; i < THREADS; i++) {
        mle_budget_init(&taker[i].budget, 350, &process);
        assert_int_equal(pthread_create(&thread[i], NULL, take_and_give, &taker[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(atomic_load(&taker[i].budget.used_bytes), 0);
    }
    assert_int_equal(atomic_load(&process.used_bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_disjoint_and_writable),
        cmocka_unit_test(zeros_are_zero_on_dirty_memory),
        cmocka_unit_test(text_is_copied_with_a_nul),
        cmocka_unit_test(impossible_sizes_fail_cleanly),
        cmocka_unit_test(a_zeroed_or_finished_arena_can_be_finished_again),
        cmocka_unit_test(rewind_gives_back_what_came_after_the_mark),
        cmocka_unit_test(marks_nest),
        cmocka_unit_test(a_budget_counts_for_its_parent_too),
        cmocka_unit_test(an_arena_stops_at_its_budget_and_says_so),
        cmocka_unit_test(every_failing_chunk_is_survived),
        cmocka_unit_test(budgets_balance_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
