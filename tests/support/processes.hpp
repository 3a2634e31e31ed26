// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

namespace ashlar_test {

/// A child process that runs `body` and ends with 0 when it returned true. Killed when it is still there at the end.
/// Fork from single-threaded tests only.
class Process {
 public:
  template <class Body>
  explicit Process(Body&& body) {
    std::fflush(nullptr);
    id_ = ::fork();
    if (id_ < 0) throw std::runtime_error{"fork failed"};
    if (id_ == 0) {
      std::signal(SIGABRT, SIG_DFL);  // Catch's handler allocates, which a signal handler must not
      int status = 1;
      try {
        status = body() ? 0 : 2;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
      }
      ::_exit(status);
    }
  }
  Process(Process&& other) noexcept : id_{std::exchange(other.id_, 0)} {}
  Process& operator=(Process&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Process() {
    if (id_ > 0) kill();
  }

  enum class End { success, failure, signal };

  /// Waits for the end: success when the body returned true.
  End end() {
    if (id_ == 0) return End::failure;
    int status = 0;
    ::waitpid(std::exchange(id_, 0), &status, 0);
    if (WIFSIGNALED(status)) return End::signal;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? End::success : End::failure;
  }
  /// Waits for the end; whether the body returned true. False for one that was killed.
  bool succeeded() { return end() == End::success; }
  /// SIGSTOP, at whatever instruction it is, and on again.
  void stop() { ::kill(id_, SIGSTOP); }
  void resume() { ::kill(id_, SIGCONT); }
  /// SIGKILL, at whatever instruction it is.
  void kill() {
    ::kill(id_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(id_, 0), &status, 0);
  }

 private:
  pid_t id_ = 0;
};

/// A `T` in memory that this process shares with its children. `T` needs no destructor.
template <class T>
class Shared {
 public:
  Shared() {
    void* memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    object_ = new (memory) T{};
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(object_, sizeof(T)); }

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  T* object_;
};

}  // namespace ashlar_test
