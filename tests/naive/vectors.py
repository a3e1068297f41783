"""naive.py on vectors files, as `refractctl criteria test`: RULES.yaml... -- VECTORS.json..."""
import json
import sys

import naive


def main():
    split = sys.argv.index("--")
    rules = naive.load_rules(sys.argv[1:split])
    passed = failed = 0
    for path in sys.argv[split + 1:]:
        with open(path, encoding="utf-8") as f:
            vectors = json.load(f)
        for v in vectors:
            for want in v["expect"]:
                try:
                    status, first = naive.evaluate(rules[v["criterion"]], v["events"],
                                                   naive.day(want["asof"]))
                except (naive.Unsupported, KeyError) as e:
                    status, first = "no answer: %r" % e, None
                ok = status == want["status"] and want.get("date") in (None, str(first))
                passed, failed = passed + ok, failed + (not ok)
                if not ok:
                    print("FAIL %s@%s got %s %s want %s %s" % (
                        v["id"], want["asof"], status, first or "", want["status"],
                        want.get("date", "")))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
