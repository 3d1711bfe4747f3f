// The members of a record's document: one table for its reader and its writer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "record/values/record.h"

namespace bulkhead::record {

inline constexpr std::uint64_t kFormatVersion = 1;
inline constexpr std::size_t kMaxTextBytes = 3072;  // of a name, an image, a reason

template <class Owner, class Value>
struct Field {
  std::string_view key;
  Value Owner::*member;
};

inline constexpr std::array<Field<CallUse, std::uint64_t>, 5> kUseNumbers = {{
    {"count", &CallUse::count},
    {"first", &CallUse::first},
    {"last", &CallUse::last},
    {"by_exec", &CallUse::by_exec},
    {"denied", &CallUse::denied},
}};

inline constexpr std::array<Field<AccessUse, std::uint64_t>, 5> kAccessNumbers = {{
    {"count", &AccessUse::count},
    {"first", &AccessUse::first},
    {"last", &AccessUse::last},
    {"by_others", &AccessUse::by_others},
    {"denied", &AccessUse::denied},
}};

inline constexpr std::array<Field<Access, std::string>, 3> kAccessTexts = {{
    {"object", &Access::object},
    {"detail", &Access::detail},
    {"permission", &Access::permission},
}};

inline constexpr std::array<Field<RecordedContainer, std::string>, 10> kContainerTexts = {{
    {"name", &RecordedContainer::name},
    {"namespace", &RecordedContainer::namespace_},
    {"pod", &RecordedContainer::pod},
    {"image", &RecordedContainer::image},
    {"runtime", &RecordedContainer::runtime},
    {"door", &RecordedContainer::door},
    {"kernel", &RecordedContainer::kernel},
    {"apparmor", &RecordedContainer::apparmor},
    {"apparmor_loss", &RecordedContainer::apparmor_loss},
    {"apparmor_unasked", &RecordedContainer::apparmor_unasked},
}};

inline constexpr std::array<Field<RecordedContainer, std::uint64_t>, 3> kContainerNumbers = {{
    {"capabilities", &RecordedContainer::capabilities},
    {"ended", &RecordedContainer::ended},
    {"execs", &RecordedContainer::execs},
}};

inline constexpr std::array<Field<Earlier, std::uint64_t>, 3> kEarlierNumbers = {{
    {"containers", &Earlier::containers},
    {"started", &Earlier::started},
    {"ended", &Earlier::ended},
}};

}  // namespace bulkhead::record
