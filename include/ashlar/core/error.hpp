// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ashlar/core/detail/text.hpp>

namespace ashlar::inline v0 {

/// What kind of thing went wrong outside the program. Values are stable; new ones are added at the end.
enum class ErrorCode : std::uint8_t {
  invalid_argument,   ///< the caller asked for something that cannot be
  not_found,          ///< a file, key or target that must exist does not
  already_exists,     ///< something that must be new is there already
  corrupt,            ///< bytes that fail their checksum or their format
  unsupported,        ///< a format, version or option this build does not know
  no_space,           ///< the device or the quota is full
  permission_denied,  ///< the system refuses access
  io,                 ///< any other failure of the system or a device
  busy,               ///< somebody else holds what is needed; trying again may help
  timeout,            ///< a deadline passed
  cancelled,          ///< stopped on request
  closed,             ///< used after it was closed
};

/// The name of a code, such as "no_space".
constexpr std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::permission_denied: return "permission_denied";
    case ErrorCode::io: return "io";
    case ErrorCode::busy: return "busy";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::closed: return "closed";
  }
  return "unknown";
}

/// A failure outside the program: its kind, and words that say what was wrong and what to do.
/// It is both the error of a `Result` and the exception that `Result::value()` throws.
/// Copying never throws. Threads: as any value.
class Error : public std::runtime_error {
 public:
  /// `message` names the object (a path, a key), the operation and the reason.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }

  /// The same error with `context` and ": " in front, for a caller that knows more.
  [[gnu::cold]] Error within(std::string_view context) const {
    return Error{code_, detail::joined({context, ": ", what()})};
  }

 private:
  ErrorCode code_;
};

/// The error of a failed system call: `action` ("open", "rename to x"), `object` (a path) and what the
/// system says of `error_number` (an `errno` value).
[[gnu::cold]] inline Error system_error(int error_number, std::string_view action, std::string_view object) {
  const std::error_code system{error_number, std::generic_category()};
  ErrorCode code = ErrorCode::io;
  if (system == std::errc::no_such_file_or_directory) code = ErrorCode::not_found;
  if (system == std::errc::file_exists) code = ErrorCode::already_exists;
  if (system == std::errc::no_space_on_device || error_number == 122 /* EDQUOT on Linux */) code = ErrorCode::no_space;
  if (system == std::errc::permission_denied || system == std::errc::operation_not_permitted ||
      system == std::errc::read_only_file_system) {
    code = ErrorCode::permission_denied;
  }
  return Error{code, detail::joined({"cannot ", action, " '", object, "': ", system.message()})};
}

}  // namespace ashlar::inline v0
