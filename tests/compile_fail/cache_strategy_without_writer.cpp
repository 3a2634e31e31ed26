// expect: \[ashlar\] strategy: add .template <class Levels> class Writer
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
#ifdef FIXED
  template <class Levels>
  struct Writer {
    Writer(const Mine&, Levels&) {}
    ashlar::Result<void> put(const typename Levels::key_type&, const typename Levels::mapped_type&, ashlar::Lifetime);
    ashlar::Result<bool> erase(const typename Levels::key_type&);
  };
#endif
};
static_assert(ashlar::explain_strategy<Mine>());
