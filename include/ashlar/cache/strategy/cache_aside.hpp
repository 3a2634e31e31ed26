// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/concepts.hpp>

namespace ashlar::inline v0 {

/// A write goes to the lower level and removes the upper copy; the next read fills it. For values that are written
/// more often than they are read, and where the lower level may change what it is given.
/// Whatever the lower level answers, an exception included, the upper copy is gone. Cost: as the lower level.
struct CacheAside {
  static constexpr bool needs_lower_tier = true;

  template <class Levels>
  class Writer {
   public:
    using key_type = typename Levels::key_type;
    using mapped_type = typename Levels::mapped_type;

    Writer(const CacheAside&, Levels& levels) noexcept : levels_{&levels} {}

    Result<void> put(const key_type& key, const mapped_type& value, Lifetime life) {
      return and_drop(key, [&] { return levels_->put_below(key, value, life); });
    }
    Result<bool> erase(const key_type& key) {
      return and_drop(key, [&] { return levels_->erase_below(key); });
    }

   private:
    template <class Below>
    auto and_drop(const key_type& key, Below below) -> decltype(below()) {
      auto answer = [&] {
        try {
          return below();
        } catch (...) {
          static_cast<void>(levels_->drop_above(key));
          throw;
        }
      }();
      const Result<bool> dropped = levels_->drop_above(key);
      if (answer && !dropped) return dropped.error();
      return answer;
    }

    Levels* levels_;
  };
};

static_assert(strategy<CacheAside>);

}  // namespace ashlar::inline v0
