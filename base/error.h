// How this project says that something failed.
//
// A function that can fail returns Result<T>. Exceptions do not cross a file. An Error carries one
// sentence for people: what was being done, on which object, what the system or the document said,
// what that means and what to do. Library code never prints it; the programs do, once.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace bulkhead::base {

// What kind of failure it is; exit_codes.h maps each to the exit code that scripts see.
enum class ErrorCode {
  usage,          // the command line cannot be understood
  io,             // a file, directory or descriptor could not be read or written
  invalid_input,  // a document is not what it has to be (config.json, a profile, a program)
  policy,         // the node owner's policy is not valid or cannot be read
  refused,        // all was understood, and the policy says no
  runtime,        // the real OCI runtime is missing or cannot be executed
  unsupported,    // this kernel, runtime or architecture lacks what is needed
  kernel,         // the kernel refused an operation or reports something unexpected
  internal,       // a defect of Bulkhead: report it
};

// A stable, lower-case name for logs and JSON ("invalid-input").
[[nodiscard]] std::string_view name_of(ErrorCode code);

// A call of what is cold tells the compiler that errors are seldom: what a function does about one
// lies apart from what it does else, and a start touches less code. So an Error is made, moved and
// destroyed out of line.
struct Error {
  ErrorCode code;
  std::string message;  // the sentence without a final period; untrusted text in it is quoted
  std::string remedy;   // what to do; empty when nothing useful can be said

  [[gnu::cold]] Error(ErrorCode code, std::string message, std::string remedy = {});
  [[gnu::cold]] Error(const Error& other);
  [[gnu::cold]] Error(Error&& other) noexcept;
  [[gnu::cold]] Error& operator=(const Error& other);
  [[gnu::cold]] Error& operator=(Error&& other) noexcept;
  [[gnu::cold]] ~Error();

  // Prefixes what was being done one level up: "reading the policy: <message>".
  [[nodiscard, gnu::cold]] Error within(std::string_view doing) &&;

  // message and remedy as one line, ready for stderr: "<message>; <remedy>".
  [[nodiscard, gnu::cold]] std::string sentence() const;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard, gnu::cold]] std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                     std::string remedy = {});

// A failed system call on an object, read from errno: "cannot open 'x': No such file or directory".
// Call it before anything else can change errno.
[[nodiscard, gnu::cold]] std::unexpected<Error> fail_errno(ErrorCode code, std::string_view doing,
                                                           std::string_view object,
                                                           std::string remedy = {});

// strerror without locale and without allocation beyond the string ("Permission denied").
[[nodiscard]] std::string_view errno_text(int error_number);

}  // namespace bulkhead::base
