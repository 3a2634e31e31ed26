// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ashlar/simd/target.hpp>

namespace {

using ashlar::detail::SimdTargets;

// What ran last, as the fake kernels of the cases below note it.
std::string installed;

// Starts this program again with ASHLAR_SIMD_TARGET=`target` for the case below that expects `expected`, "scalar" or
// "best": its exit status, -1 where a program cannot be started (under an emulator).
int run_again(const char* target, const char* expected) {
  std::string program(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", program.data(), program.size());
  if (length <= 0) {
    return -1;
  }
  program.resize(static_cast<std::size_t>(length));
  std::vector<std::string> variables{std::string{"ASHLAR_SIMD_TARGET="} + target,
                                     std::string{"ASHLAR_TEST_EXPECTS="} + expected};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view{*variable}.starts_with("ASHLAR_SIMD_TARGET=")) {
      variables.emplace_back(*variable);
    }
  }
  std::vector<char*> environment;
  for (std::string& variable : variables) {
    environment.push_back(variable.data());
  }
  environment.push_back(nullptr);
  std::string argument = "[.run_again]";
  char* arguments[] = {program.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failure = posix_spawn(&child, program.c_str(), &quiet, nullptr, arguments, environment.data());
  posix_spawn_file_actions_destroy(&quiet);
  int status = 0;
  if (failure != 0) {
    return -1;
  }
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return 1;
  }
  return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("The kernels run on the machine's best target, whatever flags this file was compiled with") {
  const char* named = std::getenv("ASHLAR_SIMD_TARGET");
  if (named != nullptr && *named != '\0') {
    SUCCEED("a target is named in the environment");
    return;
  }
  const std::string_view target = ashlar::simd_target();
  CAPTURE(target);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    REQUIRE(target.starts_with("AVX"));
    REQUIRE(target != "AVX2");
  } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")) {
    REQUIRE(target == "AVX2");
  } else {
    REQUIRE(target != "scalar");
  }
#elif defined(__aarch64__)
  REQUIRE(target.starts_with("NEON"));
#endif
}

TEST_CASE("The environment variable chooses the target; a name it does not know changes nothing") {
  const int scalar = run_again("scalar", "scalar");
  if (scalar == -1) {
    WARN("this program cannot start itself here: not checked");
    return;
  }
  REQUIRE(scalar == 0);
  REQUIRE(run_again("nonsense", "best") == 0);
  REQUIRE(run_again("", "best") == 0);
#if defined(__x86_64__)
  REQUIRE(run_again("nonsense", "scalar") != 0);
#endif
}

TEST_CASE("The target that was named in the environment runs", "[.run_again]") {
  const char* expected = std::getenv("ASHLAR_TEST_EXPECTS");
  if (expected == nullptr) {
    return;
  }
  const std::string target = ashlar::simd_target();
  if (expected == std::string_view{"scalar"}) {
    REQUIRE(target == "scalar");
  } else {
    ashlar::detail::simd_targets.use_best();
    REQUIRE(target == ashlar::simd_target());
  }
}

TEST_CASE("Each area gets the best target that the machine runs, and no other") {
  SimdTargets targets;
  targets.add({"a", "wide", 1, []() noexcept { installed += "a wide;"; }});
  targets.add({"a", "narrow", 4, []() noexcept { installed += "a narrow;"; }});
  targets.add({"b", "narrow", 4, []() noexcept { installed += "b narrow;"; }});
  targets.add({"a", "scalar", 0, []() noexcept { installed += "a scalar;"; }});
  targets.add({"b", "scalar", 0, []() noexcept { installed += "b scalar;"; }});
  targets.add({"a", "wide", 1, []() noexcept { installed += "twice;"; }});

  const auto best_on = [&](std::int64_t machine) {
    installed.clear();
    targets.set_machine(machine);
    targets.use_best();
    return installed + targets.current();
  };
  REQUIRE(best_on(1 | 2 | 4) == "a wide;b narrow;wide");
  REQUIRE(best_on(2 | 4) == "a narrow;b narrow;narrow");
  REQUIRE(best_on(2) == "a scalar;b scalar;scalar");

  targets.set_machine(4);
  installed.clear();
  REQUIRE_FALSE(targets.use("wide"));
  REQUIRE_FALSE(targets.use("unheard of"));
  REQUIRE(installed.empty());
  REQUIRE(targets.use("scalar"));
  REQUIRE(installed == "a scalar;b scalar;");
  REQUIRE(targets.current() == std::string_view{"scalar"});

  std::string names;
  targets.each([&](const char* name) { names += name; });
  REQUIRE(names == "narrowscalar");
}
