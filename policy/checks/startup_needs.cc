#include "policy/checks/startup_needs.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace bulkhead::policy {

using oci_config::SeccompArch;

namespace {

constexpr StartupNeed kOfX86_64[] = {
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "close execve fstatfs getdents64 openat write",
     .sometimes = "futex rt_sigreturn",
     .used = "epoll_ctl fcntl getpid sched_yield"},
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed = "capget capset chdir close execve fstat fstatfs getcwd getdents64 "
               "getppid newfstatat openat prctl read setgid setuid write",
     .of_debian_12 = "faccessat2|faccessat",
     .as_root = "setgroups",
     .sometimes = "fchown futex rt_sigreturn",  // fchown: the streams, for a user other than root
     .used = "epoll_ctl faccessat2 fcntl getpid sched_yield"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "execve",
     .sometimes = "",
     .used = "close close_range"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed = "capset execve prctl rt_sigaction rt_sigprocmask setresgid setresuid write",
     .sometimes = "",
     .used = "close close_range"},
    {.id = "glibc-static",
     .subject = "a static glibc program",
     .stage = StartupStage::program,
     .needed = "arch_prctl brk|mmap mprotect",
     .sometimes = "",
     .used = "getrandom prlimit64 readlink readlinkat rseq set_robust_list set_tid_address"},
    {.id = "glibc-dynamic",
     .subject = "a dynamically linked glibc program",
     .stage = StartupStage::program,
     .needed = "arch_prctl close mmap mprotect openat pread64 read",
     .of_debian_12 = "newfstatat",
     .of_debian_13 = "fstat",
     .sometimes = "",
     .used = "access brk munmap prlimit64 rseq set_robust_list set_tid_address"},
    {.id = "musl-static",
     .subject = "a static musl program",
     .stage = StartupStage::program,
     .needed = "arch_prctl",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "musl-dynamic",
     .subject = "a dynamically linked musl program",
     .stage = StartupStage::program,
     .needed = "arch_prctl brk|mmap mprotect",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "go",
     .subject = "a Go program",
     .stage = StartupStage::program,
     .needed = "arch_prctl clone mmap rt_sigaction rt_sigprocmask sigaltstack",
     .of_debian_13 = "fcntl",
     .sometimes = "futex rt_sigreturn",
     .used = "close getpid gettid madvise nanosleep openat prlimit64 read sched_getaffinity "
             "sched_yield "
             "tgkill"},
};

constexpr StartupNeed kOfAArch64[] = {
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "close execve fstatfs getdents64 openat write",
     .sometimes = "futex rt_sigreturn",
     .used = "epoll_ctl fcntl getpid sched_yield"},
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed = "capget capset chdir close execve fstat fstatfs getcwd getdents64 "
               "getppid newfstatat openat prctl read setgid setuid write",
     .of_debian_12 = "faccessat2|faccessat",
     .as_root = "setgroups",
     .sometimes = "fchown futex rt_sigreturn",
     .used = "epoll_ctl faccessat2 fcntl getpid sched_yield"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "execve",
     .sometimes = "",
     .used = "close close_range"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed = "capset execve prctl rt_sigaction rt_sigprocmask setresgid setresuid write",
     .sometimes = "",
     .used = "close close_range"},
    {.id = "glibc-static",
     .subject = "a static glibc program",
     .stage = StartupStage::program,
     .needed = "brk|mmap mprotect",
     .sometimes = "",
     .used = "getrandom prlimit64 readlinkat rseq set_robust_list set_tid_address"},
    {.id = "glibc-dynamic",
     .subject = "a dynamically linked glibc program",
     .stage = StartupStage::program,
     .needed = "close mmap mprotect openat read",
     .of_debian_12 = "newfstatat",
     .sometimes = "",
     .used = "brk faccessat munmap prlimit64 rseq set_robust_list set_tid_address"},
    {.id = "musl-static",
     .subject = "a static musl program",
     .stage = StartupStage::program,
     .needed = "",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "musl-dynamic",
     .subject = "a dynamically linked musl program",
     .stage = StartupStage::program,
     .needed = "brk|mmap mprotect",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "go",
     .subject = "a Go program",
     .stage = StartupStage::program,
     .needed = "clone mmap rt_sigaction rt_sigprocmask sigaltstack",
     .sometimes = "futex rt_sigreturn",
     .used = "close getpid gettid madvise nanosleep openat prlimit64 read sched_getaffinity "
             "sched_yield tgkill"},
};

constexpr StartupVariant kVariants[] = {
    {"debian-12", "of Debian 12", true, &StartupNeed::of_debian_12},
    {"debian-13", "of Debian 13", true, &StartupNeed::of_debian_13},
    {"as-root", "as root", false, &StartupNeed::as_root},
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

// ---- gaps --------------------------------------------------------------------------------------

using Names = std::vector<std::string_view>;

struct VariantGap {
  const StartupVariant* variant;
  Names missing;
};

std::vector<VariantGap> variant_gaps(const StartupNeed& need, const Permits& permits) {
  std::vector<VariantGap> gaps;
  for (const StartupVariant& variant : kVariants) {
    Names missing = unmet(need.*variant.needed, permits);
    if (!missing.empty()) gaps.push_back({&variant, std::move(missing)});
  }
  return gaps;
}

bool no_release_is_left(const std::vector<VariantGap>& gaps) {
  const auto release = [](const StartupVariant& variant) { return variant.release; };
  return std::ranges::count_if(gaps, [](const VariantGap& gap) { return gap.variant->release; }) ==
         std::ranges::count_if(kVariants, release);
}

// "'brk' or 'mmap'"
std::string spoken(std::string_view need, std::string_view quote) {
  std::string out;
  for (const std::string_view name : split(need, '|')) {
    out += base::cat(out.empty() ? "" : " or ", quote, name, quote);
  }
  return out;
}

std::vector<std::string> spoken(const Names& needs, std::string_view quote) {
  std::vector<std::string> out;
  for (const std::string_view need : needs) out.push_back(spoken(need, quote));
  return out;
}

StartupGap gap_everywhere(const Names& missing, const std::vector<VariantGap>& variants,
                          std::string_view quote) {
  std::vector<std::string> all = spoken(missing, quote);
  for (const auto& [variant, names] : variants) {
    for (const std::string& name : spoken(names, quote))
      all.push_back(base::cat(name, " (", variant->text, ')'));
  }
  return {.where = {}, .missing = base::join(all, ", ")};
}

}  // namespace

std::span<const StartupNeed> startup_needs(SeccompArch native) {
  switch (native) {
    case SeccompArch::x86_64: return kOfX86_64;
    case SeccompArch::aarch64: return kOfAArch64;
    default: return {};
  }
}
std::string_view startup_measured_on(SeccompArch native) {
  switch (native) {
    case SeccompArch::x86_64:
      return "x86-64 with the runtimes and libraries of Debian 12 and Debian 13";
    case SeccompArch::aarch64: return "arm64 with the runtimes and libraries of Debian 12";
    default: return "no machine of this architecture";
  }
}
std::span<const StartupVariant> startup_variants() { return kVariants; }

std::vector<std::string_view> words_of(std::string_view list) { return split(list, ' '); }

std::vector<std::string_view> names_of(const StartupNeed& need, Alternatives which) {
  std::vector<std::string_view> lists = {need.needed, need.sometimes, need.used};
  for (const StartupVariant& variant : kVariants) lists.push_back(need.*variant.needed);
  Names names;
  for (const std::string_view list : lists) {
    for (const std::string_view word : words_of(list)) {
      const Names alternatives = split(word, '|');
      names.insert(names.end(), alternatives.begin(),
                   which == Alternatives::all ? alternatives.end() : alternatives.begin() + 1);
    }
  }
  return names;
}

std::vector<std::string_view> unmet(std::string_view list, const Permits& permits) {
  Names missing = words_of(list);
  std::erase_if(missing, [&](std::string_view need) {
    return std::ranges::any_of(split(need, '|'), permits);
  });
  return missing;
}

std::vector<StartupGap> startup_gaps(const StartupNeed& need, const Permits& permits,
                                     const GapText& text) {
  Names missing = unmet(need.needed, permits);
  if (text.sometimes)
    std::ranges::copy(unmet(need.sometimes, permits), std::back_inserter(missing));
  const std::vector<VariantGap> variants = variant_gaps(need, permits);
  if (!missing.empty() || no_release_is_left(variants))
    return {gap_everywhere(missing, variants, text.quote)};
  std::vector<StartupGap> gaps;
  for (const auto& [variant, names] : variants) {
    gaps.push_back({base::cat(' ', variant->text), base::join(spoken(names, text.quote), ", ")});
  }
  return gaps;
}

}  // namespace bulkhead::policy
