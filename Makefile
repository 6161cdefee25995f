# cfhunt: `make help` lists what can be typed. Everything that is made lies under build/ and dist/.

# The app's version: three numbers. It stands here only; staging writes it where Splunk looks for it.
VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := $(if $(shell command -v gcc),gcc,$(if $(shell command -v cc),cc,gcc))
endif
PYTHON ?= python3
# WERROR=0: a warning does not stop the build (for compilers newer than this file).
WERROR ?= 1
# PLAIN=1 defines CFHUNT_PLAIN: the engine without its optimisations, with the same answers.
PLAIN ?=
# make release-check: where the other systems' folders are kept (some 300 MB each).
ROOTS ?= build/roots
# make bench: a part of the rows (0.1), which parts (make bench PARTS=help lists them), how often the fast
# programs run; PEERS=0 leaves DuckDB, Polars, Python and the SDK out, INSTRUCTIONS=1 counts instructions, too.
SCALE ?= 1
PARTS ?=
ROUNDS ?= 5
PEERS ?= 1
INSTRUCTIONS ?= 0
# make fuzz: which room, for how many seconds.
ROOM ?=
T ?= 60

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
# No __pycache__ in the tree, and no state of a tool outside build/.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/build/hypothesis
export CC PYTHON

APP := build/cfhunt
PLATFORM := $(shell uname -s | tr A-Z a-z)_$(shell uname -m | sed 's/^amd64$$/x86_64/; s/^arm64$$/aarch64/')
MODULE := $(APP)/bin/lib/$(PLATFORM)/_cfhunt.abi3.so

# ---- C: how it is compiled ----

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Wundef
STRICT := $(WARNINGS) -Werror
C_FLAGS := -std=c11 -fPIC -fvisibility=hidden -Ic_ext -Itests/c $(if $(filter-out 0,$(PLAIN)),-DCFHUNT_PLAIN=1) \
           $(if $(filter 0,$(WERROR)),$(WARNINGS),$(STRICT))
# Loops are short here: vectors would only cost.
OPTIMISE := -O3 -fno-tree-vectorize -g0
# The engine is compiled once more as a whole when it is linked, for calls from room to room: cim-all costs
# a tenth less so. The suites link the same objects room by room. Warnings are for the rooms.
ifneq ($(findstring gcc,$(notdir $(CC))),)
WHOLE := -flto=auto -ffat-lto-objects
LINK_WHOLE := $(OPTIMISE) -flto=auto -w
endif
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-error
FUZZ := -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
LINK := -shared -Wl,-z,relro,-z,now -Wl,--as-needed
# Asked when a recipe runs, not before: on a bare machine its prerequisites have installed Python then.
PYTHON_FLAGS = -DPy_LIMITED_API=0x03090000 \
               -isystem $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
CHECK_LIBS = $(shell pkg-config --libs check)
YAML_LIBS := -lyaml
# Into this suite libyaml is linked for good, so that its requests for memory can be refused.
REFUSING := check_hunt_yaml
REFUSING_LIBS := -l:libyaml.a $(foreach call,malloc realloc strdup,-Wl,--wrap=$(call))
SUITE_YAML = $(if $(filter $(REFUSING),$(@F)),$(REFUSING_LIBS),$(YAML_LIBS))

ROOMS := $(filter-out c_ext/module.c,$(sort $(wildcard c_ext/*.c)))
SUITES := $(sort $(wildcard tests/c/check_*.c))
C_FILES := $(sort $(wildcard c_ext/*.c c_ext/*.h tests/c/*.c tests/c/*.h tests/fuzz/*.c))
# c_ext/x.c -> build/obj/c_ext/x.o; the same in build/asan and build/lint for those builds.
ROOM_OBJECTS := $(ROOMS:%.c=build/obj/%.o)
SUITE_PROGRAMS := $(SUITES:tests/c/%.c=build/tests/%)
ASAN_PROGRAMS := $(SUITES:tests/c/%.c=build/asan/%)
LINTED := $(foreach cc,gcc clang,\
    $(patsubst %.c,build/lint/$(cc)/%.o,$(filter %.c,$(C_FILES))))

# ---- what can be typed ----

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables: CC=$(CC) PYTHON=$(PYTHON) WERROR=$(WERROR) PLAIN=$(PLAIN)"

.PHONY: build
build: .staged ## stage the app in build/cfhunt/ (what make alone does)
	@echo "the app is in $(APP)/"

.PHONY: hunt
hunt: .staged ## run the hunt on attack_data/ and show its table
	$(PYTHON) $(APP)/bin/cfhunt_cli.py $(HUNTED)

.PHONY: test
test: .needs-test .staged $(SUITE_PROGRAMS) build/venv/made ## run every test: the C suites, then pytest on the staged app
	@echo "== C suites"
	@tests/tools/run_suites C 120 $(SUITE_PROGRAMS)
	@echo "== pytest"
	build/venv/bin/python -m pytest -q

.PHONY: asan
asan: .needs-check $(ASAN_PROGRAMS) ## run the C suites under the address and undefined-behaviour sanitizers
	@echo "== C suites under the sanitizers"
	@CK_FORK=no ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	    tests/tools/run_suites asan 300 $(ASAN_PROGRAMS)

.PHONY: valgrind
valgrind: .needs-valgrind $(SUITE_PROGRAMS) ## run the C suites under valgrind
	@echo "== C suites under valgrind"
	@CK_FORK=no WRAP="valgrind --quiet --leak-check=full --error-exitcode=1" \
	    tests/tools/run_suites valgrind 600 $(SUITE_PROGRAMS)

.PHONY: lint .lint-formats .lint-layout .lint-python .lint-types
lint: .needs-lint $(LINTED) .lint-formats .lint-layout .lint-python .lint-types ## gcc and clang with every warning, clang-format, ruff, mypy
.lint-formats:
	@echo "== module.c: no '#' in argument formats (the width of their length differs from Python to Python)"
	@! grep -nE '"[^"]*[a-z]#[^"]*"' $(wildcard c_ext/module.c) /dev/null
.lint-layout: build/venv/made
	@echo "== clang-format"
	@build/venv/bin/clang-format --dry-run -Werror $(C_FILES)
.lint-python: build/venv/made
	@echo "== ruff"
	@build/venv/bin/ruff check bin tests attack_data
	@build/venv/bin/ruff format --check bin tests attack_data
.lint-types: build/venv/made
	@echo "== mypy"
	@build/venv/bin/mypy --strict $(PYTHON_FOLDERS)

.PHONY: fuzz
fuzz: .needs-fuzz ## feed one room random bytes for T seconds: make fuzz ROOM=csv_reader T=60
	@[ -f "tests/fuzz/fuzz_$(ROOM).c" ] || { echo "make fuzz ROOM=..., one of: $(FUZZED)" >&2; exit 1; }
	@$(MAKE) --no-print-directory build/fuzz/fuzz_$(ROOM)
	@mkdir -p build/fuzz/$(ROOM)
	build/fuzz/fuzz_$(ROOM) -max_total_time=$(T) -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/$(ROOM)- build/fuzz/$(ROOM) $(wildcard tests/fuzz/corpus/$(ROOM))

.PHONY: bench
bench: .needs-bench .staged .bench-made ## what it costs beside its peers: make bench SCALE=0.1 PARTS="cim-rare simd" PEERS=0
	@PYTHONPATH=tests/py:attack_data build/bench/clean/bin/python tests/bench/bench.py --compiler "$(CC)" \
	    --scale $(SCALE) --rounds $(ROUNDS) --parts "$(PARTS)" \
	    $(if $(filter 0,$(PEERS)),--no-peers) $(if $(filter-out 0,$(INSTRUCTIONS)),--instructions)

.PHONY: package
package: .needs-package ## dist/*.spl: the packages for Splunk (Linux, Linux aarch64, with Windows)
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) .packages

.PHONY: inspect
inspect: package .needs-inspect build/venv-release/release ## Splunk's own inspection of the packages
	@echo "== AppInspect"
	@build/venv-release/bin/python tests/release/inspect_packages.py $(PACKAGES)

.PHONY: release-check
release-check: package .needs-release build/venv-release/release ## the packages' binaries, and the tests from the package on other Pythons
	@echo "== the engines"
	@build/venv-release/bin/python tests/release/check_engines.py $(PACKAGES)
	@echo "== the packages once more, in another folder"
	@tests/release/build_again $(PACKAGES)
	@echo "== other machines"
	@tests/release/check_machines $(VERSION) $(ROOTS)

.PHONY: dashboard-check
dashboard-check: .needs-dashboard .staged build/dashboard/page.js ## validate and draw the dashboards with Splunk's own packages
	$(PYTHON) tests/dashboard/check.py
	@echo "screenshots: build/dashboard/*.png"

.PHONY: clean
clean: ## remove everything that was made
	rm -rf build dist

HUNTED = $(sort $(wildcard attack_data/*.xml) $(filter-out %.expected.csv,$(wildcard attack_data/*.csv)))
FUZZED = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
PYTHON_FOLDERS = $(foreach folder,bin tests/py tests/bench tests/release attack_data,$(if $(shell find $(folder) -name '*.py'),$(folder)))

# ---- what each needs on the machine ----

.PHONY: .needs-build .needs-check .needs-venv .needs-test .needs-valgrind .needs-lint .needs-fuzz .needs-bench \
        .needs-dashboard .needs-package .needs-inspect .needs-release
.needs-build:
	@tests/tools/needs compiler python xxhash yaml
.needs-check:
	@tests/tools/needs compiler xxhash yaml check
.needs-venv:
	@tests/tools/needs python venv
.needs-test:
	@tests/tools/needs compiler python xxhash yaml check venv
.needs-valgrind:
	@tests/tools/needs compiler xxhash yaml check valgrind
.needs-lint:
	@CC=gcc tests/tools/needs compiler python xxhash yaml check venv clang
.needs-fuzz:
	@CC=clang tests/tools/needs compiler xxhash yaml clang fuzzer
.needs-bench:
	@tests/tools/needs compiler python xxhash yaml venv $(if $(filter-out 0,$(INSTRUCTIONS)),valgrind)
.needs-package:
	@tests/tools/needs compiler python venv binutils
.needs-inspect:
	@tests/tools/needs compiler python venv magic
.needs-release:
	@tests/tools/needs compiler python venv binutils chroots

.needs-dashboard:
	@tests/tools/needs compiler python xxhash node browser

# Splunk's dashboard packages and the page that draws with them; none of it enters the app.
build/dashboard/packages: tests/dashboard/package.json tests/dashboard/package-lock.json | .needs-dashboard
	@mkdir -p $(@D) && cp $^ $(@D)
	cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
build/dashboard/page.js: tests/dashboard/entry.jsx tests/dashboard/bundle.mjs build/dashboard/packages
	cd $(@D) && node $(CURDIR)/tests/dashboard/bundle.mjs $(CURDIR)/tests/dashboard/entry.jsx page.js

build/venv/made: tests/requirements.txt build/obj/python | .needs-venv
	@echo "Python tools -> build/venv"
	@rm -rf build/venv
	@$(PYTHON) -m venv build/venv
	@build/venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# ---- objects and programs ----

# These files change only when what they say changes; what depends on them is then made again.
build/obj/flags: SAYS = $(CC) $(C_FLAGS) $(OPTIMISE) $(WHOLE) $(LINK) $(LINK_WHOLE)
build/asan/flags: SAYS = $(CC) $(C_FLAGS) $(SANITIZE)
build/fuzz/flags: SAYS = $(C_FLAGS) $(FUZZ)
build/lint/flags: SAYS = $(C_FLAGS) $(STRICT)
build/obj/rooms: SAYS = $(ROOMS)
build/obj/python: SAYS = $(shell $(PYTHON) -c 'import sys, sysconfig; \
    print(sys.executable, sys.version_info[:3], sysconfig.get_paths()["include"])')
build/obj/python: | .needs-build
build/obj/flags build/asan/flags build/fuzz/flags build/lint/flags build/obj/rooms build/obj/python build/obj/version: .always
	@mkdir -p $(@D)
	@printf '%s\n' "$(SAYS)" | cmp -s - $@ || printf '%s\n' "$(SAYS)" >$@
.PHONY: .always
.always:

COMPILE = @mkdir -p $(@D) && echo "$(1) $@" && $(1) $(C_FLAGS) $(2) $(PYTHON_ONLY) -MMD -MP -c -o $@ $<

build/obj/c_ext/%.o: c_ext/%.c build/obj/flags | .needs-build
	$(call COMPILE,$(CC),$(OPTIMISE) $(WHOLE))
build/obj/tests/c/%.o: tests/c/%.c build/obj/flags | .needs-check
	$(call COMPILE,$(CC),$(OPTIMISE))
build/asan/%.o: %.c build/asan/flags | .needs-check
	$(call COMPILE,$(CC),$(SANITIZE))
build/fuzz/%.o: %.c build/fuzz/flags | .needs-fuzz
	$(call COMPILE,clang,$(FUZZ))
build/lint/gcc/%.o: %.c build/lint/flags | .needs-lint
	$(call COMPILE,gcc,-O2 $(STRICT))
build/lint/clang/%.o: %.c build/lint/flags | .needs-lint
	$(call COMPILE,clang,-O2 $(STRICT))

MODULE_OBJECTS := build/obj/c_ext/module.o build/lint/gcc/c_ext/module.o build/lint/clang/c_ext/module.o
$(MODULE_OBJECTS): private PYTHON_ONLY = $(PYTHON_FLAGS)
$(MODULE_OBJECTS): build/obj/python

$(MODULE): $(ROOM_OBJECTS) build/obj/c_ext/module.o build/obj/rooms
	@mkdir -p $(@D)
	@echo "$(CC) $@"
	@$(CC) $(LINK) $(LINK_WHOLE) -o $@ $(filter %.o,$^) $(YAML_LIBS)
	@chmod 644 $@

build/tests/%: build/obj/tests/c/%.o $(ROOM_OBJECTS) build/obj/rooms
	@mkdir -p $(@D)
	@echo "$(CC) $@"
	@$(CC) -o $@ $(filter %.o,$^) $(CHECK_LIBS) $(SUITE_YAML)

build/asan/check_%: build/asan/tests/c/check_%.o $(ROOMS:%.c=build/asan/%.o) build/obj/rooms
	@echo "$(CC) $@"
	@$(CC) $(SANITIZE) -o $@ $(filter %.o,$^) $(CHECK_LIBS) $(SUITE_YAML)

build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o $(ROOMS:%.c=build/fuzz/%.o) build/obj/rooms
	@echo "clang $@"
	@clang $(FUZZ) -o $@ $(filter %.o,$^) $(YAML_LIBS)

# ---- the staged app ----

# bin/ and default/ keep their place, app/ is laid over the root; nothing hidden, nothing compiled.
files = $(sort $(shell find $(1) -type f ! -path '*/.*' ! -path '*/__pycache__/*'))
# A dashboard is kept as JSON and a page as Markdown; Splunk gets both wrapped in XML.
VIEWS := default/data/ui/views
DASHBOARDS := $(sort $(wildcard $(VIEWS)/*.json))
PAGES := app/guide.md app/checklist.md
WRAPPED := $(DASHBOARDS:%.json=$(APP)/%.xml) $(PAGES:app/%.md=$(APP)/$(VIEWS)/cfhunt_%.xml)
KEPT := $(filter-out $(DASHBOARDS),$(call files,bin default)) $(wildcard README.md LICENSE)
LAID := $(call files,app)
STAGED := $(KEPT:%=$(APP)/%) $(LAID:app/%=$(APP)/%) $(WRAPPED)
STAGE = @mkdir -p $(@D) && cp $< $@ && chmod 644 $@

$(KEPT:%=$(APP)/%): $(APP)/%: %
	$(STAGE)
$(LAID:app/%=$(APP)/%): $(APP)/%: app/%
	$(STAGE)

# These carry the version.
VERSIONED := $(APP)/default/app.conf $(APP)/app.manifest
build/obj/version: SAYS = $(VERSION)
$(VERSIONED): build/obj/version
$(VERSIONED): STAGE = @mkdir -p $(@D) && sed 's/@VERSION@/$(VERSION)/' $< >$@ && chmod 644 $@

WRAP = @mkdir -p $(@D) && $(PYTHON) tests/tools/wrap_dashboard $< >$@ && chmod 644 $@
$(DASHBOARDS:%.json=$(APP)/%.xml): $(APP)/%.xml: %.json tests/tools/wrap_dashboard
	$(WRAP)
$(PAGES:app/%.md=$(APP)/$(VIEWS)/cfhunt_%.xml): $(APP)/$(VIEWS)/cfhunt_%.xml: app/%.md tests/tools/wrap_dashboard
	$(WRAP)

# A file whose source has gone goes too.
.PHONY: .staged
.staged: $(STAGED) $(MODULE)
	@find $(APP) -type f $(foreach file,$(STAGED) $(MODULE),! -path '$(file)') -delete
	@find $(APP) -type d -empty -delete

include tests/release/release.mk
include tests/bench/bench.mk

-include $(wildcard $(foreach made,build/obj build/asan build/fuzz build/lint/gcc build/lint/clang, \
    $(made)/c_ext/*.d $(made)/tests/c/*.d $(made)/tests/fuzz/*.d))
