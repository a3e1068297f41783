#include "base/sha256.h"
#include "base_test.h"

static void
assert_digest(struct sha256 got, const char *want)
{
    char hex[SHA256_HEX_MAX];

    assert_str(sha256_hex(&got, hex), want);
    assert_int_equal(hex[SHA256_HEX_MAX - 1], '\0');
}

/* NIST, "Examples with intermediate values", and FIPS 180-2 appendix B. */
static void
nist_vectors(void **state)
{
    static const struct {
        const char *text;
        const char *digest;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "mno"
         "pqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(vectors); i++)
        assert_digest(sha256_of(vectors[i].text, strlen(vectors[i].text)), vectors[i].digest);
}

/* A million times 'a', in pieces of every length from 1 to 127. */
static void
a_million_bytes(void **state)
{
    struct sha256_ctx c;
    char piece[128];
    size_t left = 1000000;

    (void)state;
    memset(piece, 'a', sizeof piece);
    sha256_init(&c);
    for (size_t n = 1; left > 0; n = n % 127 + 1) {
        size_t part = n < left ? n : left;

        sha256_add(&c, piece, part);
        left -= part;
    }
    assert_digest(sha256_end(&c),
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the two places where the padding changes, against hashlib's digests: the
 * SHA-256 of the digests of n zero bytes, n = 0..200, one after the other. */
static void
every_length_to_200(void **state)
{
    static const char zeros[200];
    struct sha256_ctx all;

    (void)state;
    sha256_init(&all);
    for (size_t n = 0; n <= sizeof zeros; n++) {
        struct sha256 one = sha256_of(zeros, n);

        sha256_add(&all, one.b, sizeof one.b);
    }
    assert_digest(sha256_end(&all),
                  "b9c4ebeeb7d1825824131cf7b7d28469cca4f9166473bf51bb519365ae27eccd");
}

static struct sha256
key_of(struct str a, struct str b)
{
    struct sha256_ctx c;

    sha256_init(&c);
    sha256_add_str(&c, a);
    sha256_add_str(&c, b);
    return sha256_end(&c);
}

static void
fields_do_not_run_together(void **state)
{
    struct sha256 one = key_of(STR("ab"), STR("c"));
    struct sha256 two = key_of(STR("a"), STR("bc"));
    struct sha256 empty = key_of(STR("ab"), STR(""));
    struct sha256 absent = key_of(STR("ab"), STR_NONE);
    struct sha256 again = key_of(STR("ab"), STR("c"));

    (void)state;
    assert_int_not_equal(sha256_cmp(&one, &two), 0);
    assert_int_not_equal(sha256_cmp(&empty, &absent), 0);
    assert_int_equal(sha256_cmp(&one, &again), 0);
    assert_int_equal(sha256_cmp(&one, &two), -sha256_cmp(&two, &one));
}

/* The layout is part of stored chains: eight bytes of length, highest first, then the text. */
static void
field_layout_is_fixed(void **state)
{
    struct sha256_ctx c;

    (void)state;
    sha256_init(&c);
    sha256_add_str(&c, STR("ab"));
    sha256_add_u64(&c, UINT64_C(0x0102030405060708));
    sha256_add_str(&c, STR_NONE);
    assert_digest(sha256_end(&c),
                  "56248f734832c1df3ad9bfba16c8dc5221b734f251ab376e11b593bc7fdec51d");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_vectors),          cmocka_unit_test(a_million_bytes),
        cmocka_unit_test(every_length_to_200),   cmocka_unit_test(fields_do_not_run_together),
        cmocka_unit_test(field_layout_is_fixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
