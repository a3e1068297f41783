/* sys/worker: jobs in order of lanes, a bound on each, done() in the loop, nothing lost at the
 * end. */
#include "base_test.h"
#include "sys/io.h"
#include "sys/worker.h"

#include <pthread.h>
#include <unistd.h>

struct told {
    struct loop *loop;
    pthread_t ran_in;
    int gate[2]; /* a job that reads from it waits until somebody writes */
    char order[16];
    size_t ran;
    size_t done;
    size_t stop_at;
};

struct one {
    struct told *told;
    char name;
    bool waits;
};

static void
run(void *arg)
{
    struct one *o = arg;
    char byte;

    if (o->waits)
        assert_int_equal(read(o->told->gate[0], &byte, 1), 1);
    o->told->ran_in = pthread_self();
    o->told->order[o->told->ran++] = o->name;
}

static void
done(void *arg)
{
    struct one *o = arg;

    if (++o->told->done == o->told->stop_at)
        loop_stop(o->told->loop);
}

static struct told
told_new(void)
{
    struct told t = {.loop = loop_new()};

    assert_int_equal(pipe(t.gate), 0);
    return t;
}

static void
told_free(struct told *t)
{
    io_close(&t->gate[0]);
    io_close(&t->gate[1]);
    loop_free(&t->loop);
}

static void
test_an_earlier_lane_goes_first_and_none_holds_more_than_it_may(void **state)
{
    struct told t = told_new();
    const size_t max[WORKER_LANES] = {2, 1, 1};
    struct worker *w = worker_new(t.loop, max);
    struct one first = {&t, '0', true};
    struct one late = {&t, 'c', false};
    struct one middle = {&t, 'b', false};
    struct one soon[2] = {{&t, 'a', false}, {&t, 'A', false}};

    (void)state;
    t.stop_at = 5;
    assert_true(worker_give(w, 0, run, done, &first));
    usleep(50 * 1000); /* the thread has it in hand, and waits at the gate */
    assert_true(worker_give(w, 2, run, done, &late));
    assert_false(worker_give(w, 2, run, done, &late));
    assert_true(worker_give(w, 1, run, done, &middle));
    assert_true(worker_give(w, 0, run, done, &soon[0]));
    assert_true(worker_give(w, 0, run, done, &soon[1]));
    assert_false(worker_give(w, 0, run, done, &soon[1]));
    assert_int_equal(t.done, 0);
    assert_int_equal(write(t.gate[1], "x", 1), 1);
    loop_run(t.loop);
    assert_string_equal(t.order, "0aAbc");
    assert_false(pthread_equal(t.ran_in, pthread_self()));
    worker_free(&w);
    assert_null(w);
    told_free(&t);
}

static void
test_the_end_gives_back_what_was_not_run(void **state)
{
    struct told t = told_new();
    const size_t max[WORKER_LANES] = {4, 4, 4};
    struct worker *w = worker_new(t.loop, max);
    struct one first = {&t, '0', true};
    struct one rest = {&t, '1', false};

    (void)state;
    t.stop_at = 100;
    assert_true(worker_give(w, 0, run, done, &first));
    usleep(50 * 1000);
    assert_true(worker_give(w, 1, run, done, &rest));
    assert_true(worker_give(w, 2, run, done, &rest));
    assert_int_equal(write(t.gate[1], "x", 1), 1);
    worker_free(&w);
    assert_int_equal(t.done, 3);
    assert_true(t.ran >= 1);
    told_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_earlier_lane_goes_first_and_none_holds_more_than_it_may),
        cmocka_unit_test(test_the_end_gives_back_what_was_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
