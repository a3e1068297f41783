/* Which numbers of a publisher have come: against a naive set, over seeded walks. */
#include "base_test.h"
#include "intake/seqtrack.h"

enum { NAIVE_MAX = 20000, STEPS = 20000 };

/* The same, by remembering everything; numbers from 1 to NAIVE_MAX. */
struct naive {
    bool come[NAIVE_MAX + 2];
    uint64_t next;
    uint64_t high;
};

static void
naive_settle(struct naive *n)
{
    while (n->come[n->next])
        n->next++;
}

static void
naive_add(struct naive *n, uint64_t seq)
{
    n->high = seq > n->high ? seq : n->high;
    if (seq < n->next || seq - n->next >= SEQTRACK_AHEAD)
        return; /* not remembered: a replay brings it again */
    n->come[seq] = true;
    naive_settle(n);
}

static uint64_t
naive_skip_to(struct naive *n, uint64_t next)
{
    uint64_t lost = 0;

    for (; n->next < next; n->next++)
        lost += !n->come[n->next];
    naive_settle(n);
    n->high = n->high + 1 < n->next ? n->next - 1 : n->high;
    return lost;
}

static void
compare(const struct seqtrack *t, const struct naive *n, uint64_t *seed)
{
    assert_int_equal(t->next, n->next);
    assert_int_equal(t->high, n->high);
    assert_int_equal(seqtrack_has_gap(t), n->high >= n->next);
    for (int i = 0; i < 3; i++) {
        uint64_t seq = 1 + (n->next + test_random(seed) % 300) % NAIVE_MAX;

        assert_int_equal(seqtrack_has(t, seq), seq < n->next || n->come[seq]);
    }
}

/* Numbers near the front, some lost, some far ahead, some given up. */
static void
walk(uint64_t seed)
{
    static struct naive n;
    struct seqtrack t;

    memset(&n, 0, sizeof(n));
    n.next = 1;
    seqtrack_start(&t, 1);
    for (int i = 0; i < STEPS && n.next + SEQTRACK_AHEAD + 700 < NAIVE_MAX; i++) {
        uint64_t kind = test_random(&seed) % 100;

        if (kind < 90) {
            uint64_t seq = n.next + test_random(&seed) % 8;

            seqtrack_add(&t, seq);
            naive_add(&n, seq);
        } else if (kind < 98) {
            uint64_t seq = n.next + test_random(&seed) % (SEQTRACK_AHEAD + 200);

            seqtrack_add(&t, seq);
            naive_add(&n, seq);
        } else {
            uint64_t to = n.next + test_random(&seed) % 500;

            assert_int_equal(seqtrack_skip_to(&t, to), naive_skip_to(&n, to));
        }
        compare(&t, &n, &seed);
    }
}

static void
t_against_a_naive_set(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        walk(seed);
}

static void
t_in_order(void **state)
{
    struct seqtrack t;

    (void)state;
    seqtrack_start(&t, 1);
    assert_false(seqtrack_has(&t, 1));
    for (uint64_t i = 1; i <= 3 * SEQTRACK_AHEAD; i++)
        seqtrack_add(&t, i);
    assert_int_equal(t.next, 3 * SEQTRACK_AHEAD + 1);
    assert_false(seqtrack_has_gap(&t));
    assert_true(seqtrack_has(&t, 1));
}

/* The ring's edge: the last number that fits, and the first that does not. */
static void
t_edge_of_the_ring(void **state)
{
    struct seqtrack t;

    (void)state;
    seqtrack_start(&t, 10);
    assert_false(seqtrack_is_beyond(&t, 10 + SEQTRACK_AHEAD - 1));
    assert_true(seqtrack_is_beyond(&t, 10 + SEQTRACK_AHEAD));
    seqtrack_add(&t, 10 + SEQTRACK_AHEAD - 1);
    seqtrack_add(&t, 10 + SEQTRACK_AHEAD);
    assert_true(seqtrack_has(&t, 10 + SEQTRACK_AHEAD - 1));
    assert_false(seqtrack_has(&t, 10 + SEQTRACK_AHEAD));
    assert_false(seqtrack_has(&t, 10 + 2 * SEQTRACK_AHEAD - 1)); /* same bit, other number */
    assert_true(seqtrack_has_gap(&t));
}

/* A publisher may say any number: no loop as long as the number is large. */
static void
t_hostile_numbers(void **state)
{
    struct seqtrack t;

    (void)state;
    seqtrack_start(&t, 1);
    seqtrack_add(&t, (uint64_t)1 << 60);
    assert_true(seqtrack_has_gap(&t));
    assert_int_equal(seqtrack_skip_to(&t, (uint64_t)1 << 60), ((uint64_t)1 << 60) - 1);
    assert_int_equal(t.next, (uint64_t)1 << 60);
    assert_int_equal(seqtrack_skip_to(&t, 5), 0); /* never back */
    assert_int_equal(t.next, (uint64_t)1 << 60);
}

static void
t_skip_counts_only_what_is_missing(void **state)
{
    struct seqtrack t;

    (void)state;
    seqtrack_start(&t, 1);
    seqtrack_add(&t, 2);
    seqtrack_add(&t, 4);
    seqtrack_add(&t, 6);
    seqtrack_add(&t, 7);
    assert_int_equal(seqtrack_skip_to(&t, 6), 3); /* 1, 3, 5 */
    assert_int_equal(t.next, 8);
    assert_false(seqtrack_has_gap(&t));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_in_order),
        cmocka_unit_test(t_edge_of_the_ring),
        cmocka_unit_test(t_hostile_numbers),
        cmocka_unit_test(t_skip_counts_only_what_is_missing),
        cmocka_unit_test(t_against_a_naive_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
