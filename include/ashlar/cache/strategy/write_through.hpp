// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/cache/concepts.hpp>

namespace ashlar::inline v0 {

/// A write goes to the lower level first and then to the upper one. When the lower level fails, the caller gets the
/// error and the upper copy is dropped, so that no reader sees what was not written. The default.
/// Cost: a write takes as long as the lower level does.
struct WriteThrough {
  template <class Levels>
  class Writer {
   public:
    using key_type = typename Levels::key_type;
    using mapped_type = typename Levels::mapped_type;

    Writer(const WriteThrough&, Levels& levels) noexcept : levels_{&levels} {}

    Result<void> put(const key_type& key, const mapped_type& value, Lifetime life) {
      return below_first(
          key, [&] { return levels_->put_below(key, value, life); },
          [&] { return levels_->put_above(key, value, life); });
    }
    Result<bool> erase(const key_type& key) {
      return below_first(key, [&] { return levels_->erase_below(key); }, [&] { return levels_->drop_above(key); });
    }

   private:
    // Whatever goes wrong on either level, an exception included, no copy stays above.
    template <class Below, class Above>
    auto below_first(const key_type& key, Below below, Above above) -> decltype(below()) {
      try {
        auto written = below();
        if (written) {
          auto shown = above();
          if (shown) return either(std::move(written), std::move(shown));
          written = shown.error();
        }
        static_cast<void>(levels_->drop_above(key));
        return written;
      } catch (...) {
        static_cast<void>(levels_->drop_above(key));
        throw;
      }
    }
    static Result<void> either(Result<void>, Result<void>) { return {}; }
    static Result<bool> either(Result<bool> below, Result<bool> above) { return *below || *above; }

    Levels* levels_;
  };
};

static_assert(strategy<WriteThrough>);

}  // namespace ashlar::inline v0
