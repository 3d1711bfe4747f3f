#include "cli/screen/case_text.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/text.h"
#include "policy/syscalls/argument_names.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::SeccompOperator;
using policy::ArgPart;
using policy::ArgTest;

constexpr std::uint64_t kLowHalf = 0xffffffff;
constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

// A test for (in)equality over the 64 bits of the argument.
struct BitTest {
  std::uint32_t index = 0;
  bool equal = true;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
  bool operator==(const BitTest&) const = default;
};

bool compares_bits(const ArgTest& test) {
  return test.op == SeccompOperator::eq || test.op == SeccompOperator::ne;
}

BitTest bit_test_of(const ArgTest& test) {
  const bool equal = test.op == SeccompOperator::eq;
  switch (test.part) {
    case ArgPart::whole: return {test.index, equal, test.mask, test.value};
    case ArgPart::low_half: return {test.index, equal, test.mask & kLowHalf, test.value};
    case ArgPart::high_half: return {test.index, equal, test.mask << 32U, test.value << 32U};
  }
  return {test.index, equal, test.mask, test.value};
}

// A mask of leading ones, at least one.
bool is_prefix(std::uint64_t mask, std::uint64_t all) {
  const std::uint64_t free = all & ~mask;
  return mask != 0 && (free & (free + 1)) == 0;
}

// On a 32-bit architecture the high halves are always 0: a test of the low half, or of its leading
// bits, is one of the whole argument.
BitTest at_width(BitTest test, ArgumentBits width) {
  if (width == ArgumentBits::bits_32 && is_prefix(test.mask & kLowHalf, kLowHalf)) {
    test.mask |= ~kLowHalf;
  }
  return test;
}

// Whether the equality `known` already decides `other`; what it decides can only be that it holds,
// since a case without calls is no case.
bool implies(const BitTest& known, const BitTest& other) {
  if (!known.equal || known.index != other.index || known == other) return false;
  if ((other.mask & ~known.mask) == 0) return true;
  const std::uint64_t common = known.mask & other.mask;
  return !other.equal && (known.value & common) != (other.value & common);
}

std::vector<BitTest> without_implied(const std::vector<BitTest>& tests) {
  std::vector<BitTest> kept;
  for (const BitTest& test : tests) {
    const bool said =
        std::ranges::find(kept, test) != kept.end() ||
        std::ranges::any_of(tests, [&](const BitTest& known) { return implies(known, test); });
    if (!said) kept.push_back(test);
  }
  return kept;
}

// A mask of leading ones compares a prefix: the values from `value` to `value | ~mask`. Over the
// low half the high half is free, so that such a test stands apart from those of the whole
// argument.
struct Domain {
  std::uint32_t index;
  bool low_half;
  auto operator<=>(const Domain&) const = default;
};
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

bool excludes_range(const BitTest& test, Domain& domain, Ranges::value_type& range) {
  if (test.equal) return false;
  const bool low = test.mask <= kLowHalf;
  const std::uint64_t all = low ? kLowHalf : kAllBits;
  if (!is_prefix(test.mask, all)) return false;
  domain = {test.index, low};
  range = {test.value, test.value | (all & ~test.mask)};
  return true;
}

Ranges joined(Ranges ranges) {
  std::ranges::sort(ranges);
  Ranges out;
  for (const auto& range : ranges) {
    if (!out.empty() && range.first <= out.back().second + 1) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

std::string number(std::uint64_t value) { return value < 4096 ? cat(value) : base::hex(value); }

std::string ranges_text(std::string_view call, std::uint32_t index, const Ranges& ranges) {
  std::string out;
  for (const auto& [first, last] : joined(ranges)) {
    out += out.empty() ? "" : ", ";
    out += first == last ? policy::argument_text(call, index, first)
                         : cat(number(first), "..", number(last));
  }
  return out;
}

std::string subject(std::uint32_t index, std::uint64_t mask, std::string_view call) {
  if (mask == kAllBits) return cat("arg", index);
  if (mask == kLowHalf) return cat("low half of arg", index);
  return cat("(arg", index, " & ", policy::argument_mask_text(call, index, mask), ')');
}

std::string test_text(std::string_view call, const BitTest& test) {
  // One bit that must not be set reads better than one that must be unequal to itself.
  const bool one_bit = std::popcount(test.mask) == 1;
  const bool is_zero = test.equal == (test.value == 0);
  if (one_bit) return cat(subject(test.index, test.mask, call), is_zero ? " == 0" : " != 0");
  return cat(subject(test.index, test.mask, call),
             test.equal ? " == " : " != ", policy::argument_text(call, test.index, test.value));
}

}  // namespace

std::string text_of_conditions(std::string_view call, ArgumentBits width,
                               const std::vector<ArgTest>& conditions) {
  std::vector<BitTest> bits;
  std::vector<std::string> texts;
  std::vector<std::string> orders;  // comparisons by size, as they are
  for (const ArgTest& test : conditions) {
    if (compares_bits(test)) {
      bits.push_back(at_width(bit_test_of(test), width));
    } else if (std::string text = policy::text_of(test);
               std::ranges::find(orders, text) == orders.end()) {
      orders.push_back(std::move(text));
    }
  }
  std::map<Domain, Ranges> excluded;
  for (const BitTest& test : without_implied(bits)) {
    Domain domain{};
    Ranges::value_type range;
    if (excludes_range(test, domain, range)) {
      excluded[domain].push_back(range);
    } else {
      texts.push_back(test_text(call, test));
    }
  }
  for (const auto& [domain, ranges] : excluded) {
    const std::string what = subject(domain.index, domain.low_half ? kLowHalf : kAllBits, call);
    texts.push_back(cat(what, " is not ", ranges_text(call, domain.index, ranges)));
  }
  texts.insert(texts.end(), orders.begin(), orders.end());
  return base::join(texts, " and ");
}

}  // namespace bulkhead::cli
