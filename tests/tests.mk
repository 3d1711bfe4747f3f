# The tests: what is built for them, and the targets that run them. Part of the Makefile.

# ---- how tests are compiled -----------------------------------------------------------------------------
$(BUILD)/obj/tests/%.o: private OPTIMISE = $(QUICK)
$(BUILD)/obj/tests/%.o: private SECTIONS =
$(BUILD)/obj/tests/bench/%.o: private OPTIMISE = -O2 -g1
# Catch2 3, where it is the one at hand, under the names of Catch2 2.
CATCH3 := $(if $(wildcard /usr/include/catch2/catch.hpp),,tests/unit/catch3)
CATCH_LIBS := $(CATCH3:%=-lCatch2Main -lCatch2)
$(BUILD)/obj/tests/%.o: private CPPFLAGS += $(CATCH3:%=-I%)
ifneq ($(SAN),)
# Of Catch2 itself nothing is to be found.
$(BUILD)/obj/tests/unit/main.o: private SANFLAGS =
# The exact analysis computes: unoptimised, its tests run longer than the optimiser takes.
OPTIMISED_ROOMS := $(foreach room,filter graph analysis,$(BUILD)/obj/policy/$(room)/%.o)
$(OPTIMISED_ROOMS): private OPTIMISE = -O1 -g1
endif

# A linker that takes a tenth of the time, where it is there (packaging/dependencies.sh). What ships is linked by the
# compiler's own.
TEST_LD := $(if $(FOREIGN),,$(if $(shell command -v mold 2>/dev/null),-fuse-ld=mold))

# ---- what nearly every file reads first, compiled once ---------------------------------------------
# Catch2 is half of what a test takes to compile, and the standard headers a third of what a room's file takes under
# sanitizers. What ships is compiled without: a file that forgets to include something is found there.
PRECOMPILED  := $(BUILD)/precompiled
CATCH_TESTS  := $(patsubst %.cc,$(BUILD)/obj/%.o,$(filter-out %/main.cc,$(wildcard tests/unit/*/*.cc tests/live/*.cc tests/solver/*.cc)))
SAN_OBJECTS  := $(if $(SAN),$(filter-out $(OPTIMISED_ROOMS),$(foreach room,$(ROOMS),$(call room_objects,$(room)))))
# precompiled NAME OBJECT…: what is to include the header of that name before all.
define precompiled
$(2): private PRECOMPILES := $(PRECOMPILED)/$(1).h
$(2): $(PRECOMPILED)/$(1).h.gch
endef
$(eval $(call precompiled,catch,$(CATCH_TESTS)))
$(if $(SAN_OBJECTS),$(eval $(call precompiled,standard,$(SAN_OBJECTS))))

$(PRECOMPILED)/%.h.gch: private OPTIMISE = $(QUICK)
$(PRECOMPILED)/%.h.gch: private SECTIONS =
$(PRECOMPILED)/%.h.gch: private CPPFLAGS += $(CATCH3:%=-I%)
$(PRECOMPILED)/%.h.gch: tests/precompiled/%.h $(FLAGS_FILE)
	@mkdir -p $(@D)
	@cp $< $(@D)/
	$(QUIET_CXX)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MD -MP -x c++-header -o $@ $(@:.gch=)
-include $(wildcard $(PRECOMPILED)/*.d)

# ---- unit tests: tests/unit/<room>/*.cc → build/tests/unit-<room> -----------------------------------
UNIT_ROOMS := $(foreach room,$(ROOMS),$(if $(wildcard tests/unit/$(room)/*.cc),$(room)))
UNIT_TESTS := $(foreach room,$(UNIT_ROOMS),$(BUILD)/tests/unit-$(room))
# What a room's tests may use: the room and all below it.
BELOW_base       := base
BELOW_oci-config := oci-config base
BELOW_policy     := policy oci-config base
BELOW_kernel     := kernel policy oci-config base
BELOW_audit      := audit policy oci-config base
BELOW_record     := $(CORE)
BELOW_admission  := admission $(CORE)
BELOW_hook       := hook admission $(CORE)
BELOW_shim       := shim admission $(CORE)
BELOW_watch      := watch admission $(CORE)
BELOW_conformance := conformance $(CORE)
BELOW_cli        := cli watch conformance admission $(CORE)
# Only as a shared object in Debian, so only tests link it: they compare our text with the library's.
# Another architecture's development files may not lie beside this one's (packaging/dependencies.sh).
TEST_LIBS_audit  = $(if $(FOREIGN),$(firstword $(wildcard /usr/lib/$(MACHINE)-linux-gnu/libprometheus-cpp-core.so.*)),-lprometheus-cpp-core)

# What a room's tests borrow of another's: the cases of decide.table.
TEST_PARTS_cli := tests/unit/policy/decide_case.cc

define UNIT_RULES
$(BUILD)/tests/unit-$(1): $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard tests/unit/$(1)/*.cc) $(TEST_PARTS_$(1))) \
    $(BUILD)/obj/tests/unit/main.o $(call libraries,$(BELOW_$(1)))
	@mkdir -p $$(@D)
	$$(QUIET_LD)$(CXX) $$(LDFLAGS) $$(TEST_LD) -o $$@ $$^ $$(SYSTEM_LIBS) $$(TEST_LIBS_$(1)) $$(CATCH_LIBS)
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call UNIT_RULES,$(room))))

# ---- tests that are not a room's: live (a real kernel), solver (Z3) -------------------------------
LIVE_TESTS   := $(patsubst tests/live/%.cc,$(BUILD)/tests/live-%,$(wildcard tests/live/*.cc))
SOLVER_TESTS := $(patsubst tests/solver/%.cc,$(BUILD)/tests/solver-%,$(wildcard tests/solver/*.cc))

$(LIVE_TESTS): $(BUILD)/tests/live-%: $(BUILD)/obj/tests/live/%.o $(BUILD)/obj/tests/unit/main.o \
    $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)$(CXX) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(SYSTEM_LIBS) $(CATCH_LIBS)

$(SOLVER_TESTS): $(BUILD)/tests/solver-%: $(BUILD)/obj/tests/solver/%.o $(BUILD)/obj/tests/unit/main.o \
    $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)$(CXX) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(SYSTEM_LIBS) -lz3 $(CATCH_LIBS)

# ---- benches that link the rooms; the others are built by tests/bench/run.sh ------------------------
BENCH_PROGRAMS := $(BUILD)/tests/bench/bench_filters $(BUILD)/tests/bench/bench_denials $(BUILD)/tests/bench/bench_calls
$(BENCH_PROGRAMS): $(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/obj/tests/bench/measure.o $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)$(CXX) $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS)

# ---- fuzzing -------------------------------------------------------------------------------------
FUZZ_ENTRIES := $(patsubst tests/fuzz/fuzz_%.cc,%,$(wildcard tests/fuzz/fuzz_*.cc))
REPLAYS      := $(foreach entry,$(FUZZ_ENTRIES),$(BUILD)/tests/replay-$(entry))
FUZZ_SECONDS ?= 60

$(REPLAYS): $(BUILD)/tests/replay-%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay_main.o \
    $(call libraries,shim cli watch conformance admission $(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)$(CXX) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(SYSTEM_LIBS)

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS) ## build the unit tests

# Plain unit tests run once more under the sanitizers, and so do the fuzz corpora: the plain build is
# what ships, the other one sees more.
CHECK_SAN := address,undefined
SAN_BUILD := $(BUILD)/san
UNIT_SUITES  = $(foreach test,$(UNIT_TESTS),"$(notdir $(test))=$(test)")
SAN_SUITES   = $(foreach room,$(UNIT_ROOMS),"san-unit-$(room)=$(SAN_BUILD)/tests/unit-$(room)") \
               $(foreach entry,$(FUZZ_ENTRIES),"replay-$(entry)=$(SAN_BUILD)/tests/replay-$(entry) tests/fuzz/corpus/$(entry)")
LIVE_SUITES  = $(foreach test,$(LIVE_TESTS) $(SOLVER_TESTS),"$(notdir $(test))=$(test)")
SCRIPT_SUITES = "hostile=tests/hostile/run.sh" \
               $(foreach script,$(filter-out %/lib.sh %/rootfs.sh $(BESIDE_SCRIPTS),$(wildcard tests/integration/*.sh)),"$(basename $(notdir $(script)))=$(script)")
STATIC_SUITES = "includes=tests/check_includes.sh" "picture=python3 -B tests/rooms/test_picture.py" \
                "makefile=tests/check_makefile.sh" "ports=tests/check_ports.sh" "references=python3 -B tests/references/test_facts.py"

.PHONY: check-build san-build
check-build: all $(UNIT_TESTS) $(LIVE_TESTS) $(SOLVER_TESTS)
san-build:
	@$(MAKE) --no-print-directory BUILD=$(SAN_BUILD) SAN=$(CHECK_SAN) unit-tests replays
.PHONY: replays
replays: $(REPLAYS)

.PHONY: check
check: ## every test that this machine can run; ends with a count
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) check-build
	@$(MAKE) --no-print-directory -j$(JOBS) san-build
	@$(MAKE) --no-print-directory vm-arm64-again
	@BUILD=$(BUILD) LOGS=$(BUILD)/test-logs tests/run.sh --beside $(BESIDE) -- $(STATIC_SUITES) $(UNIT_SUITES) $(LIVE_SUITES) \
	  "demo=tests/demo/same_story.sh" $(SCRIPT_SUITES)

.PHONY: check-unit
check-unit: $(UNIT_TESTS) ## the fast half: unit tests and the include check, no root
	@BUILD=$(BUILD) tests/run.sh $(STATIC_SUITES) $(UNIT_SUITES)

.PHONY: check-live
check-live: ## the tests that need this kernel and real runtimes
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) check-build
	@BUILD=$(BUILD) LOGS=$(BUILD)/test-logs tests/run.sh $(LIVE_SUITES) $(SCRIPT_SUITES)

# What AppArmor costs is measured in a virtual machine; BENCH_VM= leaves it out.
BENCH_VM ?= 1
.PHONY: bench
bench: ## what Bulkhead costs, as ratios to baselines of the same run; writes build/bench.json and docs/performance.md
	@packaging/dependencies.sh build bench $(BENCH_VM:1=vm)
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCH_PROGRAMS)
	@status=0; BUILD=$(BUILD) tests/bench/run.sh || status=$$?; \
	  BUILD=$(BUILD) tests/bench/versions.sh --page || status=$$?; \
	  [ -z "$(BENCH_VM)" ] || BUILD=$(BUILD) tests/vm/run.sh --bench || status=$$?; exit $$status

.PHONY: bench-scale
bench-scale: ## what it costs where 200 containers start in 20 lanes, or 100 are probed 20 times a second
	@packaging/dependencies.sh build bench
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/bench/scale.sh

.PHONY: profile
profile: ## where the time of a start goes: shim, hook and gate by what they do (perf); RUNTIME=
	@packaging/dependencies.sh build bench profile
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/bench/profile.sh $(RUNTIME)

# 200 cases are part of `make check` (tests/integration/differential.sh).
CASES ?= 10000
DIFFERENTIAL_SECONDS ?= 900
.PHONY: check-differential
check-differential: ## CASES generated cases on every runtime at hand, DIFFERENTIAL_SECONDS at most for each
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) CASES=$(CASES) SECONDS_EACH=$(DIFFERENTIAL_SECONDS) \
	  RUNTIMES="$$(tests/matrix/fetch.sh $(BUILD)/matrix | xargs)" tests/integration/differential.sh

# 100 starts in 8 lanes are part of `make check` (tests/integration/soak.sh).
STARTS ?= 2000
LANES ?= 40
.PHONY: check-soak
check-soak: ## STARTS starts in LANES lanes, one in twenty faulty, while others verify and watch
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) STARTS=$(STARTS) LANES=$(LANES) tests/integration/soak.sh

# Thirty profiles are part of `make check` (tests/integration/shapes.sh).
.PHONY: check-shapes
check-shapes: CASES := 500
check-shapes: ## seccomp profiles as people publish them, CASES on each runtime, started with and without Bulkhead
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) CASES=$(CASES) $(if $(SEED),SEED=$(SEED)) tests/integration/shapes.sh

.PHONY: references
references: ## tests/data/references again: what the defaults of containers-common, Docker and containerd say today; prints what changed
	tests/references/update.sh $(BUILD)/matrix

# A third of the rows is part of `make check` (tests/integration/matrix.sh).
.PHONY: check-matrix
check-matrix: ## every engine and runtime of Debian's suites in its own user land, a table; MATRIX= selects rows
	@packaging/dependencies.sh build check vm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/matrix/check.sh

.PHONY: conformance-table
conformance-table: ## what every runc and crun at hand does, case by case: docs/conformance-results.md
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/matrix/conformance.sh >$(BUILD)/conformance-results.md
	mv $(BUILD)/conformance-results.md docs/conformance-results.md

# In `make check` on one runtime.
.PHONY: check-mutants
check-mutants: ## each case of conformance fails with the mutant that it belongs to, on every runtime of this machine
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) FULL=1 tests/integration/conformance_mutants.sh

# Fetches and builds the validation programs; a quarter of an hour.
.PHONY: check-runtime-tools
check-runtime-tools: ## what runtime-tools' validation sees of the same mutants, for the number in docs/conformance.md; as root
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/conformance/runtime_tools.sh

# Every other place and 24 moments are part of `make check` (tests/integration/install_killed.sh, interrupted.sh).
.PHONY: check-interrupted
check-interrupted: ## install killed before every call that changes a file, starts and execs at 200 moments
	@packaging/dependencies.sh build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) LOGS=$(BUILD)/test-logs FULL=1 tests/run.sh \
	  "install_killed=tests/integration/install_killed.sh" "interrupted=tests/integration/interrupted.sh"

.PHONY: matrix
matrix: ## bring the other versions of runc and crun that Debian offers into build/matrix
	@tests/matrix/fetch.sh $(BUILD)/matrix

# Everything is built from nothing there, so it is no part of `make check`.
HOMES ?= bookworm trixie
.PHONY: check-home
check-home: ## the README's two commands on a bare Debian 12 and a bare Debian 13, as root trees (HOMES)
	@packaging/dependencies.sh home
	@for suite in $(HOMES); do BUILD=$(BUILD) tests/home/clean_root.sh $$suite || exit; done

# ---- fuzzing, by clang --------------------------------------------------------------------------
# RapidJSON adds to a null pointer in its stack, which is why that one check is off.
# __SANITIZE_ADDRESS__ as GCC defines it: RapidJSON then reads no 16 bytes at a time (oci-config/json.cc).
FUZZ_FLAGS  := -O1 -g1 -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow -D__SANITIZE_ADDRESS__=1
FUZZ_BUILD  := $(BUILD)/fuzz
FUZZ_SOURCES = $(foreach room,shim conformance $(CORE),$(call room_sources,$(room))) \
  cli/screen/readable_diff.cc cli/containers/explain_decision.cc

.PHONY: fuzz
fuzz: $(GENERATED) ## fuzz every parser for FUZZ_SECONDS each (clang, libFuzzer)
	@packaging/dependencies.sh build fuzz
	@for entry in $(FUZZ_ENTRIES); do \
	  mkdir -p $(FUZZ_BUILD)/corpus-$$entry; \
	  $(MAKE) --no-print-directory -j$(JOBS) $(FUZZ_BUILD)/fuzz-$$entry; \
	  echo "fuzzing $$entry for $(FUZZ_SECONDS) s"; \
	  $(FUZZ_BUILD)/fuzz-$$entry -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -print_final_stats=1 $(FUZZ_BUILD)/corpus-$$entry tests/fuzz/corpus/$$entry 2>&1 | tail -n 4; \
	done

FUZZ_OBJECTS = $(patsubst %.cc,$(FUZZ_BUILD)/obj/%.o,$(FUZZ_SOURCES))
# Else make takes them for intermediate and compiles all of them for each entry.
.PRECIOUS: $(FUZZ_BUILD)/obj/%.o
$(FUZZ_BUILD)/obj/%.o: %.cc $(GENERATED)
	@mkdir -p $(@D)
	$(QUIET_CXX)$(CLANG) $(CPPFLAGS) $(CLANG_FIXES) -fsanitize=fuzzer-no-link,address,undefined $(FUZZ_FLAGS) -c -o $@ $<
$(FUZZ_BUILD)/fuzz-%: $(FUZZ_BUILD)/obj/tests/fuzz/fuzz_%.o $$(FUZZ_OBJECTS)
	@mkdir -p $(@D)
	$(QUIET_LD)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(SYSTEM_LIBS)

# ---- the test node ---------------------------------------------------------------------------------
# A virtual machine with AppArmor and every privilege, under software emulation (tests/vm/run.sh). Its
# results join the count of `make check`.
# Behind it in the second lane is what makes both about as long.
check: BESIDE_SCRIPTS = $(foreach name,matrix image mutants conformance_mutants,tests/integration/$(name).sh)
check: BESIDE = "vm=tests/vm/run.sh" "vm-arm64=ARCH=arm64 BUILD=$(ARM64_BUILD) tests/vm/run.sh --short" $(SAN_SUITES) \
  $(foreach script,$(BESIDE_SCRIPTS),"$(basename $(notdir $(script)))=$(script)")
check: vm-dependencies

.PHONY: vm-dependencies check-vm vm-shell
vm-dependencies:
	@packaging/dependencies.sh build check deb vm

check-vm: vm-dependencies ## the tests that need an AppArmor kernel, in a virtual machine
	@$(MAKE) --no-print-directory -j$(JOBS) all $(LIVE_TESTS)
	@BUILD=$(BUILD) tests/vm/run.sh

vm-shell: vm-dependencies ## a shell in that machine, with everything that its tests have
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/vm/run.sh --shell

# The same on Debian's arm64 kernel, with programs that are cross built. To build them takes minutes, so `make check` runs
# its short part only where they have been built before.
ARM64_BUILD ?= build-arm64
ARM64_MAKE = $(MAKE) --no-print-directory -j$(JOBS) ARCH=arm64 BUILD=$(ARM64_BUILD) SAN=
SAN_ROOMS ?= $(UNIT_ROOMS)
.PHONY: check-vm-arm64 check-vm-arm64-san vm-arm64-shell vm-arm64-build vm-arm64-again live-tests
live-tests: $(LIVE_TESTS)
vm-arm64-build:
	@packaging/dependencies.sh build build-arm64 check vm vm-arm64
	@$(ARM64_MAKE) all unit-tests live-tests
vm-arm64-again:
	@[ ! -x $(ARM64_BUILD)/bulkhead ] || $(ARM64_MAKE) all

check-vm-arm64: vm-arm64-build ## the same on Debian's arm64 kernel, with the unit tests
	@ARCH=arm64 BUILD=$(ARM64_BUILD) tests/vm/run.sh

# Sanitized programs are large, and several times as slow as the emulation is.
check-vm-arm64-san: vm-arm64-build ## the unit tests on that kernel under ASan and UBSan
	@$(MAKE) --no-print-directory -j$(JOBS) ARCH=arm64 BUILD=$(ARM64_BUILD)/san SAN=$(CHECK_SAN) $(SAN_ROOMS:%=$(ARM64_BUILD)/san/tests/unit-%)
	@ARCH=arm64 BUILD=$(ARM64_BUILD) UNIT_BUILD=$(ARM64_BUILD)/san VM_MEMORY=3072 VM_SECONDS=14400 tests/vm/run.sh $(SAN_ROOMS:%=unit-%)

vm-arm64-shell: vm-arm64-build ## a shell in that machine
	@ARCH=arm64 BUILD=$(ARM64_BUILD) tests/vm/run.sh --shell

# A whole Debian node with systemd, on which the package is installed, used, upgraded and removed. Not in
# `make check`, which has to stay under 40 minutes on two cores with everything built from nothing.
.PHONY: check-node node-shell
check-node: ## the package on a Debian node with systemd, in a virtual machine
	@packaging/dependencies.sh build check deb vm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/vm/node.sh

node-shell: ## a shell on that node
	@packaging/dependencies.sh build check deb vm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/vm/node.sh --shell
