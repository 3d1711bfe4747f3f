// Collects what is wrong with a document, so that a person reads all of it at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::oci_config {

inline constexpr std::size_t kMaxProblemsTold = 8;

class Problems {
 public:
  // Both do nothing once full: a place costs a walk over the document, and hostile documents can
  // hold very many faults.
  void add(const JsonValue& at, std::string_view what, std::string remedy = {});
  void add(base::Error error);

  // The value of a result, or nothing and one problem more.
  template <class T>
  std::optional<T> take(base::Result<T> result) {
    if (result) return std::move(*result);
    add(std::move(result.error()));
    return std::nullopt;
  }
  // Whether a check went well; else one problem more.
  bool took(base::Result<void> result) {
    if (!result) add(std::move(result.error()));
    return result.has_value();
  }

  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] bool full() const { return errors_.size() > kMaxProblemsTold; }

  // One invalid_input error: "config.json: /a (line 1): …; also: /b (line 2): …", with the first
  // remedy. Not to be called when empty.
  [[nodiscard]] std::unexpected<base::Error> error() const;

 private:
  std::vector<base::Error> errors_;
};

}  // namespace bulkhead::oci_config
