#include "oci-config/problems.h"

namespace bulkhead::oci_config {

namespace {

// The name of the document is said once: "config.json: " of the first message.
std::string_view common_start(const std::vector<base::Error>& errors) {
  const std::string_view first = errors.front().message;
  const std::size_t pointer = first.find(": /");
  if (pointer == std::string_view::npos) return {};
  return first.substr(0, pointer + 2);
}

}  // namespace

void Problems::add(const JsonValue& at, std::string_view what, std::string remedy) {
  if (!full()) errors_.push_back(at.error(what, std::move(remedy)).error());
}

void Problems::add(base::Error error) {
  if (!full()) errors_.push_back(std::move(error));
}

std::unexpected<base::Error> Problems::error() const {
  const std::string_view start = common_start(errors_);
  base::Error all{base::ErrorCode::invalid_input, errors_.front().message, ""};
  for (std::size_t i = 0; i < errors_.size() && i < kMaxProblemsTold; ++i) {
    if (all.remedy.empty()) all.remedy = errors_[i].remedy;
    if (i == 0) continue;
    std::string_view message = errors_[i].message;
    if (message.starts_with(start)) message.remove_prefix(start.size());
    all.message += "; also: ";
    all.message += message;
  }
  if (full()) all.message += "; and more";
  return std::unexpected(std::move(all));
}

}  // namespace bulkhead::oci_config
