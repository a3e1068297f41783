#include "base/arena.h"
#include "base_test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) unsigned char memory[1024];

static void
starts_aligned_and_zeroed(void **state)
{
    struct arena a;
    unsigned char *p, *q;

    (void)state;
    memset(memory, 0xee, sizeof memory);
    arena_init(&a, memory + 3, sizeof memory - 3); /* the caller's memory lies askew */
    p = arena_alloc(&a, 5);
    q = arena_alloc(&a, 33);
    assert_int_equal((uintptr_t)p % 16, 0);
    assert_int_equal((uintptr_t)q % 16, 0);
    assert_true(q >= p + 5);
    for (size_t i = 0; i < 33; i++)
        assert_int_equal(q[i], 0);
    assert_int_equal(q[33], 0xee);
}

static void
zero_bytes_give_a_pointer(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, memory, 32);
    assert_non_null(arena_alloc(&a, 0));
    assert_non_null(arena_alloc(&a, 32));
    assert_non_null(arena_alloc(&a, 0));
    assert_non_null(arena_array(&a, 0, 8));
}

static void
release_and_reset_clear(void **state)
{
    struct arena a;
    char *kept, *scratch;
    size_t mark;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    kept = arena_alloc(&a, 4);
    memcpy(kept, "keep", 4);
    mark = arena_mark(&a);
    scratch = arena_alloc(&a, 10);
    memcpy(scratch, "0123456789", 10);
    arena_release(&a, mark);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(scratch[i], 0);
    assert_memory_equal(kept, "keep", 4);
    assert_ptr_equal(arena_alloc(&a, 1), scratch);
    arena_reset(&a);
    assert_memory_equal(kept, "\0\0\0\0", 4);
    assert_int_equal(arena_mark(&a), 0);
}

/* Asks a full arena for more and tells where it came out: 1 the trap, 0 not at all. */
static int
trapped(struct arena *a, size_t count, size_t size)
{
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(a, &trap);

    if (setjmp(trap) != 0) {
        arena_trap_set(a, before);
        return 1;
    }
    (void)arena_array(a, count, size);
    arena_trap_set(a, before);
    return 0;
}

static void
full_arena_jumps_to_its_trap(void **state)
{
    struct arena a;
    jmp_buf outer;

    (void)state;
    arena_init(&a, memory, 64);
    assert_null(arena_trap_set(&a, &outer));
    assert_int_equal(trapped(&a, 1, 48), 0);
    assert_int_equal(trapped(&a, 1, 17), 1);
    assert_int_equal(trapped(&a, 2, 8), 0); /* a refused request has taken nothing */
    assert_int_equal(trapped(&a, 1, 1), 1);
    assert_ptr_equal(arena_trap_set(&a, NULL), &outer);
}

static void
products_that_wrap_are_full(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    assert_int_equal(trapped(&a, SIZE_MAX / 8 + 2, 8), 1);
    assert_int_equal(trapped(&a, 1, SIZE_MAX), 1);
    assert_int_equal(trapped(&a, 4, 8), 0);
}

/* In a child, because it is meant to die. */
static void
full_arena_without_trap_aborts(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct arena a;

        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        arena_init(&a, memory, 16);
        (void)arena_alloc(&a, 17);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_aligned_and_zeroed),
        cmocka_unit_test(zero_bytes_give_a_pointer),
        cmocka_unit_test(release_and_reset_clear),
        cmocka_unit_test(full_arena_jumps_to_its_trap),
        cmocka_unit_test(products_that_wrap_are_full),
        cmocka_unit_test(full_arena_without_trap_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
