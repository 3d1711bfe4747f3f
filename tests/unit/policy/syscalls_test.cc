#include "policy/syscalls/syscalls.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace bulkhead::policy {
namespace {

using oci_config::SeccompArch;

TEST_CASE("a system call has the number that its architecture gives it") {
  CHECK(syscall_number(SeccompArch::x86_64, "openat") == 257U);
  CHECK(syscall_number(SeccompArch::x86, "openat") == 295U);
  CHECK(syscall_number(SeccompArch::aarch64, "openat") == 56U);
  CHECK(syscall_number(SeccompArch::arm, "openat") == 322U);
  CHECK(syscall_number(SeccompArch::x86_64, "clone3") == 435U);
}

TEST_CASE("x32 calls carry bit 30, and those of its own have numbers of their own") {
  CHECK(syscall_number(SeccompArch::x32, "read") == kX32Bit);
  CHECK(syscall_number(SeccompArch::x32, "ioctl") == (kX32Bit | 514U));
  CHECK(syscall_name(SeccompArch::x32, kX32Bit | 514U) == "ioctl");
  CHECK(syscall_name(SeccompArch::x32, 16).empty());
}

TEST_CASE("the private calls of arm have their numbers far above the others") {
  CHECK(syscall_number(SeccompArch::arm, "set_tls") == 0xf0005U);
  CHECK(syscall_number(SeccompArch::arm, "breakpoint") == 0xf0001U);
}

TEST_CASE(
    "a call that an architecture lacks has no number there, and libseccomp's pseudo numbers "
    "are none") {
  CHECK_FALSE(syscall_number(SeccompArch::x86_64, "socketcall").has_value());
  CHECK_FALSE(syscall_number(SeccompArch::aarch64, "fork").has_value());
  // Private to ARM (asm/unistd.h, __ARM_NR_BASE): no row of the common table.
  CHECK(syscall_number(SeccompArch::arm, "cacheflush") == 0xf0002U);
  CHECK(syscall_number(SeccompArch::arm, "set_tls") == 0xf0005U);
  CHECK(syscall_number(SeccompArch::x86, "socketcall") == 102U);
  CHECK(syscall_number(SeccompArch::x86, "socket") == 359U);
}

TEST_CASE("an architecture without a table has no calls, and that is no crash") {
  CHECK(syscalls_of(SeccompArch::s390x).empty());
  CHECK_FALSE(syscall_number(SeccompArch::s390x, "read").has_value());
  CHECK(syscall_name(SeccompArch::s390x, 3).empty());
}

TEST_CASE("calls that no libseccomp of today's distributions knows are known") {
  CHECK(syscall_number(SeccompArch::x86_64, "mseal") == 462U);
  CHECK(syscall_number(SeccompArch::x86, "mseal") == 462U);
  CHECK(syscall_number(SeccompArch::x32, "mseal") == (kX32Bit | 462U));
  CHECK(syscall_number(SeccompArch::x86_64, "listns") == 470U);
  CHECK(syscall_number(SeccompArch::aarch64, "statmount") == 457U);
  CHECK(syscall_number(SeccompArch::x86_64, "uretprobe") == 335U);
}

TEST_CASE("names of architectures without a table are known, those that no kernel has are not") {
  for (const char* name : {"riscv_flush_icache", "s390_runtime_instr", "swapcontext", "spu_run"}) {
    CHECK(is_syscall_name(name));
  }
  for (const char* name : {"BASE", "Linux", "reserved82", "syscalls", "execv"}) {
    CHECK_FALSE(is_syscall_name(name));
  }
}

TEST_CASE("the kernel in which a call came is told where it is known") {
  CHECK(first_kernel_of("openat2") == "5.6");
  CHECK(first_kernel_of("mseal") == "6.1-6.12");
  CHECK(first_kernel_of("opneat").empty());
  CHECK(first_kernel_text("5.6") == "since Linux 5.6");
  CHECK(first_kernel_text("6.12-7.2") == "since a Linux after 6.12, 7.2 at the latest");
  CHECK(first_kernel_text("").empty());
}

TEST_CASE("recent is what came after the last call of libseccomp 2.5") {
  for (const char* name : {"mseal", "listns", "fchmodat2", "cachestat"})
    CHECK(is_recent_call(name));
  for (const char* name :
       {"openat2", "set_mempolicy_home_node", "read", "futex_time64", "opneat"}) {
    CHECK_FALSE(is_recent_call(name));
  }
}

TEST_CASE("every table is sorted by number, without repetition, and finds each of its calls") {
  for (const SeccompArch arch : syscall_arches()) {
    const auto table = syscalls_of(arch);
    INFO(name_of(arch));
    CHECK(table.size() > 300);
    const auto out_of_order = std::ranges::adjacent_find(
        table, [](const SyscallEntry& a, const SyscallEntry& b) { return a.nr >= b.nr; });
    CHECK(out_of_order == table.end());
    std::set<std::string_view> names;
    for (const SyscallEntry& entry : table) {
      INFO(std::string(entry.name));
      CHECK(names.insert(entry.name).second);
      CHECK(syscall_number(arch, entry.name) == entry.nr);
      CHECK(syscall_name(arch, entry.nr) == entry.name);
    }
  }
}

TEST_CASE("a name is known when any architecture has it") {
  CHECK(is_syscall_name("openat"));
  CHECK(is_syscall_name("socketcall"));
  CHECK(is_syscall_name("set_tls"));
  CHECK(is_syscall_name("s390_pci_mmio_read"));  // of an architecture without a table
  CHECK_FALSE(is_syscall_name("opneat"));
  CHECK_FALSE(is_syscall_name(""));
}

TEST_CASE("a misspelt name is answered with the call that was meant") {
  CHECK(nearest_syscall_name("opneat") == "openat");
  CHECK(nearest_syscall_name("get_pid") == "getpid");
  CHECK_FALSE(nearest_syscall_name("make_me_a_sandwich").has_value());
}

}  // namespace
}  // namespace bulkhead::policy
