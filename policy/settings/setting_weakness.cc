#include "policy/settings/setting_weakness.h"

#include <algorithm>

namespace bulkhead::policy {

using Strings = std::vector<std::string>;

int strictness(Unset value) {
  switch (value) {
    case Unset::keep: return 0;
    case Unset::runtime_default: return 1;
    case Unset::refuse: return 2;
  }
  return 0;
}

int strictness(KeepOrRefuse value) { return value == KeepOrRefuse::keep ? 0 : 1; }
int strictness(KeepOrRequire value) { return value == KeepOrRequire::keep ? 0 : 1; }
int strictness(SeccompArchitectures value) {
  return value == SeccompArchitectures::as_asked ? 0 : 1;
}
int strictness(ExecCapabilities value) { return value == ExecCapabilities::as_asked ? 0 : 1; }
int strictness(KeepSetRequire value) { return value == KeepSetRequire::keep ? 0 : 1; }

std::string instead_of(std::string_view own, std::string_view other) {
  return base::cat("'", own, "' where '", other, "' holds otherwise");
}

std::string unconfined(const ProfileRef& own, const Around<ProfileRef>&) {
  return own.kind() == ProfileKind::unconfined ? "'unconfined'" : "";
}

std::string other_floor(const SeccompFloor& own, const Around<SeccompFloor>& around) {
  for (const SeccompFloor* other : around) {
    if (*other && own != *other) return instead_of(own.text(), other->text());
  }
  return {};
}

namespace {

bool lacks_some(const Strings& own, const Around<Strings>& around) {
  const auto missing = [&](const std::string& name) {
    return std::ranges::find(own, name) == own.end();
  };
  return std::ranges::any_of(
      around, [&](const Strings* other) { return std::ranges::any_of(*other, missing); });
}

}  // namespace

std::string denies_less(const Strings& own, const Around<Strings>& around) {
  return lacks_some(own, around) ? "leaves out what is denied otherwise" : "";
}

std::string drops_less(const Strings& own, const Around<Strings>& around) {
  return lacks_some(own, around) ? "leaves out what is dropped otherwise" : "";
}

std::string keeps_annotations(const Strings& own, const Around<Strings>&) {
  return own.empty() ? "" : "annotations that can void a filter";
}

}  // namespace bulkhead::policy
