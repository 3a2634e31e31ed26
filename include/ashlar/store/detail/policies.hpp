// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/core/clock.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/durability.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/sharding.hpp>

namespace ashlar::inline v0::detail {

// The slots of a store. An option goes where its concept says; a compression that is also a serializer is a compression.

struct BackendSlot {
  using standard = FilePerKey;
  template <class O>
  static constexpr bool takes = backend<O>;
};
struct DurabilitySlot {
  using standard = NoSync;
  template <class O>
  static constexpr bool takes = durability<O>;
};
struct ShardingSlot {
  using standard = ByHash;
  template <class O>
  static constexpr bool takes = sharding<O>;
};
struct CompressionSlot {
  using standard = NoCompression;
  template <class O>
  static constexpr bool takes = compression<O>;
};
struct SerializerSlot {
  using standard = Binary;
  template <class O>
  static constexpr bool takes = serializer<O> && !compression<O>;
};
struct FilesSlot {
  using standard = PosixFiles;
  template <class O>
  static constexpr bool takes = file_system<O>;
};
struct ClockSlot {
  using standard = std::chrono::system_clock;
  template <class O>
  static constexpr bool takes = clock<O>;
};

template <class Slot, class... Options>
struct Picked {
  using type = typename Slot::standard;
};
template <class Slot, class First, class... Rest>
struct Picked<Slot, First, Rest...>
    : std::conditional_t<Slot::template takes<First>, std::type_identity<First>, Picked<Slot, Rest...>> {};

template <class Slot, class... Options>
inline constexpr std::size_t options_for =
    (std::size_t{0} + ... + std::size_t{Slot::template takes<Options> ? 1U : 0U});

template <class O>
inline constexpr bool is_store_option =
    BackendSlot::takes<O> || DurabilitySlot::takes<O> || ShardingSlot::takes<O> || CompressionSlot::takes<O> ||
    SerializerSlot::takes<O> || FilesSlot::takes<O> || ClockSlot::takes<O>;

/// Carries the checks of one option, so that the compiler's message names it.
template <class Option>
struct CheckedOption {
  static_assert(is_store_option<Option>,
                "[ashlar] ShardedStore: an option is no backend, durability, sharding, compression, serializer, "
                "file_system or clock; look at what explain_backend<Mine>() and its like say");
  static constexpr bool ok = true;
};

/// The policies that a list of options chooses.
template <class... Options>
struct StorePolicies {
  static_assert((CheckedOption<Options>::ok && ...));
  static_assert(options_for<BackendSlot, Options...> <= 1, "[ashlar] ShardedStore: two backends; keep one");
  static_assert(options_for<DurabilitySlot, Options...> <= 1, "[ashlar] ShardedStore: two durabilities; keep one");
  static_assert(options_for<ShardingSlot, Options...> <= 1, "[ashlar] ShardedStore: two shardings; keep one");
  static_assert(options_for<CompressionSlot, Options...> <= 1, "[ashlar] ShardedStore: two compressions; keep one");
  static_assert(options_for<SerializerSlot, Options...> <= 1, "[ashlar] ShardedStore: two serializers; keep one");
  static_assert(options_for<FilesSlot, Options...> <= 1, "[ashlar] ShardedStore: two file systems; keep one");
  static_assert(options_for<ClockSlot, Options...> <= 1, "[ashlar] ShardedStore: two clocks; keep one");

  using backend_type = typename Picked<BackendSlot, Options...>::type;
  using durability_type = typename Picked<DurabilitySlot, Options...>::type;
  using sharding_type = typename Picked<ShardingSlot, Options...>::type;
  using compression_type = typename Picked<CompressionSlot, Options...>::type;
  using serializer_type = typename Picked<SerializerSlot, Options...>::type;
  using files_type = typename Picked<FilesSlot, Options...>::type;
  using clock_type = typename Picked<ClockSlot, Options...>::type;

  static_assert(
      backend_type::uses_files || options_for<DurabilitySlot, Options...> == 0,
      "[ashlar] ShardedStore: InMemory keeps nothing on a disk and so has no durability; remove that option, or "
      "write FilePerKey");
  static_assert(backend_type::uses_files || options_for<FilesSlot, Options...> == 0,
                "[ashlar] ShardedStore: InMemory uses no files and so no file_system; remove that option, or write "
                "FilePerKey");
  static_assert(
      !syncs_in_groups<durability_type> || requires { requires backend_type::commits_in_groups; },
      "[ashlar] ShardedStore: this backend cannot commit in groups; write SegmentLog, or SyncEachCommit and put_many");
};

/// The first of `values` that is a `T`, or a `T` made from nothing.
template <class T>
T chosen() {
  static_assert(
      std::default_initializable<T>,
      "[ashlar] ShardedStore: a policy has no default constructor; give its object to open(…) or the constructor");
  return T{};
}
template <class T, class First, class... Rest>
T chosen(const First& first, const Rest&... rest) {
  if constexpr (std::same_as<T, First>) {
    return first;
  } else {
    return chosen<T>(rest...);
  }
}

}  // namespace ashlar::inline v0::detail
