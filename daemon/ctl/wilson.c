#include "ctl/wilson.h"

#include "base/assert.h"

enum { PERMILLE = 1000, COUNT_MAX = 1000000 };

/* z = 1.96 for 95 %. z^2 and z^4 / 4 in the scales that the sums below have. */
enum { SCALE = 10000, Z2 = 38416 };
static const int64_t Z2_E8 = INT64_C(384160000);
static const int64_t Z4_QUARTER_E8 = INT64_C(368947264);

static int64_t
root(int64_t x)
{
    int64_t low = 0;
    int64_t high = INT64_C(3037000499); /* the root of 2^63 */

    while (low < high) {
        int64_t mid = low + (high - low + 1) / 2;

        if (mid <= x / mid)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

struct share
wilson(int64_t yes, int64_t n)
{
    int64_t middle;
    int64_t half;
    int64_t whole;
    struct share s = {0, 0, PERMILLE, n > 0};

    rfd_assert(yes >= 0 && yes <= n && n <= COUNT_MAX);
    if (n == 0)
        return s;
    /* (yes + z^2/2 -+ z sqrt(yes (n - yes) / n + z^2/4)) / (n + z^2) */
    middle = yes * SCALE + Z2 / 2;
    half = root(Z2_E8 * (yes * (n - yes) / n) + Z2_E8 * (yes * (n - yes) % n) / n + Z4_QUARTER_E8);
    whole = n * SCALE + Z2;
    s.mid = (yes * PERMILLE + n / 2) / n;
    s.low = middle <= half || yes == 0 ? 0 : (middle - half - 1) * PERMILLE / whole;
    s.high = ((middle + half + 1) * PERMILLE + whole - 1) / whole;
    if (s.high > PERMILLE || yes == n)
        s.high = PERMILLE;
    return s;
}

static int64_t
part(int64_t right, int64_t found, int64_t missed, int64_t passed, bool up)
{
    int64_t there = right * found + missed * passed;

    if (there == 0)
        return up ? PERMILLE : 0;
    return (right * found * PERMILLE + (up ? there - 1 : 0)) / there;
}

struct share
wilson_sensitivity(struct share right, int64_t found, struct share missed, int64_t passed)
{
    struct share s = {0, 0, PERMILLE, right.known && (missed.known || passed == 0)};

    rfd_assert(found >= 0 && found <= COUNT_MAX * INT64_C(1000) && passed >= 0 &&
               passed <= COUNT_MAX * INT64_C(1000));
    if (!s.known)
        return s;
    s.mid = part(right.mid, found, missed.mid, passed, false);
    s.low = part(right.low, found, missed.high, passed, false);
    s.high = part(right.high, found, missed.low, passed, true);
    return s;
}
