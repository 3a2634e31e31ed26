// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <ashlar/pipeline/detail/engine.hpp>

namespace ashlar::inline v0::detail {

/// Runs a program to its end; what `Pipeline::run` does that depends on no type.
[[gnu::cold]] inline RunReport run_program(Program& program, const RunOptions& options, std::vector<StageSpec> stages) {
  const std::unique_ptr<Executor> own = options.workers != 0 ? std::make_unique<Executor>(options.workers) : nullptr;
  Executor& executor = own != nullptr ? *own : options.executor != nullptr ? *options.executor : Executor::machine();
  Engine engine{program, options, executor, std::move(stages)};
  struct Close {
    Program& program;
    ~Close() { program.close_source(); }
  } close{program};
  program.open();
  engine.expect(program.total());
  RunReport report = engine.run();
  if (const Failure* failed = engine.first_error()) {
    try {
      std::rethrow_exception(failed->error);
    } catch (...) {
      throw StageError{*failed};
    }
  }
  return report;
}

}  // namespace ashlar::inline v0::detail
