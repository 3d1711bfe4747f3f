# Bulkhead. `make help` lists the targets.
#
# Non-recursive: each room is a static library, and each program links the rooms that the design lets
# it include (docs/ARCHITECTURE.md). SAN=address,undefined builds everything under sanitizers into a
# directory of its own.

SHELL := /bin/bash
comma := ,
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.DEFAULT_GOAL := all

VERSION := 0.1.0
SAN     ?=
BUILD   ?= build$(if $(SAN),/san)
DESTDIR ?=
PREFIX  ?= /usr
JOBS    ?= $(shell nproc)

CCACHE := $(shell command -v ccache 2>/dev/null)
COMPILE_CXX := $(CCACHE) g++
COMPILE_C   := $(CCACHE) gcc

# Under sanitizers GCC 12 takes <regex> and others for uninitialised where they are not.
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror \
            $(if $(SAN),-Wno-maybe-uninitialized)
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fcf-protection
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# fmt without std::locale: otherwise the programs carry all of libstdc++'s locales.
CPPFLAGS := -I. -I$(BUILD)/gen -DFMT_HEADER_ONLY -DSPDLOG_FMT_EXTERNAL -DFMT_STATIC_THOUSANDS_SEPARATOR -DBULKHEAD_VERSION='"$(VERSION)"' -D_GNU_SOURCE
CXXFLAGS := -std=c++23 -O2 -g1 $(WARNINGS) $(HARDEN) $(SANFLAGS) -ffunction-sections -fdata-sections
CFLAGS   := -std=c17 -O2 -g1 -Wall -Wextra -Wconversion -Werror
# Static: dynamic linking alone costs more than all the work of shim and hook. The sanitizers need
# the dynamic loader.
LDFLAGS  := -Wl,--gc-sections -Wl,-z,relro,-z,now $(SANFLAGS)
STATIC   := $(if $(SAN),,-static)

# ---- rooms -------------------------------------------------------------------------------------
ROOMS := base oci-config policy kernel audit admission hook shim cli
# What a room's users link after it; the order is that of the design, leaves last.
LIBS_base       := -lmd
LIBS_kernel     := -lseccomp -lapparmor -lcap

room_sources = $(filter-out $(1)/main.cc $(wildcard $(1)/generate_*.cc),$(wildcard $(1)/*.cc))
room_objects = $(patsubst %.cc,$(BUILD)/obj/%.o,$(call room_sources,$(1)))
room_library = $(BUILD)/lib/lib$(1).a
libraries    = $(foreach room,$(1),$(call room_library,$(room)))

define ROOM_RULES
$(call room_library,$(1)): $(call room_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(QUIET_AR)ar rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call ROOM_RULES,$(room))))

CORE := audit kernel policy oci-config base
SYSTEM_LIBS := $(LIBS_kernel) $(LIBS_base)

ifeq ($(V),)
QUIET_CXX = @echo "  CXX  $@";
QUIET_AR  = @echo "  AR   $@";
QUIET_LD  = @echo "  LD   $@";
QUIET_GEN = @echo "  GEN  $@";
endif

# ---- programs ----------------------------------------------------------------------------------
PROGRAMS := $(foreach program,shim hook cli,$(if $(wildcard $(program)/main.cc),$(program)))
BIN_shim := $(BUILD)/bulkhead-shim
BIN_hook := $(BUILD)/bulkhead-hook
BIN_cli  := $(BUILD)/bulkhead

.PHONY: all
all: $(foreach program,$(PROGRAMS),$(BIN_$(program))) ## build the programs into build/

$(BIN_shim): $(BUILD)/obj/shim/main.o $(call libraries,shim admission $(CORE))
$(BIN_hook): $(BUILD)/obj/hook/main.o $(call libraries,hook admission $(CORE))
$(BIN_cli):  $(BUILD)/obj/cli/main.o $(call libraries,cli admission $(CORE))
# The functions that a start executes stand side by side (packaging/hot/make_script.sh).
HOT_shim := $(if $(SAN),,$(wildcard packaging/hot/shim.ld))
HOT_hook := $(if $(SAN),,$(wildcard packaging/hot/hook.ld))
$(BIN_shim): $(HOT_shim)
$(BIN_hook): $(HOT_hook)
$(BIN_shim): LDFLAGS += $(HOT_shim:%=-Wl$(comma)-T$(comma)%)
$(BIN_hook): LDFLAGS += $(HOT_hook:%=-Wl$(comma)-T$(comma)%)
$(BIN_shim) $(BIN_hook): LDFLAGS += -Wl,-Map=$@.map
$(BIN_shim) $(BIN_hook) $(BIN_cli):
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(STATIC) $(LDFLAGS) -o $@ $(filter-out %.ld,$^) $(SYSTEM_LIBS)

.PHONY: hot
hot: all ## make packaging/hot/*.ld again, after larger changes of the shim or the hook
	BUILD=$(BUILD) packaging/hot/make_script.sh $(abspath $(BUILD))
	mv $(BUILD)/shim.ld $(BUILD)/hook.ld packaging/hot/

# ---- generated sources -------------------------------------------------------------------------
GENERATED := $(addprefix $(BUILD)/gen/,syscall_tables.inc runtime_default.inc runtime_default_tables.inc)

$(BUILD)/generate_syscall_tables: policy/generate_syscall_tables.cc
	@mkdir -p $(@D)
	$(QUIET_CXX)g++ -std=c++23 -O1 $(WARNINGS) -o $@ $< -lseccomp

$(BUILD)/gen/syscall_tables.inc: $(BUILD)/generate_syscall_tables
	@mkdir -p $(@D)
	$(QUIET_GEN)$< > $@

# The bytes of the document as one raw string literal per line: the longest literal a compiler must
# take is short.
$(BUILD)/gen/runtime_default.inc: policy/runtime_default.json
	@mkdir -p $(@D)
	$(QUIET_GEN)sed 's/^ *//; s/.*/R"~(&)~" "\\n"/' $< > $@

# The same document as constant tables, which the shim expands without reading JSON.
$(BUILD)/generate_runtime_default: $(BUILD)/obj/policy/generate_runtime_default.o \
    $(call libraries,oci-config base)
	$(QUIET_LD)g++ $(LDFLAGS) -o $@ $^ $(LIBS_base)

$(BUILD)/gen/runtime_default_tables.inc: $(BUILD)/generate_runtime_default policy/runtime_default.json
	@mkdir -p $(@D)
	$(QUIET_GEN)$^ > $@

$(BUILD)/obj/policy/syscalls.o: $(BUILD)/gen/syscall_tables.inc
$(BUILD)/obj/policy/runtime_default.o: $(BUILD)/gen/runtime_default.inc
$(BUILD)/obj/policy/runtime_default.o: $(BUILD)/gen/runtime_default_tables.inc

# ---- objects -----------------------------------------------------------------------------------
$(BUILD)/obj/%.o: %.cc Makefile
	@mkdir -p $(@D)
	$(QUIET_CXX)$(COMPILE_CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

-include $(shell [ -d $(BUILD)/obj ] && find $(BUILD)/obj -name '*.d')

# ---- unit tests: tests/unit/<room>/*.cc → build/tests/unit-<room> -----------------------------------
UNIT_ROOMS := $(foreach room,$(ROOMS),$(if $(wildcard tests/unit/$(room)/*.cc),$(room)))
UNIT_TESTS := $(foreach room,$(UNIT_ROOMS),$(BUILD)/tests/unit-$(room))
# What a room's tests may use: the room and all below it.
BELOW_base       := base
BELOW_oci-config := oci-config base
BELOW_policy     := policy oci-config base
BELOW_kernel     := kernel policy oci-config base
BELOW_audit      := audit policy oci-config base
BELOW_admission  := admission $(CORE)
BELOW_hook       := hook admission $(CORE)
BELOW_shim       := shim admission $(CORE)
BELOW_cli        := cli admission $(CORE)
# Only as a shared object in Debian, so only tests link it: they compare our text with the library's.
TEST_LIBS_audit  := -lprometheus-cpp-core

define UNIT_RULES
$(BUILD)/tests/unit-$(1): $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard tests/unit/$(1)/*.cc)) \
    $(BUILD)/obj/tests/unit/main.o $(call libraries,$(BELOW_$(1)))
	@mkdir -p $$(@D)
	$$(QUIET_LD)g++ $$(LDFLAGS) -o $$@ $$^ $$(SYSTEM_LIBS) $$(TEST_LIBS_$(1))
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call UNIT_RULES,$(room))))

# ---- tests that are not a room's: live (a real kernel), solver (Z3) -------------------------------
LIVE_TESTS   := $(patsubst tests/live/%.cc,$(BUILD)/tests/live-%,$(wildcard tests/live/*.cc))
SOLVER_TESTS := $(patsubst tests/solver/%.cc,$(BUILD)/tests/solver-%,$(wildcard tests/solver/*.cc))

$(LIVE_TESTS): $(BUILD)/tests/live-%: $(BUILD)/obj/tests/live/%.o $(BUILD)/obj/tests/unit/main.o \
    $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS)

$(SOLVER_TESTS): $(BUILD)/tests/solver-%: $(BUILD)/obj/tests/solver/%.o $(BUILD)/obj/tests/unit/main.o \
    $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS) -lz3

# ---- benches that link the rooms; the others are built by tests/bench/run.sh ------------------------
BENCH_PROGRAMS := $(BUILD)/tests/bench/bench_filters $(BUILD)/tests/bench/bench_denials
$(BENCH_PROGRAMS): $(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(call libraries,$(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS)

# ---- fuzzing -------------------------------------------------------------------------------------
FUZZ_ENTRIES := $(patsubst tests/fuzz/fuzz_%.cc,%,$(wildcard tests/fuzz/fuzz_*.cc))
REPLAYS      := $(foreach entry,$(FUZZ_ENTRIES),$(BUILD)/tests/replay-$(entry))
FUZZ_SECONDS ?= 60

$(REPLAYS): $(BUILD)/tests/replay-%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay_main.o \
    $(call libraries,shim $(CORE))
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS)

# ---- what people call ------------------------------------------------------------------------------
# Each first installs what it needs (as root on Debian or Ubuntu) or says what to run.
LINKS := $(BUILD)/bulkhead-runc $(BUILD)/bulkhead-crun
$(LINKS): $(BIN_shim)
	ln -sf bulkhead-shim $@
all: $(LINKS)

.PHONY: demo
demo: ## the main job on real containers, as a short story whose every line is checked
	@packaging/dependencies.sh build demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/demo/demo.sh

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
               $(foreach script,$(filter-out %/lib.sh %/rootfs.sh,$(wildcard tests/integration/*.sh)),"$(basename $(notdir $(script)))=$(script)")
STATIC_SUITES = "includes=tests/one.sh tests/check_includes.sh"

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
	@BUILD=$(BUILD) LOGS=$(BUILD)/test-logs tests/run.sh $(STATIC_SUITES) $(UNIT_SUITES) $(SAN_SUITES) $(LIVE_SUITES) \
	  "demo=tests/one.sh tests/demo/demo.sh" $(SCRIPT_SUITES)

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
bench: ## what Bulkhead costs, as ratios to baselines of the same run; writes build/bench.json
	@packaging/dependencies.sh build bench $(BENCH_VM:1=vm)
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCH_PROGRAMS)
	@status=0; BUILD=$(BUILD) tests/bench/run.sh || status=$$?; \
	  [ -z "$(BENCH_VM)" ] || BUILD=$(BUILD) tests/vm/run.sh --bench || status=$$?; exit $$status

# clang 16 reads libstdc++ 12's <expected> only when it believes in its concepts. RapidJSON adds to a
# null pointer in its stack, which is why that one check is off.
CLANG       := clang++-16
CLANG_FIXES := -std=c++2b -U__cpp_concepts -D__cpp_concepts=202002L -Wno-builtin-macro-redefined -Wno-macro-redefined
# __SANITIZE_ADDRESS__ as GCC defines it: RapidJSON then reads no 16 bytes at a time (oci-config/json.cc).
FUZZ_FLAGS  := -O1 -g1 -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow -D__SANITIZE_ADDRESS__=1
FUZZ_BUILD  := $(BUILD)/fuzz
FUZZ_SOURCES = $(foreach room,shim $(CORE),$(call room_sources,$(room)))

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

# ---- care ----------------------------------------------------------------------------------------
OUR_CC      = $(foreach room,$(ROOMS),$(wildcard $(room)/*.cc)) $(wildcard tests/*/*.cc tests/unit/*/*.cc)
OUR_HEADERS = $(foreach room,$(ROOMS),$(wildcard $(room)/*.h)) $(wildcard tests/*/*.h tests/unit/*/*.h)
OUR_SHELL   = $(wildcard tests/*.sh tests/*/*.sh tests/vm/node/*.sh packaging/*.sh packaging/image/*.sh packaging/helm/*.sh) packaging/image/bulkhead-node

.PHONY: lint
lint: $(GENERATED) ## clang-format (dry), clang-tidy, shellcheck, include check
	@packaging/dependencies.sh lint
	clang-format --dry-run -Werror $(OUR_CC) $(OUR_HEADERS)
	shellcheck -x -P SCRIPTDIR -e SC2317 $(OUR_SHELL) .ci/run
	tests/check_includes.sh
	printf '%s\n' $(foreach room,$(ROOMS),$(call room_sources,$(room))) | xargs -P $(JOBS) -I FILE \
	  clang-tidy-16 --quiet FILE -- $(CPPFLAGS) $(CLANG_FIXES)

.PHONY: format
format: ## rewrite the sources with clang-format
	clang-format -i $(OUR_CC) $(OUR_HEADERS)

# ---- installation ----------------------------------------------------------------------------------
BINDIR = $(DESTDIR)$(PREFIX)/bin
SHARE  = $(DESTDIR)$(PREFIX)/share

.PHONY: install
install: all ## install below DESTDIR and PREFIX: programs first, documents after
	@$(MAKE) --no-print-directory install-files

# What is installed, from programs that are built already.
UNITDIR = $(DESTDIR)/lib/systemd/system
.PHONY: install-files
install-files:
	install -d $(BINDIR) $(SHARE)/doc/bulkhead/examples $(SHARE)/bulkhead/apparmor.d \
	  $(DESTDIR)/etc/bulkhead/policy.d $(DESTDIR)/etc/bulkhead/seccomp
	install -m 755 $(BIN_hook) $(BIN_shim) $(BIN_cli) $(BINDIR)
	ln -sf bulkhead-shim $(BINDIR)/bulkhead-runc
	ln -sf bulkhead-shim $(BINDIR)/bulkhead-crun
	cp -R docs README.md CHANGELOG.md CONTRIBUTING.md LICENSE $(SHARE)/doc/bulkhead
	cp -R packaging/engines/. $(SHARE)/doc/bulkhead/examples
	install -m 644 packaging/apparmor/* $(SHARE)/bulkhead/apparmor.d
	install -D -m 644 -t $(SHARE)/bulkhead/metrics packaging/metrics/*
	install -d $(SHARE)/bulkhead/helm
	cp -R packaging/kubernetes $(SHARE)/bulkhead
	cp -R packaging/helm/bulkhead $(SHARE)/bulkhead/helm
	for page in $(notdir $(wildcard packaging/man/*.[158])); do \
	  install -D -m 644 packaging/man/$$page $(SHARE)/man/man$${page##*.}/$$page; done
	install -D -m 644 packaging/completions/bulkhead.bash $(SHARE)/bash-completion/completions/bulkhead
	install -D -m 644 packaging/completions/_bulkhead $(SHARE)/zsh/vendor-completions/_bulkhead
	install -D -m 644 packaging/completions/bulkhead.fish $(SHARE)/fish/vendor_completions.d/bulkhead.fish
	for unit in $(notdir $(wildcard packaging/systemd/*)); do \
	  install -D -m 644 packaging/systemd/$$unit $(UNITDIR)/$$unit; done
	install -D -m 644 packaging/logrotate $(DESTDIR)/etc/logrotate.d/bulkhead

# ---- packages --------------------------------------------------------------------------------------
# Both are made from a copy of what is versioned, with the time of its last commit: two builds of one
# commit have the same bytes. BULKHEAD_PROGRAMS=DIR packs programs that are built there already.
DIST     := $(BUILD)/dist
DEB_COPY := $(BUILD)/deb/bulkhead-$(VERSION)
SOURCE_DATE_EPOCH ?= $(shell git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || echo 1795478400)

.PHONY: deb
deb: ## the Debian packages bulkhead and bulkhead-doc, in build/dist
	@packaging/dependencies.sh build deb
	@$(MAKE) --no-print-directory deb-only

.PHONY: deb-only
deb-only:
	rm -rf $(DEB_COPY)
	mkdir -p $(DEB_COPY) $(DIST)
	git -c safe.directory='*' ls-files -z | { grep -zv '^tests/' || :; } | xargs -0 cp --parents --no-dereference -t $(DEB_COPY)
	cp -R packaging/debian $(DEB_COPY)/debian
	cd $(DEB_COPY) && unset MAKEFLAGS MAKELEVEL && \
	  BULKHEAD_PROGRAMS=$(if $(BULKHEAD_PROGRAMS),$(abspath $(BULKHEAD_PROGRAMS))) \
	  SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) DEB_BUILD_OPTIONS="parallel=$(JOBS)" \
	  dpkg-buildpackage --build=binary --no-sign --no-check-builddeps
	mv $(BUILD)/deb/bulkhead*_$(VERSION)_*.deb $(DIST)
	@ls -l $(DIST)/*.deb

.PHONY: tarball
tarball: all ## a tarball with the static programs for other distributions, in build/dist
	@$(MAKE) --no-print-directory tarball-only

TARBALL = $(abspath $(BUILD))/tarball/bulkhead-$(VERSION)
.PHONY: tarball-only
tarball-only:
	rm -rf $(BUILD)/tarball
	mkdir -p $(DIST)
	$(MAKE) --no-print-directory install-files DESTDIR=$(TARBALL) UNITDIR=$(TARBALL)/usr/lib/systemd/system
	strip $(foreach program,$(PROGRAMS),$(TARBALL)/usr/bin/$(notdir $(BIN_$(program))))
	cp packaging/tarball/INSTALL LICENSE $(TARBALL)
	cd $(TARBALL) && find etc usr -type f -o -type l | LC_ALL=C sort >FILES
	tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@$(SOURCE_DATE_EPOCH) \
	  --directory=$(BUILD)/tarball bulkhead-$(VERSION) | gzip --no-name >$(DIST)/bulkhead-$(VERSION).tar.gz
	@ls -l $(DIST)/*.tar.gz

# The image is made from the package; no network, no base image (packaging/image/build.sh).
IMAGE := $(DIST)/bulkhead-image-$(VERSION).tar
REVISION = $(shell git -c safe.directory='*' rev-parse HEAD 2>/dev/null)

.PHONY: image
image: ## the OCI image that installs on a cluster's nodes, in build/dist
	@packaging/dependencies.sh build deb image
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory image-only BULKHEAD_PROGRAMS=$(BUILD)

.PHONY: image-only
image-only: deb-only
	@VERSION=$(VERSION) REVISION=$(REVISION) SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	  packaging/image/build.sh $(DIST)/bulkhead_$(VERSION)_*.deb $(BUILD)/image $(IMAGE)

.PHONY: manifests
manifests: ## packaging/kubernetes/bulkhead.yaml again, from the chart's defaults
	packaging/helm/manifests.sh >$(BUILD)/bulkhead.yaml
	mv $(BUILD)/bulkhead.yaml packaging/kubernetes/bulkhead.yaml

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: clean
clean: ## remove build/
	rm -rf build

# ---- the test node ---------------------------------------------------------------------------------
# A virtual machine with AppArmor and every privilege, under software emulation (tests/vm/run.sh). Its
# results join the count of `make check`.
check: SCRIPT_SUITES += "vm=tests/vm/run.sh"
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
