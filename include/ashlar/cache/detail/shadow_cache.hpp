// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ashlar::inline v0::detail {

/// One way to run two queues: new entries pass a window and reach the main queue by merit.
struct QueueRule {
  std::uint16_t window;        ///< share of the capacity that is window, in thousandths; 1000: there is no main queue
  std::uint8_t promoted_at;    ///< uses within the window that lead to the main queue
  bool recalls = true;         ///< what comes back soon after it left the window enters the main queue
  bool forgives_once = false;  ///< a pass of the hand forgets all uses of an entry, not one

  /// One in so many new entries enters the main queue by luck.
  static constexpr std::uint32_t luck = 100;

  constexpr std::uint64_t window_of(std::uint64_t capacity) const noexcept {
    return std::max<std::uint64_t>(1, (capacity * window + 500) / 1000);
  }
  constexpr bool has_main() const noexcept { return window < 1000; }
  constexpr std::uint8_t passed(std::uint8_t uses) const noexcept {
    return forgives_once ? std::uint8_t{0} : static_cast<std::uint8_t>(uses - 1);
  }
};

/// A miniature of a cache that runs a `QueueRule`, with fingerprints instead of entries: what it would have held had it
/// been asked only for a sample of the keys, at a size reduced alike (miniature simulation; Waldspurger et al. 2017).
///
/// Its state is one row of cells `fingerprint << 2 | uses`: the window, the main queue, then what left the window
/// lately, each newest first. Oldest of the window to newest of the main queue is thus a move of the border only.
/// Cost: linear in its few hundred cells.
class ShadowCache {
 public:
  using Cell = std::uint32_t;
  static constexpr unsigned print_bits = 30;

  /// How many cells a miniature of this capacity needs.
  static constexpr std::size_t cells_for(std::size_t capacity) noexcept { return 2 * capacity; }

  /// The key of this fingerprint is used: true on a hit. `chance` is the same for every rule that is compared.
  bool use(std::span<Cell> row, std::size_t capacity, const QueueRule& rule, Cell print,
           std::uint32_t chance) noexcept {
    const std::size_t at = find(row.first(window_ + main_ + ghosts_), print);
    if (at < window_ + main_) {
      if ((row[at] & most) < most) ++row[at];
      return true;
    }
    const bool back = at < window_ + main_ + ghosts_;
    if (back) {
      std::copy(row.begin() + offset(at + 1), row.begin() + offset(window_ + main_ + ghosts_),
                row.begin() + offset(at));
      --ghosts_;
    }
    const bool to_main = rule.has_main() && ((back && rule.recalls) || chance % QueueRule::luck == 0);
    while (window_ + main_ >= capacity) {
      const Leaver leaver = choose(row, capacity, rule);
      // Most often one leaves for good just as the new one comes: then only what lies between their places moves.
      if (leaver == Leaver::window_end && !to_main) {
        const Cell left = shift(row, 0, window_, print << 2);
        ghosts_ = std::min(ghosts_ + 1, capacity);
        shift(row, window_ + main_, window_ + main_ + ghosts_, left & ~most);
        return false;
      }
      if (leaver == Leaver::main_end) {
        shift(row, to_main ? window_ : 0, window_ + main_, print << 2);
        if (!to_main) ++window_, --main_;
        return false;
      }
      step(row, capacity, rule, leaver);
    }
    const std::size_t into = to_main ? window_ : 0;
    std::copy_backward(row.begin() + offset(into), row.begin() + offset(window_ + main_ + ghosts_),
                       row.begin() + offset(window_ + main_ + ghosts_ + 1));
    row[into] = print << 2;
    ++(to_main ? main_ : window_);
    return false;
  }

  std::size_t window() const noexcept { return window_; }
  std::size_t main() const noexcept { return main_; }
  std::size_t ghosts() const noexcept { return ghosts_; }

 private:
  static constexpr Cell most = 3;
  static constexpr std::ptrdiff_t offset(std::size_t i) noexcept { return static_cast<std::ptrdiff_t>(i); }

  static std::size_t find(std::span<const Cell> row, Cell print) noexcept {
    std::size_t i = 0;
    for (; i + stride <= row.size(); i += stride) {
      const std::uint32_t found = equal_to(print, row.data() + i);
      if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found));
    }
    while (i < row.size() && (row[i] >> 2) != print) ++i;
    return i;
  }
  /// So many cells are compared without a branch.
  static constexpr std::size_t stride = 16;
  /// Bit i is set when `cells[i]` is of this fingerprint.
  static std::uint32_t equal_to(Cell print, const Cell* cells) noexcept {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(print));
    const auto same = [&](std::size_t i) {
      const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(cells + i));
      return _mm_cmpeq_epi32(_mm_srli_epi32(four, 2), wanted);
    };
    const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(same(0), same(4)), _mm_packs_epi32(same(8), same(12)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
#else
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < stride; ++i) found |= static_cast<std::uint32_t>((cells[i] >> 2) == print) << i;
    return found;
#endif
  }

  /// What becomes of the oldest entry of the queue that has more than its share.
  enum class Leaver : std::uint8_t { promoted, window_again, window_end, main_again, main_end };

  Leaver choose(std::span<const Cell> row, std::size_t capacity, const QueueRule& rule) const noexcept {
    const std::size_t share = static_cast<std::size_t>(rule.window_of(capacity));
    if (window_ > 0 && (main_ == 0 || main_ + share <= capacity)) {
      const Cell uses = row[window_ - 1] & most;
      if (rule.has_main()) return uses >= rule.promoted_at ? Leaver::promoted : Leaver::window_end;
      return uses > 0 ? Leaver::window_again : Leaver::window_end;
    }
    return (row[window_ + main_ - 1] & most) > 0 ? Leaver::main_again : Leaver::main_end;
  }

  /// Moves it: on, back to the front, or out of the window; what leaves the main queue has gone before.
  void step(std::span<Cell> row, std::size_t capacity, const QueueRule& rule, Leaver leaver) noexcept {
    if (leaver == Leaver::promoted) {
      row[window_ - 1] &= ~most;
      --window_;
      ++main_;
    } else if (leaver == Leaver::window_end) {
      const Cell cell = row[window_ - 1];
      std::copy(row.begin() + offset(window_), row.begin() + offset(window_ + main_),
                row.begin() + offset(window_ - 1));
      --window_;
      row[window_ + main_] = cell & ~most;
      ghosts_ = std::min(ghosts_ + 1, capacity);
    } else {
      const bool in_window = leaver == Leaver::window_again;
      const std::size_t last = in_window ? window_ : window_ + main_;
      const Cell cell = row[last - 1];
      const Cell again = (cell & ~most) | rule.passed(static_cast<std::uint8_t>(cell & most));
      shift(row, in_window ? 0 : window_, last, again);
    }
  }

  /// `next` becomes the first of [first, last), whose last leaves and is returned.
  static Cell shift(std::span<Cell> row, std::size_t first, std::size_t last, Cell next) noexcept {
    const Cell left = row[last - 1];
    std::copy_backward(row.begin() + offset(first), row.begin() + offset(last - 1), row.begin() + offset(last));
    row[first] = next;
    return left;
  }

  std::size_t window_ = 0;
  std::size_t main_ = 0;
  std::size_t ghosts_ = 0;
};

}  // namespace ashlar::inline v0::detail
