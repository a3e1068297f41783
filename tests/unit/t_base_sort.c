#include "base/sort.h"
#include "base_test.h"

enum { ITEMS_MAX = 300 };

struct item {
    uint32_t key;
    uint32_t arrived;
    char more[5];
};

static unsigned char memory[1 << 16];

static int
item_cmp(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

/* Few keys, so that most of them tie. */
static void
sorts_stably_at_every_length(void **state)
{
    struct item items[ITEMS_MAX];
    struct arena a;
    uint64_t seed = 1;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    for (size_t n = 0; n <= ITEMS_MAX; n++) {
        uint32_t keys = (uint32_t)(n % 17 + 1);
        uint64_t sum = 0;

        for (size_t i = 0; i < n; i++) {
            items[i] = (struct item){(uint32_t)(test_random(&seed) % keys), (uint32_t)i, "more"};
            sum += items[i].key;
        }
        sort_stable(&a, items, n, sizeof items[0], item_cmp);
        assert_int_equal(arena_mark(&a), 0);
        for (size_t i = 0; i < n; i++) {
            sum -= items[i].key;
            assert_string_equal(items[i].more, "more");
            if (i == 0 || items[i - 1].key < items[i].key)
                continue;
            assert_int_equal(items[i - 1].key, items[i].key);
            assert_true(items[i - 1].arrived < items[i].arrived);
        }
        assert_int_equal(sum, 0);
    }
}

static int
byte_cmp(const void *a, const void *b)
{
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

static void
scratch_is_given_back_clean(void **state)
{
    char text[] = "hgfedcba";
    struct arena a;

    (void)state;
    memset(memory, 0, sizeof memory);
    arena_init(&a, memory, sizeof memory);
    sort_stable(&a, text, 8, 1, byte_cmp);
    assert_string_equal(text, "abcdefgh");
    assert_int_equal(a.used, 0);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(memory[i], 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_stably_at_every_length),
        cmocka_unit_test(scratch_is_given_back_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
