// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/in_memory_engine.hpp>

namespace ashlar::inline v0 {

/// Entries in the memory of this process, gone with the store: for tests, and where a store is asked for but nothing is
/// to be kept. Every promise but those of durability holds. Cost: a hash table behind one of 16 mutexes.
struct InMemory {
  static constexpr std::string_view name = "in_memory";
  static constexpr bool uses_files = false;

  template <class Environment>
  using engine = detail::InMemoryEngine<Environment>;
};

static_assert(backend<InMemory>);

}  // namespace ashlar::inline v0
