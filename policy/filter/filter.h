// A compiled seccomp filter as a value, and what it answers to one system call.
//
// The program is classic BPF over struct seccomp_data (linux/seccomp.h, linux/filter.h). Evaluation
// follows the kernel's interpreter (kernel/bpf/core.c through bpf_migrate_filter) for the
// instructions that seccomp_check_filter() admits; anything else is not a filter the kernel loads.
//
// docs/how-the-analysis-works.md: "The program".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

struct FilterInstruction {  // struct sock_filter
  std::uint16_t code = 0;
  std::uint8_t jt = 0;
  std::uint8_t jf = 0;
  std::uint32_t k = 0;
  bool operator==(const FilterInstruction&) const = default;
};

using FilterProgram = std::vector<FilterInstruction>;  // 1 to 4096 instructions (BPF_MAXINSNS)

struct SyscallEvent {  // struct seccomp_data
  std::uint32_t nr = 0;
  std::uint32_t arch = 0;  // AUDIT_ARCH_*
  std::uint64_t instruction_pointer = 0;
  std::array<std::uint64_t, 6> args{};
  bool operator==(const SyscallEvent&) const = default;
};

// A filter's return value: action bits and 16 bits of data (errno, trace message). Unknown actions
// are KILL_PROCESS, as in the kernel.
struct FilterAnswer {
  oci_config::SeccompAction action = oci_config::SeccompAction::kill_process;
  std::uint16_t data = 0;
  bool operator==(const FilterAnswer&) const = default;
};

[[nodiscard]] FilterAnswer answer_of_return_value(std::uint32_t value);
[[nodiscard]] std::uint32_t return_value_of(FilterAnswer answer);

// What a process can tell of an answer: data counts for ERRNO (the kernel caps it at 4095), TRAP
// (si_errno) and TRACE (the event message), and is 0 for the others.
[[nodiscard]] FilterAnswer effect_of(FilterAnswer answer);

// "ERRNO(EPERM)", "ERRNO(4095)", "TRACE(7)", "ALLOW".
[[nodiscard]] std::string text_of(FilterAnswer answer);

// What the kernel's own check demands (seccomp_check_filter, bpf_check_classic): known
// instructions, aligned loads inside seccomp_data, jumps inside the program, a return at the end,
// no division by a zero constant, no load of scratch memory that was not stored. Error:
// invalid_input, naming the instruction.
[[nodiscard]] base::Result<void> check_program(const FilterProgram& program);

// Runs a program that check_program accepted.
[[nodiscard]] FilterAnswer evaluate(const FilterProgram& program, const SyscallEvent& event);

// Several installed filters, newest first: the strictest answer wins, and of equal actions the
// newest one's data (kernel/seccomp.c, seccomp_run_filters).
[[nodiscard]] FilterAnswer evaluate_stack(const std::vector<FilterProgram>& newest_first,
                                          const SyscallEvent& event);

// Whether every call takes effect under it: it answers ALLOW and LOG alone, so it demands nothing.
[[nodiscard]] bool lets_everything_pass(const FilterProgram& program);

// True when a is at least as strict as b, by the order of SeccompAction.
[[nodiscard]] bool at_least_as_strict(oci_config::SeccompAction a, oci_config::SeccompAction b);

// Pseudo code for people: one instruction a line, names for architectures, syscalls and answers.
[[nodiscard]] std::string disassemble(const FilterProgram& program);

}  // namespace bulkhead::policy
