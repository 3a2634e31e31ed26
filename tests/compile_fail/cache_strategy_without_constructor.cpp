// expect: \[ashlar\] strategy: add the constructor .Writer\(const S&, Levels&\)
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/cache/concepts.hpp>

struct Mine {
  template <class Levels>
  struct Writer {
#ifdef FIXED
    Writer(const Mine&, Levels&) {}
#endif
    ashlar::Result<void> put(const typename Levels::key_type&, const typename Levels::mapped_type&, ashlar::Lifetime);
    ashlar::Result<bool> erase(const typename Levels::key_type&);
  };
};
static_assert(ashlar::explain_strategy<Mine>());
