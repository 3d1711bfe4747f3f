# Bulkhead. `make help` lists the targets.
#
# Non-recursive: each room is a static library, and each program links the rooms that the design lets
# it include (docs/ARCHITECTURE.md). SAN=address,undefined builds everything under sanitizers into a
# directory of its own, ARCH=arm64 for another architecture (docs/porting.md).

SHELL := /bin/bash
comma := ,
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.DEFAULT_GOAL := all

# ---- the architecture that is built for, under Debian's name ------------------------------------
MACHINE_amd64 := x86_64
MACHINE_arm64 := aarch64
ARCHES := amd64 arm64
arch_of = $(or $(strip $(foreach arch,$(ARCHES),$(if $(filter $(MACHINE_$(arch)),$(1)),$(arch)))),$(1))

HOST_MACHINE := $(shell uname -m)
HOST_ARCH    := $(call arch_of,$(HOST_MACHINE))
ARCH    ?= $(HOST_ARCH)
override ARCH := $(call arch_of,$(ARCH))
MACHINE := $(MACHINE_$(ARCH))
$(if $(MACHINE),,$(error ARCH=$(ARCH) is none of $(ARCHES): docs/porting.md says what another one takes))
# Empty where programs are built for this machine: then its own tools are used.
FOREIGN := $(filter-out $(HOST_ARCH),$(ARCH))
TOOLS   := $(if $(FOREIGN),$(MACHINE)-linux-gnu-)
CXX     := $(TOOLS)g++
AR      := $(TOOLS)ar
STRIP   := $(TOOLS)strip
# What dependencies.sh is asked for before something is built.
BUILD_NEEDS := build $(FOREIGN:%=build-%)

# Jumps that an attacker bends meet the processor's own checks. And char is signed as on x86: what
# is read from others means the same everywhere.
FLAGS_amd64 := -fcf-protection
FLAGS_arm64 := -mbranch-protection=standard -fsigned-char

VERSION := 0.1.0
SAN     ?=
BUILD   ?= build$(FOREIGN:%=-%)$(if $(SAN),/san)
DESTDIR ?=
PREFIX  ?= /usr
JOBS    ?= $(shell nproc)

CCACHE := $(shell command -v ccache 2>/dev/null)
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
COMPILE_CXX := $(CCACHE) $(CXX)

# What ships is optimised. Tests, and everything under sanitizers, are built once and run once: optimising them would
# cost more than half of the whole build (tests/tests.mk).
QUICK    := -O0 -g1
OPTIMISE  = $(if $(SAN),$(QUICK),-O2 -g1)
# An error where this code is known to give none: by the compilers of Debian 12 and 13. What a later one warns of is no
# reason not to build.
WERROR   := $(if $(filter 12 14,$(shell $(CXX) -dumpversion 2>/dev/null)),-Werror)
# Under sanitizers GCC 12 takes <regex> and others for uninitialised where they are not.
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers $(WERROR) \
            $(if $(SAN),-Wno-maybe-uninitialized)
HARDEN    = $(if $(SAN)$(filter -O0,$(OPTIMISE)),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong $(FLAGS_$(ARCH))
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# fmt without std::locale: otherwise the programs carry all of libstdc++'s locales.
CPPFLAGS := -I. -I$(BUILD)/gen -DFMT_HEADER_ONLY -DSPDLOG_FMT_EXTERNAL -DFMT_STATIC_THOUSANDS_SEPARATOR -DBULKHEAD_VERSION='"$(VERSION)"' -D_GNU_SOURCE
# A section for each function, of which the linker keeps what is used: for what ships.
SECTIONS := $(if $(SAN),,-ffunction-sections -fdata-sections)
CXXFLAGS  = -std=c++23 $(OPTIMISE) $(WARNINGS) $(HARDEN) $(SANFLAGS) $(SECTIONS)
# Static: dynamic linking alone costs more than all the work of shim and hook. The sanitizers need
# the dynamic loader; their own libraries are not where programs for another machine run.
LDFLAGS  := -Wl,--gc-sections -Wl,-z,relro,-z,now $(SANFLAGS) \
            $(if $(SAN),$(FOREIGN:%=-static-libasan -static-libubsan))
STATIC   := $(if $(SAN),,-static)

# ---- rooms -------------------------------------------------------------------------------------
ROOMS := base oci-config policy kernel audit record admission hook shim watch conformance cli
# What a room's users link after it; the order is that of the design, leaves last.
LIBS_base       := -lmd
LIBS_kernel     := -lseccomp -lapparmor -lcap

# A room's files may lie in inner rooms; generators and main.cc are programs of their own.
room_files   = $(wildcard $(1)/*.$(2) $(1)/*/*.$(2))
room_sources = $(foreach file,$(call room_files,$(1),cc),$(if $(filter main.cc generate_%.cc,$(notdir $(file))),,$(file)))
room_objects = $(patsubst %.cc,$(BUILD)/obj/%.o,$(call room_sources,$(1)))
room_library = $(BUILD)/lib/lib$(1).a
libraries    = $(foreach room,$(1),$(call room_library,$(room)))

define ROOM_RULES
$(call room_library,$(1)): $(call room_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(QUIET_AR)$(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call ROOM_RULES,$(room))))

CORE := record audit kernel policy oci-config base
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
$(BIN_cli):  $(BUILD)/obj/cli/main.o $(call libraries,cli watch conformance admission $(CORE))
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
	$(QUIET_LD)$(CXX) $(STATIC) $(LDFLAGS) -o $@ $(filter-out %.ld,$^) $(SYSTEM_LIBS)

.PHONY: hot
hot: all ## make packaging/hot/*.ld again, after larger changes of the shim or the hook
	BUILD=$(BUILD) packaging/hot/make_script.sh $(abspath $(BUILD))
	mv $(BUILD)/shim.ld $(BUILD)/hook.ld packaging/hot/

# ---- generated sources -------------------------------------------------------------------------
# Generators run on this machine. Where the programs are another's, a make of their own builds them.
GENERATED := $(addprefix $(BUILD)/gen/,syscall_tables.inc runtime_default.inc runtime_default_tables.inc)

GENERATORS := $(BUILD)$(if $(FOREIGN),/host)
ifneq ($(FOREIGN),)
$(GENERATORS)/%: FORCE
	@$(MAKE) --no-print-directory ARCH=$(HOST_ARCH) BUILD=$(GENERATORS) SAN= $@
endif

$(BUILD)/generate_syscall_tables: policy/syscalls/generate_syscall_tables.cc
	@mkdir -p $(@D)
	$(QUIET_CXX)$(CXX) -std=c++23 -O1 $(WARNINGS) -o $@ $<

$(BUILD)/gen/syscall_tables.inc: $(GENERATORS)/generate_syscall_tables policy/syscalls/syscalls.tbl
	@mkdir -p $(@D)
	$(QUIET_GEN)$< < policy/syscalls/syscalls.tbl > $@

.PHONY: syscall-table
syscall-table: ## make policy/syscalls/syscalls.tbl again, from the newest kernel headers that Debian offers
	policy/syscalls/update_table.sh $(BUILD)/matrix

# The bytes of the document as one raw string literal per line: the longest literal a compiler must
# take is short.
$(BUILD)/gen/runtime_default.inc: policy/fallback/runtime_default.json
	@mkdir -p $(@D)
	$(QUIET_GEN)sed 's/^ *//; s/.*/R"~(&)~" "\\n"/' $< > $@

# The same document as constant tables, which the shim expands without reading JSON.
$(BUILD)/generate_runtime_default: $(BUILD)/obj/policy/fallback/generate_runtime_default.o \
    $(call libraries,oci-config base)
	$(QUIET_LD)$(CXX) $(LDFLAGS) -o $@ $^ $(LIBS_base)

$(BUILD)/gen/runtime_default_tables.inc: $(GENERATORS)/generate_runtime_default policy/fallback/runtime_default.json
	@mkdir -p $(@D)
	$(QUIET_GEN)$^ > $@

$(BUILD)/obj/policy/syscalls/syscalls.o: $(BUILD)/gen/syscall_tables.inc
$(BUILD)/obj/policy/fallback/runtime_default.o: $(BUILD)/gen/runtime_default.inc
$(BUILD)/obj/policy/fallback/runtime_default.o: $(BUILD)/gen/runtime_default_tables.inc

# ---- objects -----------------------------------------------------------------------------------
# Objects depend on the flags that they are compiled with, not on the Makefile's other lines.
FLAGS_FILE := $(BUILD)/compile-flags
COMPILE     = $(COMPILE_CXX) $(CPPFLAGS) $(CXXFLAGS)
ifneq ($(strip $(COMPILE)),$(strip $(file <$(FLAGS_FILE))))
$(FLAGS_FILE): FORCE
endif
$(FLAGS_FILE):
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(strip $(COMPILE)))' >$@
.PHONY: FORCE
FORCE:

$(BUILD)/obj/%.o: %.cc $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(QUIET_CXX)$(COMPILE) $(PRECOMPILES:%=-Winvalid-pch -fpch-preprocess -include %) -MMD -MP -c -o $@ $<

-include $(shell [ -d $(BUILD)/obj ] && find $(BUILD)/obj -name '*.d')

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

# clang 16 reads libstdc++ 12's <expected> only when it believes in its concepts.
CLANG       := clang++-16
CLANG_FIXES := -std=c++2b -U__cpp_concepts -D__cpp_concepts=202002L -Wno-builtin-macro-redefined -Wno-macro-redefined

# ---- care ----------------------------------------------------------------------------------------
OUR_CC      = $(foreach room,$(ROOMS),$(call room_files,$(room),cc)) $(wildcard tests/*/*.cc tests/unit/*/*.cc)
OUR_HEADERS = $(foreach room,$(ROOMS),$(call room_files,$(room),h)) $(wildcard tests/*/*.h tests/unit/*/*.h)
OUR_SHELL   = $(wildcard tests/*.sh tests/*/*.sh tests/*/*/*.sh packaging/*.sh packaging/image/*.sh packaging/helm/*.sh) packaging/image/bulkhead-node

.PHONY: lint
lint: $(GENERATED) ## clang-format (dry), clang-tidy, shellcheck, include check
	@packaging/dependencies.sh lint
	clang-format --dry-run -Werror $(OUR_CC) $(OUR_HEADERS)
	shellcheck -x -P SCRIPTDIR -e SC2317 $(OUR_SHELL) .ci/run
	tests/check_includes.sh
	printf '%s\n' $(foreach room,$(ROOMS),$(call room_sources,$(room))) | xargs -P $(JOBS) -I FILE \
	  clang-tidy-19 --quiet FILE -- $(CPPFLAGS) $(CLANG_FIXES)

.PHONY: format
format: ## rewrite the sources with clang-format
	clang-format -i $(OUR_CC) $(OUR_HEADERS)

.PHONY: picture
picture: ## the picture of the rooms in docs/ARCHITECTURE.md, from the table of the include check
	python3 -B tests/rooms/picture.py >$(BUILD)/rooms.svg
	mv $(BUILD)/rooms.svg docs/images/rooms.svg

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile tests/tests.mk packaging/package.mk | sed 's/:.*## /\t/' | expand -t 14

.PHONY: clean
clean: ## remove the build directory (BUILD)
	rm -rf $(BUILD)

# The package's copy of the sources has no tests.
-include tests/tests.mk
include packaging/package.mk
