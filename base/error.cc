#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace bulkhead::base {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::io: return "io";
    case ErrorCode::invalid_input: return "invalid-input";
    case ErrorCode::policy: return "policy";
    case ErrorCode::refused: return "refused";
    case ErrorCode::runtime: return "runtime";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::kernel: return "kernel";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode error_code, std::string sentence, std::string what_to_do)
    : code(error_code), message(std::move(sentence)), remedy(std::move(what_to_do)) {}
Error::Error(const Error& other) = default;
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

Error Error::within(std::string_view doing) && {
  message = cat(doing, ": ", message);
  return std::move(*this);
}

std::string Error::sentence() const {
  if (remedy.empty()) return message;
  return cat(message, message.ends_with('?') ? " " : "; ", remedy);
}

std::unexpected<Error> fail(ErrorCode code, std::string message, std::string remedy) {
  return std::unexpected(Error{code, std::move(message), std::move(remedy)});
}

std::string_view errno_text(int error_number) {
  // strerrordesc_np (glibc 2.32) neither translates nor allocates.
  const char* text = strerrordesc_np(error_number);
  return text != nullptr ? std::string_view(text) : std::string_view("unknown error");
}

std::unexpected<Error> fail_errno(ErrorCode code, std::string_view doing, std::string_view object,
                                  std::string remedy) {
  const int error_number = errno;
  return fail(code, cat("cannot ", doing, " ", quoted(object), ": ", errno_text(error_number)),
              std::move(remedy));
}

}  // namespace bulkhead::base
