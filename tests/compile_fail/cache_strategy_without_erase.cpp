// expect: \[ashlar\] strategy: add .Result<bool> Writer::erase
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  template <class Levels>
  struct Writer {
    Writer(const Mine&, Levels&) {}
    ashlar::Result<void> put(const typename Levels::key_type&, const typename Levels::mapped_type&, ashlar::Lifetime);
#ifdef FIXED
    ashlar::Result<bool> erase(const typename Levels::key_type&);
#endif
  };
};
static_assert(ashlar::explain_strategy<Mine>());
