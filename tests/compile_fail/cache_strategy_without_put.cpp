// expect: \[ashlar\] strategy: add .Result<void> Writer::put
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  template <class Levels>
  struct Writer {
    Writer(const Mine&, Levels&) {}
#ifdef FIXED
    ashlar::Result<void> put(const typename Levels::key_type&, const typename Levels::mapped_type&, ashlar::Lifetime);
#endif
    ashlar::Result<bool> erase(const typename Levels::key_type&);
  };
};
static_assert(ashlar::explain_strategy<Mine>());
