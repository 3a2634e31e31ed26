// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

namespace ashlar::inline v0::detail {

/// Says who is reading something that may go away: whoever wants to take it down first makes it unreachable, then waits
/// until everybody who might have reached it has left. Threads: all of it may be called concurrently.
class ReaderPins {
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> readers{0};
  };

 public:
  /// While it lives, nothing that could be reached when it was made is taken down.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept : slot_{std::exchange(other.slot_, nullptr)} {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(slot_, other.slot_);
      return *this;
    }
    ~Pin() {
      // Release: what was read is read before the count goes down.
      if (slot_ != nullptr) slot_->readers.fetch_sub(1, std::memory_order_release);
    }

   private:
    friend ReaderPins;
    explicit Pin(Slot& slot) noexcept : slot_{&slot} {}
    Slot* slot_ = nullptr;
  };

  Pin pin() noexcept {
    Slot& slot = slots_[number_of_thread() % slots_.size()];
    // Sequentially consistent, as `everybody_left` and what made the thing unreachable: one of the two sees the other.
    slot.readers.fetch_add(1, std::memory_order_seq_cst);
    return Pin{slot};
  }

  /// Whether all who were reading when this was called have left. Waits a little for them, not for those who stay.
  bool everybody_left() const noexcept {
    for (const Slot& slot : slots_) {
      int tries = 0;
      while (slot.readers.load(std::memory_order_seq_cst) != 0) {
        if (++tries > 200) return false;
        std::this_thread::yield();
      }
    }
    return true;
  }

 private:
  static std::size_t number_of_thread() noexcept {
    static std::atomic<std::size_t> threads{0};
    static thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed);
    return mine;
  }

  std::array<Slot, 32> slots_{};
};

}  // namespace ashlar::inline v0::detail
