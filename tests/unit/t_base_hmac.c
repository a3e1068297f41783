/* The test cases of RFC 4231. */
#include "base/hmac.h"
#include "base_test.h"

static void
check(struct str key, struct str text, const char *hex)
{
    char buf[SHA256_HEX_MAX];
    struct sha256 got = hmac_sha256(key, text);

    assert_string_equal(sha256_hex(&got, buf).p, hex);
}

static void
t_rfc4231(void **state)
{
    char long_key[131];

    (void)state;
    check(STR("Jefe"), STR("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    check(STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
          STR("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    for (size_t i = 0; i < sizeof long_key; i++)
        long_key[i] = '\xaa';
    check((struct str){long_key, sizeof long_key},
          STR("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(t_rfc4231)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
