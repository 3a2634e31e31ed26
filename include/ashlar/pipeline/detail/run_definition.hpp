// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>

#include <ashlar/pipeline/detail/engine.hpp>
#include <ashlar/pipeline/detail/run.hpp>
#include <ashlar/pipeline/executor.hpp>

namespace ashlar::inline v0::detail {

[[gnu::cold]] inline RunReport run_program_on(Executor& executor, Program& program, const RunOptions& options) {
  Engine engine{program, options, executor};
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

template <class Unit>
[[gnu::cold]] RunReport run_program(Program& program, const RunOptions& options) {
  if (options.workers != 0) {
    Executor own{options.workers};
    return run_program_on(own, program, options);
  }
  Executor& executor = options.executor != nullptr ? *options.executor : Executor::machine();
  return run_program_on(executor, program, options);
}

}  // namespace ashlar::inline v0::detail
