#include "core/base/stop.h"
#include "tests/support/test.h"

#include <pthread.h>
#include <time.h>

static void nothing_stops_what_nobody_stopped(void **state)
{
    (void)state;
    struct mle_stop stop;
    memset(&stop, 0xEE, sizeof stop);
    mle_stop_init(&stop, 0);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_NONE);
    assert_int_equal(mle_stop_check(NULL), MLE_STOP_NONE);
    assert_int_equal(atomic_load(&stop.evaluations), 0);
    assert_int_equal(atomic_load(&stop.iterations), 0);
    assert_bits_equal(atomic_load(&stop.nll), 0.0);
    assert_bits_equal(atomic_load(&stop.gradient_norm), 0.0);
    mle_stop_init(&stop, mle_now_ns() + INT64_C(3600000000000));
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_NONE);
}

static void a_cancel_stops(void **state)
{
    (void)state;
    struct mle_stop stop;
    struct mle_error err;
    mle_stop_init(&stop, 0);
    mle_stop_cancel(&stop);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_CANCELLED);
    assert_int_equal(mle_stop_fail(&stop, &err), MLE_CANCELLED);
    assert_int_equal(err.status, MLE_CANCELLED);
    assert_int_equal(mle_stop_fail(&stop, NULL), MLE_CANCELLED);
}

static void a_deadline_stops(void **state)
{
    (void)state;
    struct mle_stop stop;
    struct mle_error err;
    mle_stop_init(&stop, mle_now_ns() + 2000000);
    struct timespec wait = { .tv_nsec = 3000000 };
    nanosleep(&wait, NULL);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_DEADLINE);
    assert_int_equal(mle_stop_fail(&stop, &err), MLE_DEADLINE);
    assert_int_equal(err.status, MLE_DEADLINE);
}

static void the_first_cause_stays(void **state)
{
    (void)state;
    struct mle_stop stop;
    mle_stop_init(&stop, 1);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_DEADLINE);
    mle_stop_cancel(&stop);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_DEADLINE);

    mle_stop_init(&stop, 1);
    mle_stop_cancel(&stop);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_CANCELLED);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_CANCELLED);
}

static void time_does_not_run_backwards(void **state)
{
    (void)state;
    int64_t before = mle_now_ns();
    assert_true(before > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = mle_now_ns();
        assert_true(now >= before);
        before = now;
    }
}

static void *cancel(void *arg)
{
    struct timespec wait = { .tv_nsec = 1000000 };
    nanosleep(&wait, NULL);
    mle_stop_cancel(arg);
    return NULL;
}

static void another_thread_can_cancel(void **state)
{
    (void)state;
    struct mle_stop stop;
    pthread_t thread;
    mle_stop_init(&stop, mle_now_ns() + INT64_C(20000000000));
    assert_int_equal(pthread_create(&thread, NULL, cancel, &stop), 0);
    while (mle_stop_check(&stop) == MLE_STOP_NONE)
        atomic_fetch_add(&stop.evaluations, 1);
    pthread_join(thread, NULL);
    assert_int_equal(mle_stop_check(&stop), MLE_STOP_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stops_what_nobody_stopped),
        cmocka_unit_test(a_cancel_stops),
        cmocka_unit_test(a_deadline_stops),
        cmocka_unit_test(the_first_cause_stays),
        cmocka_unit_test(time_does_not_run_backwards),
        cmocka_unit_test(another_thread_can_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
