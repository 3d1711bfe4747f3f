# Bulkhead. `make help` lists the targets.
#
# Non-recursive: each room is a static library, and each program links the rooms that the design lets
# it include (docs/ARCHITECTURE.md). SAN=address,undefined builds everything under sanitizers into a
# directory of its own.

SHELL := /bin/bash
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

CCACHE := $(shell command -v ccache 2>/dev/null)
COMPILE_CXX := $(CCACHE) g++
COMPILE_C   := $(CCACHE) gcc

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fcf-protection
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CPPFLAGS := -I. -I$(BUILD)/gen -DFMT_HEADER_ONLY -DSPDLOG_FMT_EXTERNAL -DBULKHEAD_VERSION='"$(VERSION)"' -D_GNU_SOURCE
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
$(BIN_shim) $(BIN_hook) $(BIN_cli):
	@mkdir -p $(@D)
	$(QUIET_LD)g++ $(STATIC) $(LDFLAGS) -o $@ $^ $(SYSTEM_LIBS)

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

define UNIT_RULES
$(BUILD)/tests/unit-$(1): $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard tests/unit/$(1)/*.cc)) \
    $(BUILD)/obj/tests/unit/main.o $(call libraries,$(BELOW_$(1)))
	@mkdir -p $$(@D)
	$$(QUIET_LD)g++ $$(LDFLAGS) -o $$@ $$^ $$(SYSTEM_LIBS)
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call UNIT_RULES,$(room))))

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: clean
clean: ## remove build/
	rm -rf build
