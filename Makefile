# refractd.  There is no configure step: `make deps` once, then `make`.  `make help` lists the rest.
SHELL      := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS  += --no-builtin-rules

V          ?= 0
Q           = $(if $(filter 1,$(V)),,@)
B          ?= build
VERSION    := 0.1.0
PREFIX     ?= /usr
PY         ?= /usr/bin/python3# Debian's: it has zmq, google.protobuf, hl7 and pytest
JOBS       ?= $(shell nproc)
REFRACT_SHARED ?= ../shared
export REFRACT_SHARED
export REFRACT_BUILD := $(abspath $(B))
export PYTHONDONTWRITEBYTECODE := 1
export ASAN_OPTIONS ?= strict_string_checks=1
export UBSAN_OPTIONS ?= print_stacktrace=1
ifeq ($(origin CC),default)
CC         := gcc
endif

# --- Debian packages.  Without recommended ones, so each is named.
DEPS := gcc libc6-dev make pkg-config binutils#    the build; objdump for `make purity`
DEPS += libzmq3-dev#                               sockets between roles and to peers
DEPS += libyaml-dev#                               config, rules, therapies, trials
DEPS += libsqlite3-dev#                            the store
DEPS += libprotobuf-c-dev protobuf-c-compiler#     messages, in C
DEPS += protobuf-compiler python3-protobuf#        messages, in Python, for the demo and the tests
DEPS += libmicrohttpd-dev#                         HTTP: the console
DEPS += libcurl4-openssl-dev#                      HTTP to others: FHIR and webhook routes
DEPS += libsodium-dev#                              passwords of the page's users
DEPS += libjose-dev libjansson-dev#                tokens of CDS clients, and JSON as they send it
DEPS += libssl-dev#                                TLS
DEPS += openssl#                                   certificates for the tests of it
DEPS += libcmocka-dev#                             unit tests
DEPS += tzdata#                                    time zones of feeds by name
DEPS += python3 python3-pytest#                    checks and system tests
DEPS += python3-yaml#                              the naive evaluator of the criteria, mutants of rules
DEPS += python3-zmq python3-hl7#                   peers that nobody here wrote: pyzmq, mllp_send
DEPS += python3-aiosmtpd#                          a mail server that nobody here wrote
DEPS += python3-jwt python3-cryptography#             tokens, as an EHR signs them
DEPS += chromium chromium-driver python3-selenium#  the page in a browser
DEPS += apache2-bin libapache2-mod-auth-openidc#    a site's proxy, before the page
DEPS += clang clang-format clang-tidy cppcheck#    lint, and the second compiler
DEPS += libclang-rt-14-dev#                        clang's sanitizers and fuzzer
DEPS += scdoc#                                     man pages
DEPS += procps#                                    ps and kill for the system tests
DEPS += git ca-certificates#                       to fetch the tree

# --- Flags.  Warnings are errors, except under a sanitizer, which makes gcc guess wrongly.
WARN        = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
              -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wconversion \
              -Wsign-conversion -Wformat=2 -Wswitch-enum -Wundef -Wvla -Wnull-dereference \
              -Wimplicit-fallthrough -Wdouble-promotion -Wfloat-equal
WARN_GCC    = -Wformat-signedness -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
              -Wjump-misses-init -Wtrampolines -Walloc-zero -Walloca
WERROR      = $(if $(SAN),,-Werror)
IS_CLANG    = $(findstring clang,$(notdir $(CC)))
OPT        ?= -O2 -g
SAN        ?=
FORTIFY     = $(if $(findstring -O0,$(OPT)),,-D_FORTIFY_SOURCE=2)
HARDEN      = -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE $(FORTIFY)
LDHARD      = -pie -Wl,-z,relro,-z,now,-z,noexecstack
PACKAGES    = libzmq libprotobuf-c yaml-0.1 sqlite3 libssl libcrypto libmicrohttpd jose jansson libsodium libcurl
# Asked once, and only when something is compiled: `make deps` runs before pkg-config is there.
PC_CFLAGS   = $(eval PC_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES)))$(PC_CFLAGS)
PC_LIBS     = $(eval PC_LIBS := $$(shell pkg-config --libs $(PACKAGES)) -lm)$(PC_LIBS)
INCLUDE     = -Idaemon -I$(B)/proto -Itests/unit
DEFINE      = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DRFD_VERSION='"$(VERSION)"' $(if $(HOOKS),-DRFD_TEST_HOOKS)
CPPFLAGS   += $(INCLUDE) $(DEFINE) $(PC_CFLAGS)
BASEFLAGS   = -std=c11 $(OPT) $(if $(SAN),$(SAN),$(HARDEN)) -ffile-prefix-map=$(CURDIR)=. -MMD -MP
CFLAGS     += $(BASEFLAGS) $(WARN) $(if $(IS_CLANG),,$(WARN_GCC)) $(WERROR)
LDFLAGS    += $(if $(SAN),$(SAN),$(LDHARD))

# --- What there is.  Rooms, tests and messages are found, not listed.
PURE       := base wire model normalize criteria match alert engine
PROTO      := $(wildcard proto/refract/v1/*.proto)
PB_SRC     := $(PROTO:proto/%.proto=$(B)/proto/%.pb-c.c)
PB_HDR     := $(PB_SRC:.c=.h)
PB_OBJ     := $(PB_SRC:.c=.o)
MAINS      := $(wildcard daemon/main.c daemon/ctl/main.c)
SRC        := $(filter-out $(MAINS),$(sort $(wildcard daemon/*/*.c)))
HDR        := $(sort $(wildcard daemon/*/*.h))
OBJ        := $(SRC:%.c=$(B)/%.o)
MAIN_OBJ   := $(MAINS:%.c=$(B)/%.o)
BINARIES   := $(if $(wildcard daemon/main.c),$(B)/refractd) $(if $(wildcard daemon/ctl/main.c),$(B)/refractctl)
PURE_OBJ   := $(foreach p,$(PURE),$(filter $(B)/daemon/$(p)/%,$(OBJ)))
ROLE_OBJ   := $(filter $(B)/daemon/role/%,$(OBJ))
LIB_OBJ    := $(filter-out $(ROLE_OBJ),$(OBJ)) $(PB_OBJ)
UNIT_SRC   := $(sort $(wildcard tests/unit/t_*.c))
UNIT       := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
UNIT_PURE  := $(filter $(PURE:%=$(B)/unit/t_%_%),$(UNIT))
AID_OBJ    := $(patsubst %.c,$(B)/%.o,$(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c)))
SIM_SRC    := $(wildcard tests/sim/*.c)
BYHAND     := $(B)/tests/aid/byhand.o#             facts made by hand, for simulations
SIM_OBJ    := $(SIM_SRC:%.c=$(B)/%.o) $(if $(SIM_SRC),$(B)/tests/aid/shipped.o $(BYHAND))
YEAR_OBJ   := $(patsubst %.c,$(B)/%.o,$(wildcard tests/year/*.c))
FUZZ_SRC   := $(sort $(wildcard tests/fuzz/f_*.c))
FUZZERS    := $(FUZZ_SRC:tests/fuzz/f_%.c=$(B)/fuzz/%)
REPLAYS    := $(FUZZ_SRC:tests/fuzz/f_%.c=$(B)/replay/%)
BENCH_SRC  := $(wildcard tests/bench/*.c)
BENCH_OBJ  := $(BENCH_SRC:%.c=$(B)/%.o)
SHIPPED    := $(B)/tests/aid/shipped.o#            config/ compiled, for fuzz targets and benchmarks
AIDED_OBJ  := $(SHIPPED) $(FUZZ_SRC:%.c=$(B)/%.o) $(B)/tests/fuzz/replay.o $(BENCH_OBJ)
SYSTEM     := $(wildcard tests/system/test_*.py)
TEST_C     := $(sort $(wildcard tests/*/*.[ch]))

# In a target of several steps: each step a make of its own, with as many jobs as there are cores.
STEP        = $(MAKE) --no-print-directory $(if $(filter --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))


all: $(BINARIES) $(B)/librefractd.a                ## build/refractd and build/refractctl (the default)

$(B)/refractd: $(B)/daemon/main.o $(B)/librole.a $(B)/librefractd.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
$(B)/refractctl: $(B)/daemon/ctl/main.o $(B)/librefractd.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
$(B)/librefractd.a: $(LIB_OBJ) $(B)/.sources
	$(Q)rm -f $@ && ar rcsD $@ $(LIB_OBJ)
$(B)/librole.a: $(ROLE_OBJ) $(B)/.sources
	$(Q)rm -f $@ && ar rcsD $@ $(ROLE_OBJ)
$(B)/libpure.a: $(PURE_OBJ) $(B)/.sources
	$(Q)rm -f $@ && ar rcsD $@ $(PURE_OBJ)

$(B)/%.o: %.c $(B)/.flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
# cmocka's asserts end a test, but gcc does not know it.
$(B)/tests/%.o: WARN += -Wno-null-dereference
# Generated headers come first; after that the .d files know who includes which.
$(filter-out $(PURE_OBJ),$(OBJ)) $(MAIN_OBJ) $(UNIT_SRC:%.c=$(B)/%.o) $(AID_OBJ) $(SIM_OBJ): | $(PB_HDR)

# Changed flags, or a source that came or went, build anew what they concern.
$(B)/.flags: FORCE
	$(Q)mkdir -p $(B)
	$(Q)command -v $(CC) pkg-config protoc-c >/dev/null || { echo "packages are missing: make deps" >&2; exit 1; }
	$(Q)cmp -s - $@ <<<'$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))' || cat >$@ <<<'$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))'
$(B)/.sources: FORCE
	$(Q)mkdir -p $(B)
	$(Q)cmp -s - $@ <<<'$(LIB_OBJ)' || cat >$@ <<<'$(LIB_OBJ)'

# --- Messages: proto/ in C for codec/, in Python for the demo and the tests.
$(B)/proto/%.pb-c.c $(B)/proto/%.pb-c.h: proto/%.proto
	$(Q)mkdir -p $(B)/proto
	$(Q)protoc-c -Iproto --c_out=$(B)/proto $<
$(PB_OBJ): $(B)/%.o: $(B)/%.c $(B)/.flags | $(PB_HDR)
	$(Q)$(CC) $(CPPFLAGS) $(BASEFLAGS) -w -c -o $@ $<
py: $(B)/py/.made               ## the messages in Python, in build/py
$(B)/py/.made: $(PROTO)
	$(Q)mkdir -p $(B)/py
	$(Q)$(if $(PROTO),protoc -Iproto --python_out=$(B)/py $(PROTO))
	$(Q)touch $@

# --- Set up and run.
deps:                           ## install what is missing, from Debian only (root or sudo)
	$(Q)bash tests/deps.sh $(DEPS)
demo:                           ## everything from a bare Debian 12: build, start, play a sample feed, print the alerts
	+$(Q)$(STEP) deps
	+$(Q)$(STEP) all py
	$(Q)PYTHONPATH=$(B)/py $(PY) deploy/demo/play.py --build $(B)
run:                            ## stay up in the foreground on loopback, with the demo's config
	+$(Q)$(STEP) deps
	+$(Q)$(STEP) all
	$(Q)exec $(B)/refractd --config deploy/demo/refractd.yaml

# --- Tests.
CHECK       = deps all lint unit criteria property $(if $(SIM_SRC),sim) year $(if $(SYSTEM),system) asan-unit asan-sockets fuzz-replay
check:                          ## what CI runs: deps, build, lint, every test that fits
	+$(Q)bash tests/steps.sh "$(STEP)" $(CHECK)
check-full:                     ## check, deeper analysis, the second compiler, more seeds, the system tests under sanitizers
	+$(Q)bash tests/steps.sh "$(STEP)" $(CHECK) tidy-long clang $(if $(SIM_SRC),sim-long) property-long mutation asan
unit: $(UNIT)                   ## unit tests (cmocka), one line for each program
	$(Q)bash tests/unit.sh $(UNIT)
OPEN        = $(REFRACT_SHARED)/data/criteria
OPEN_VEC    = $(wildcard $(OPEN)/vectors-open.json)
TABLES      = $(B)/tables.json
$(TABLES): $(wildcard tests/criteria/make.py tests/criteria/*.txt)
	$(Q)mkdir -p $(B) && $(PY) tests/criteria/make.py >$@
# What follows from those cases for every rule alike: ages, second specimens.
DERIVED     = $(B)/derived.json
$(DERIVED): $(TABLES) tests/criteria/derive.py $(wildcard tests/criteria/*.json config/criteria/*.yaml)
	$(Q)$(PY) -B tests/criteria/derive.py config/criteria tests/criteria/*.json $(TABLES) >$@
criteria: $(BINARIES) $(TABLES) $(DERIVED) ## worked timelines with dated expectations: ours, and those of REFRACT_SHARED
	$(Q)$(B)/refractctl criteria test tests/criteria/*.json $(TABLES) $(DERIVED) | grep -v "^ok "
	$(Q)if [ -n "$(OPEN_VEC)" ]; then $(B)/refractctl criteria test $(OPEN_VEC); else echo "SKIP shared (1)"; fi
TIMELINES  ?= 1500
RULES_SEED ?= 1
property: $(BINARIES) $(TABLES) $(DERIVED)         ## random timelines: the rules and the naive evaluator agree, TIMELINES=1500
	$(Q)$(PY) -B tests/naive/vectors.py config/criteria/*.yaml -- tests/criteria/*.json $(TABLES) $(DERIVED) $(OPEN_VEC)
	$(Q)if [ -n "$(OPEN_VEC)" ]; then \
	$(PY) -B tests/naive/vectors.py $(OPEN)/rules-examples.yaml -- $(OPEN_VEC); else echo "SKIP shared (1)"; fi
	$(Q)$(PY) -B tests/naive/property.py $(B)/refractctl config/criteria $(TIMELINES) $(RULES_SEED) $(TABLES) $(OPEN_VEC)
property-long:
	+$(Q)$(STEP) property TIMELINES=10000
mutation: $(BINARIES) $(TABLES) $(DERIVED) ## every threshold and window of the rules, changed: do the worked timelines notice?
	$(Q)$(PY) -B tests/mutation/mutate.py $(B)/refractctl config/criteria tests/criteria/*.json $(TABLES) $(DERIVED)
SEEDS      ?= 5
sim: $(if $(SIM_SRC),$(B)/sim $(B)/sim-broken)  ## any order of arrival, same alerts: SEEDS=5
	$(Q)for seed in $$(seq 1 $(SEEDS)); do $(B)/sim $$seed; done
	$(Q)for seed in $$(seq 1 $(SEEDS)); do $(B)/sim-broken $$seed >/dev/null || exit 0; done; \
	echo "negative control: a build that breaks ties by arrival was not caught"; exit 1
sim-long:
	+$(Q)$(STEP) sim SEEDS=100
PATIENTS   ?= 600
year: $(B)/year                 ## a year of a ward on five years of history: who is told how often, PATIENTS=600
	$(Q)$(B)/year $(PATIENTS)
	$(Q)rc=0; $(B)/year 300 1 1000 >$(B)/year-free.txt || rc=$$?; [ $$rc -eq 1 ] || \
	{ echo "negative control: a year without budgets was not caught"; exit 1; }
system: $(BINARIES) py hooks npm  ## the real binaries over real sockets (pytest), TESTS= to pick
	$(Q)PYTHONPATH=$(B)/py $(PY) -m pytest -q -rs -p no:cacheprovider $(or $(TESTS),tests/system)
KILLS      ?= 1000
faults: $(BINARIES) py hooks    ## SIGKILL of random roles under load, nothing lost, nothing twice: KILLS=1000
	+$(Q)REFRACT_KILLS=$(KILLS) $(STEP) system TESTS=tests/system/test_kill.py
npm: $(B)/npm/.made             # HL7 clients that only tests and benchmarks use, by their lock file
$(B)/npm/.made: tests/npm/package.json tests/npm/package-lock.json
	$(Q)mkdir -p $(B)/npm && cp $^ $(B)/npm/
	$(Q)if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; \
	then echo "SKIP npm clients: they want node 20 and npm, Debian 12 has node 18"; \
	elif ! (cd $(B)/npm && npm ci --ignore-scripts --no-audit --no-fund --silent); \
	then echo "SKIP npm clients: npm could not install them"; \
	else touch $@; fi
hooks:                          # a build in which a message can be made to crash a role (sys/testhook.h)
	+$(Q)$(STEP) HOOKS=1 B=$(B)-hooks all
ASAN        = B=$(B)-asan OPT='-O1 -g' \
              SAN='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
asan-unit:
	+$(Q)$(STEP) $(ASAN) all unit
asan-sockets:                   # malformed bytes and hostile clients at every socket of the real daemon, under ASan and UBSan
	+$(Q)$(STEP) $(ASAN) all py
	$(Q)REFRACT_BUILD=$(abspath $(B)-asan) PYTHONPATH=$(B)-asan/py $(PY) -m pytest -q -rs -p no:cacheprovider \
	    tests/system/test_malformed.py tests/system/test_http_limits.py tests/system/test_console_hostile.py
asan:                           ## unit and system tests under ASan and UBSan, in build-asan
	+$(Q)$(STEP) $(ASAN) all py unit
	+$(Q)$(if $(SYSTEM),$(STEP) $(ASAN) system)
clang:
	+$(Q)$(STEP) B=$(B)-clang CC=clang all unit
cov:                            ## lines and branches that unit and system tests reach, by room: build-cov/index.html
	+$(Q)$(STEP) deps DEPS=gcovr
	+$(Q)$(STEP) B=$(B)-cov OPT='-O0 -g' SAN=--coverage all py unit criteria system
	$(Q)$(PY) tests/cov.py $(B)-cov
SECS       ?= 20
fuzz:                           ## each fuzz target for SECS=20 (libFuzzer, ASan, UBSan), F= to pick one
	+$(Q)$(STEP) B=$(B)-fuzz CC=clang OPT='-O1 -g' SAN='-fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=all -fno-omit-frame-pointer' fuzzers
	$(Q)bash tests/fuzz/fuzz.sh $(B)-fuzz $(SECS) $(or $(F),$(FUZZ_SRC:tests/fuzz/f_%.c=%))
fuzzers: $(FUZZERS)
fuzz-replay:                    ## the committed corpus through each fuzz target once, under ASan and UBSan
	+$(Q)$(STEP) $(ASAN) replay
bench: $(BINARIES) $(B)/bench py  ## what is fast and what is not, beside others: build/bench.json
	$(Q)PYTHONPATH=$(B)/py $(PY) tests/bench/run.py $(B)
replay: $(REPLAYS)
	$(Q)for one in $^; do $$one tests/fuzz/corpus/$${one##*/}; done

$(UNIT): $(B)/unit/%: $(B)/tests/unit/%.o $(B)/libaid.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(if $(filter $@,$(UNIT_PURE)),,$(PC_LIBS)) -lcmocka
$(UNIT_PURE): $(B)/libpure.a
$(filter $(B)/unit/t_role_%,$(UNIT)): $(B)/librole.a
$(filter-out $(UNIT_PURE),$(UNIT)): $(B)/librefractd.a
$(B)/libaid.a: $(AID_OBJ)
	$(Q)mkdir -p $(@D); rm -f $@ && ar rcsD $@ $^
$(B)/sim: $(SIM_OBJ) $(B)/librefractd.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
$(FUZZERS): $(B)/fuzz/%: $(B)/tests/fuzz/f_%.o $(SHIPPED) $(B)/librefractd.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PC_LIBS)
$(REPLAYS): $(B)/replay/%: $(B)/tests/fuzz/f_%.o $(B)/tests/fuzz/replay.o $(SHIPPED) $(B)/librefractd.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
$(AIDED_OBJ): | $(PB_HDR)
$(B)/bench: $(BENCH_OBJ) $(SHIPPED) $(B)/tests/sim/story.o $(BYHAND) $(B)/librefractd.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
$(YEAR_OBJ): | $(PB_HDR)
$(B)/year: $(YEAR_OBJ) $(SHIPPED) $(BYHAND) $(B)/librefractd.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PC_LIBS)
# The same with a fault planted: versions of a fact that tie are ordered by arrival.
$(B)/sim-broken: $(SIM_OBJ) $(B)/librefractd.a daemon/model/fact.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MF $@.d -DRFD_BROKEN_TIES -c -o $@.o daemon/model/fact.c
	$(Q)$(CC) $(LDFLAGS) -o $@ $(SIM_OBJ) $@.o $(B)/librefractd.a $(PC_LIBS)

# --- Lint: every finding of every check in one go (-k).
lint:                           ## layers, purity, headers, sizes, texts, format, clang-tidy, cppcheck
	+$(Q)$(STEP) -k -Otarget layers purity headers tree texts format cppcheck tidy
layers:
	$(Q)$(PY) tests/lint/check_layers.py .
	$(Q)$(PY) -m pytest -q -p no:cacheprovider tests/lint
purity: $(OBJ) $(MAIN_OBJ)      # what the compiled rooms really call
	$(Q)$(PY) tests/lint/check_symbols.py $(B) $(OBJ) $(MAIN_OBJ)
headers: | $(PB_HDR)            # every header compiles alone
	$(Q)printf '%s\n' $(HDR) | xargs -r -P$(JOBS) -n1 $(CC) $(CPPFLAGS) -std=c11 -Wall -Wextra -Werror -fsyntax-only -x c
	$(Q)echo "headers: ok ($(words $(HDR)) files)"
tree:                           # sizes, things left open, scripts that do not parse
	$(Q)$(PY) tests/lint/check_tree.py .
texts:                          # what the care team may read of config/: no dose, no order, no field missing
	$(Q)$(PY) tests/lint/check_texts.py .
FORMATTED   = $(MAINS) $(SRC) $(HDR) $(TEST_C)
format:
	$(Q)clang-format --style=file:tests/lint/clang-format --dry-run -Werror $(FORMATTED)
	$(Q)echo "format: ok ($(words $(FORMATTED)) files)"
reformat:                       ## let clang-format rewrite the C files, F=FILE... for some
	$(Q)clang-format --style=file:tests/lint/clang-format -i $(or $(F),$(FORMATTED))
cppcheck:
	$(Q)cppcheck --quiet -j$(JOBS) --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --suppress=missingInclude --error-exitcode=1 -Idaemon daemon
	$(Q)echo "cppcheck: ok"
# The analyzer follows the paths of a function until its graph has so many nodes; clang's own number
# is 225000, which takes 2.5 times as long and reaches 0.2 % more blocks of code: in check-full.
NODES      ?= 75000
TIDY       ?= tidy
ANALYZER    = -Xclang -analyzer-config -Xclang max-nodes=$(NODES)
tidy: $(patsubst %.c,$(B)/$(TIDY)/%.ok,$(SRC) $(MAINS))
	$(Q)echo "tidy: ok ($(words $^) files)"
tidy-long:
	+$(Q)$(STEP) tidy TIDY=tidy-long NODES=225000
# The object is as new as the newest header, so a file is looked at again when it or a header changed.
$(B)/$(TIDY)/%.ok: %.c $(B)/%.o tests/lint/clang-tidy
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet --config-file=tests/lint/clang-tidy $< -- $(CPPFLAGS) -std=c11 $(WARN) $(ANALYZER) 2>$@.log \
	    || { grep -v 'warnings* generated' $@.log >&2; exit 1; }
	$(Q)touch $@

# --- Man pages: the verbs and the settings as the programs themselves print them.
MAN        := refractd.8 refractctl.1 refractd.yaml.5 refract-criteria.5
man: $(MAN:%=$(B)/man/%)
$(B)/man/verbs: $(B)/refractctl deploy/man/verbs.sed
	$(Q)mkdir -p $(@D)
	$(Q)$(B)/refractctl help | sed -f deploy/man/verbs.sed >$@
$(B)/man/defaults: $(B)/refractd
	$(Q)mkdir -p $(@D)
	$(Q)$(B)/refractd --print-config >$@
$(B)/man/%: deploy/man/%.scd $(B)/man/verbs $(B)/man/defaults
	$(Q)sed -e '/^@verbs@$$/{r $(B)/man/verbs' -e 'd}' -e '/^@defaults@$$/{r $(B)/man/defaults' -e 'd}' $< | scdoc >$@
$(B)/man/refractctl.bash: $(B)/refractctl
	$(Q)mkdir -p $(@D)
	$(Q)$(B)/refractctl completion >$@

# --- Install.
ETC         = $(DESTDIR)/etc/refractd
SHARE       = $(DESTDIR)$(PREFIX)/share
install: $(BINARIES) man $(B)/man/refractctl.bash ## into DESTDIR; a file of the site's own in /etc/refractd stays as it is
	install -D -m 0755 $(B)/refractd $(DESTDIR)$(PREFIX)/sbin/refractd
	install -D -m 0755 $(B)/refractctl $(DESTDIR)$(PREFIX)/bin/refractctl
	install -D -m 0644 systemd/refractd.service $(DESTDIR)/lib/systemd/system/refractd.service
	install -D -m 0644 systemd/refractd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/refractd.conf
	$(Q)for page in $(MAN); do install -D -m 0644 $(B)/man/$$page $(SHARE)/man/man$${page##*.}/$$page; done
	install -D -m 0644 $(B)/man/refractctl.bash $(SHARE)/bash-completion/completions/refractctl
	install -d -m 0755 $(ETC) $(SHARE)/doc/refractd
	install -m 0644 README.md deploy/doc/*.md $(SHARE)/doc/refractd/
	$(Q)cd config && find . -type f | while read -r file; do \
	    [ -e "$(abspath $(ETC))/$$file" ] || install -D -m 0644 "$$file" "$(abspath $(ETC))/$$file"; done
MAINTAINER ?= refractd maintainers <refractd@localhost>
# From what git knows, in a folder of its own: dpkg wants debian/ at the top, and we do not.
deb:                            ## a Debian package, seen by lintian: build/deb/refractd_*.deb
	+$(Q)$(STEP) deps DEPS="debhelper dpkg-dev lintian $(DEPS)"
	$(Q)rm -rf $(B)/deb && mkdir -p $(B)/deb/refractd
	$(Q)git ls-files -z | grep -zv '^tests/\(system\|unit\|fuzz\)/' | xargs -0 cp --parents -t $(B)/deb/refractd
	$(Q)cp -r deploy/debian $(B)/deb/refractd/debian
	$(Q)sed -i 's/@version@/$(VERSION)/;s/@maintainer@/$(MAINTAINER)/;s/@date@/$(shell git log -1 --format=%cD)/' \
	    $(B)/deb/refractd/debian/changelog $(B)/deb/refractd/debian/control
	$(Q)cd $(B)/deb/refractd && env -u B -u MAKEFLAGS -u MAKEOVERRIDES dpkg-buildpackage -us -uc -b -j$(JOBS) >../build.log 2>&1 || \
	    { tail -30 ../build.log >&2; exit 1; }
	$(Q)rm -rf $(B)/deb/refractd
	$(Q)lintian --allow-root --fail-on error,warning --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
	    $(B)/deb/refractd_*.deb
	$(Q)ls -l $(B)/deb/refractd_*.deb
clean:                          ## remove what was built
	rm -rf $(B) $(B)-asan $(B)-clang $(B)-hooks $(B)-asan-hooks $(B)-cov $(B)-cov-hooks $(B)-fuzz
help:                           ## this list
	$(Q)awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: FORCE all py deps demo run check check-full unit criteria property property-long mutation sim sim-long year system faults cov npm hooks asan asan-unit asan-sockets clang \
        bench fuzz fuzzers fuzz-replay replay lint layers purity headers tree texts format reformat cppcheck tidy tidy-long man install deb clean help
-include $(OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(PB_OBJ:.o=.d) $(UNIT_SRC:%.c=$(B)/%.d) $(AID_OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(YEAR_OBJ:.o=.d) $(AIDED_OBJ:.o=.d)
