// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace ashlar::inline v0::detail {

/// A copy of a loader that outlives the call it was given to.
template <class Loader>
auto owned_loader(const Loader& loader) {
  if constexpr (std::is_function_v<Loader>) {
    return &loader;
  } else if constexpr (requires { loader.owned(); }) {
    return loader.owned();
  } else {
    static_assert(std::copy_constructible<Loader>,
                  "[ashlar] get_or_load: this cache loads in the background, for which the loader is copied; capture "
                  "std::shared_ptr instead of what cannot be copied");
    return Loader(loader);
  }
}

/// A loader that wants no key, for who gives it one.
template <class Loader>
struct KeylessLoader {
  Loader* loader;
  template <class K>
  decltype(auto) operator()(const K&) const {
    return std::invoke(*loader);
  }
  auto owned() const {
    return [own = owned_loader(*loader)](const auto&) mutable { return std::invoke(own); };
  }
};

/// A loader made of references to another: `call` as long as these hold, `own(0)` a loader without any.
template <class Call, class Own>
struct LentLoader {
  Call call;
  Own own;
  template <class... A>
    requires std::invocable<const Call&, A...>
  decltype(auto) operator()(A&&... a) const {
    return call(std::forward<A>(a)...);
  }
  auto owned() const { return own(0); }
};
template <class Call, class Own>
LentLoader(Call, Own) -> LentLoader<Call, Own>;

}  // namespace ashlar::inline v0::detail
