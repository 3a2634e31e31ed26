// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/file_per_key_engine.hpp>

namespace ashlar::inline v0 {

/// One file per entry, below a name made of the key's hash: easy to look at, to copy and to share.
///
/// ```
/// cache_dir/metadata.json                 format, version, backend, when it was made
/// cache_dir/file_caches/3f/3f…d2.cache    one entry: header with checksum, key, value
/// cache_dir/tmp/                          files under construction, one owner per process
/// cache_dir/locks                         kernel locks of keys, for conditional writes
/// cache_dir/summary.json                  totals, written on demand
/// ```
/// A value is written to a file under construction, which then takes the entry's name in one step, so that readers
/// see the old value or the new one. A process that dies leaves at most a file in `tmp`, which the next one removes.
/// Any number of processes; nobody waits for anybody but for conditional writes of the same key.
///
/// Costs, per operation: a read opens one file (about 6 µs warm), a write makes and renames one (40 µs and more), a
/// synced write adds two flushes of the device. Two keys whose 128-bit hashes are equal would replace each other; that is
/// not to be expected of keys that are not made for it.
struct FilePerKey {
  static constexpr std::string_view name = "file_per_key";
  static constexpr bool uses_files = true;

  template <class Environment>
  using engine = detail::FilePerKeyEngine<Environment>;
};

static_assert(backend<FilePerKey>);

}  // namespace ashlar::inline v0
