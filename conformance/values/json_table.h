// Reading an object of conformance's data by a table of its members. What the table does not name
// is a problem: a misspelt member would make a case that checks nothing.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "oci-config/json.h"
#include "oci-config/problems.h"

namespace bulkhead::conformance {

template <class T>
struct MemberRow {
  std::string_view key;
  void (*read)(const oci_config::JsonValue& value, T& into, oci_config::Problems& problems);
  bool required = false;
};

template <class T>
void add_unknown(const oci_config::JsonValue& member, std::span<const MemberRow<T>> rows,
                 oci_config::Problems& problems) {
  std::vector<std::string_view> keys;
  for (const MemberRow<T>& row : rows) keys.push_back(row.key);
  const auto near = base::nearest(member.key(), keys);
  problems.add(member, "this member is unknown",
               near ? base::cat("did you mean \"", *near, "\"?") : std::string());
}

template <class T>
void read_by_table(const oci_config::JsonValue& object, std::span<const MemberRow<T>> rows, T& into,
                   oci_config::Problems& problems) {
  if (!problems.took(object.expect(oci_config::JsonType::object))) return;
  for (auto child = object.first(); child && !problems.full(); child = child->next()) {
    const auto row = std::ranges::find(rows, child->key(), &MemberRow<T>::key);
    row == rows.end() ? add_unknown(*child, rows, problems) : row->read(*child, into, problems);
  }
  for (const MemberRow<T>& row : rows) {
    if (row.required && !object.member(row.key)) {
      problems.add(object, base::cat("\"", row.key, "\" is missing"));
    }
  }
}

// Calls read(element) for each element of an array.
template <class Read>
void for_each_element(const oci_config::JsonValue& array, oci_config::Problems& problems,
                      Read read) {
  if (!problems.took(array.expect(oci_config::JsonType::array))) return;
  for (auto child = array.first(); child && !problems.full(); child = child->next()) read(*child);
}

inline void take_text(const oci_config::JsonValue& value, std::string& into,
                      oci_config::Problems& problems) {
  if (const auto text = problems.take(value.read_string())) into = *text;
}

inline void take_flag(const oci_config::JsonValue& value, bool& into,
                      oci_config::Problems& problems) {
  if (const auto flag = problems.take(value.read_boolean())) into = *flag;
}

inline void take_texts(const oci_config::JsonValue& value, std::vector<std::string>& into,
                       oci_config::Problems& problems) {
  if (auto texts = problems.take(value.read_string_array())) into = std::move(*texts);
}

}  // namespace bulkhead::conformance
