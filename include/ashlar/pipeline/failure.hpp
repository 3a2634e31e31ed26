// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include <ashlar/core/detail/text.hpp>

namespace ashlar::inline v0 {

/// One item that a run could not finish. Threads: as any value.
struct Failure {
  std::uint64_t item = 0;    ///< position of the item in the source, from 0
  std::size_t stage = 0;     ///< position of the stage in the pipeline; 0 is the source
  std::string stage_name;    ///< its name, such as "transform" or what `.named(…)` gave it
  std::string reason;        ///< the words of the exception or `Error`
  std::exception_ptr error;  ///< the exception itself
};

/// What `Pipeline::run()` throws when an item fails and the policy is `OnError::stop`:
/// names the stage and the item; the first failure itself is nested (`std::rethrow_if_nested`).
class StageError : public std::runtime_error, public std::nested_exception {
 public:
  /// To be constructed while the nested exception is being handled.
  [[gnu::cold]] explicit StageError(Failure failure)
      : std::runtime_error(detail::joined({"stage ", detail::Decimal{failure.stage}, " (", failure.stage_name,
                                           "), item ", detail::Decimal{failure.item}, ": ", failure.reason})),
        failure_{std::move(failure)} {}

  const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

namespace detail {

/// The words of any exception.
[[gnu::cold]] inline std::string words_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace detail

}  // namespace ashlar::inline v0
