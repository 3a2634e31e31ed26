// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ashlar::inline v0::detail {

/// The kernel's queue of system calls that somebody else waits for, through the kernel's own interface
/// (`man io_uring`): enough of it to open files. One thread at a time.
/// Where the kernel refuses one (an old kernel, a sandbox) `open()` is false; then, and before it, only `usable()` and
/// `under_way()` may be called.
class Uring {
 public:
  Uring() noexcept = default;
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;
  ~Uring() { shut(); }

  /// Asks the kernel for a queue of so many calls.
  [[gnu::cold]] bool open(unsigned entries) noexcept {
    if (!start(entries)) shut();
    return usable();
  }
  /// Gives it back; what is under way is given up.
  [[gnu::cold]] void shut() noexcept {
    if (rings_ != nullptr) ::munmap(rings_, rings_size_);
    if (calls_ != nullptr) ::munmap(calls_, calls_size_);
    if (fd_ >= 0) ::close(fd_);
    rings_ = nullptr;
    calls_ = nullptr;
    fd_ = -1;
    tail_ = under_way_ = 0;
  }
  bool usable() const noexcept { return calls_ != nullptr; }
  /// Calls that were begun and whose results have not been taken.
  unsigned under_way() const noexcept { return under_way_; }

  /// Begins to open a file for reading; false where it could not be begun. `path` is not needed afterwards.
  bool open_file(std::uint64_t tag, const char* path) noexcept {
    io_uring_sqe* call = next(tag);
    if (call == nullptr) return false;
    call->opcode = IORING_OP_OPENAT;
    call->fd = AT_FDCWD;
    call->addr = reinterpret_cast<std::uintptr_t>(path);
    call->open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    return submit();
  }
  /// Takes the results that have come: `take(tag, result)`, where a result is what the call returns or `-errno`.
  template <class F>
  void reap(F take) noexcept {
    unsigned head = *done_head_;
    const unsigned tail = std::atomic_ref{*done_tail_}.load(std::memory_order_acquire);
    for (; head != tail; ++head) {
      const io_uring_cqe& done = done_[head & done_mask_];
      --under_way_;
      take(std::uint64_t{done.user_data}, int{done.res});
    }
    std::atomic_ref{*done_head_}.store(head, std::memory_order_release);
  }
  /// Waits for one result.
  void wait() noexcept { static_cast<void>(enter(0, 1, IORING_ENTER_GETEVENTS)); }

 private:
  [[gnu::cold]] bool start(unsigned entries) noexcept {
    io_uring_params wanted{};
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, entries, &wanted));
    if (fd_ < 0) return false;
    ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
    constexpr unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP;
    if ((wanted.features & needed) != needed) return false;
    const std::size_t submissions = wanted.sq_off.array + wanted.sq_entries * sizeof(unsigned);
    const std::size_t completions = wanted.cq_off.cqes + wanted.cq_entries * sizeof(io_uring_cqe);
    rings_size_ = submissions > completions ? submissions : completions;
    calls_size_ = wanted.sq_entries * sizeof(io_uring_sqe);
    rings_ = map(rings_size_, IORING_OFF_SQ_RING);
    calls_ = static_cast<io_uring_sqe*>(map(calls_size_, IORING_OFF_SQES));
    if (rings_ == nullptr || calls_ == nullptr) return false;
    char* base = static_cast<char*>(rings_);
    const auto at = [base](unsigned offset) { return reinterpret_cast<unsigned*>(base + offset); };
    submit_tail_ = at(wanted.sq_off.tail);
    submit_mask_ = *at(wanted.sq_off.ring_mask);
    order_ = at(wanted.sq_off.array);
    done_head_ = at(wanted.cq_off.head);
    done_tail_ = at(wanted.cq_off.tail);
    done_mask_ = *at(wanted.cq_off.ring_mask);
    done_ = reinterpret_cast<io_uring_cqe*>(base + wanted.cq_off.cqes);
    entries_ = wanted.sq_entries;
    return true;
  }
  void* map(std::size_t size, std::uint64_t offset) const noexcept {
    void* memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, static_cast<off_t>(offset));
    return memory == MAP_FAILED ? nullptr : memory;
  }
  io_uring_sqe* next(std::uint64_t tag) noexcept {
    if (under_way_ == entries_) return nullptr;
    io_uring_sqe* call = &calls_[tail_ & submit_mask_];
    *call = io_uring_sqe{};
    call->user_data = tag;
    return call;
  }
  bool submit() noexcept {
    order_[tail_ & submit_mask_] = tail_ & submit_mask_;
    std::atomic_ref{*submit_tail_}.store(tail_ + 1, std::memory_order_release);
    if (enter(1, 0, 0) != 1) {  // the kernel has not taken it: as if it had never been there
      std::atomic_ref{*submit_tail_}.store(tail_, std::memory_order_release);
      return false;
    }
    ++tail_;
    ++under_way_;
    return true;
  }
  int enter(unsigned submit, unsigned complete, unsigned flags) const noexcept {
    int n = -1;
    do {
      n = static_cast<int>(::syscall(SYS_io_uring_enter, fd_, submit, complete, flags, nullptr, std::size_t{0}));
    } while (n < 0 && errno == EINTR);
    return n;
  }

  int fd_ = -1;
  void* rings_ = nullptr;
  io_uring_sqe* calls_ = nullptr;
  std::size_t rings_size_ = 0;
  std::size_t calls_size_ = 0;
  unsigned* submit_tail_ = nullptr;
  unsigned* order_ = nullptr;
  unsigned* done_head_ = nullptr;
  unsigned* done_tail_ = nullptr;
  io_uring_cqe* done_ = nullptr;
  unsigned submit_mask_ = 0;
  unsigned done_mask_ = 0;
  unsigned entries_ = 0;
  unsigned tail_ = 0;
  unsigned under_way_ = 0;
};

}  // namespace ashlar::inline v0::detail
