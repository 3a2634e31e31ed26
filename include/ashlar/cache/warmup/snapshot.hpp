// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/tier_access.hpp>
#include <ashlar/cache/warmup/detail/snapshot_format.hpp>
#include <ashlar/codec/binary.hpp>
#include <ashlar/core/hash.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

namespace ashlar::inline v0 {

/// How a tier is saved.
struct SaveOptions {
  std::size_t most = std::numeric_limits<std::size_t>::max();  ///< entries that are saved at most
  std::uint64_t schema = 0;  ///< what keys and values mean; a snapshot of another schema is not restored
};

/// What was saved.
struct SaveReport {
  std::size_t saved = 0;     ///< entries in the file
  std::size_t left_out = 0;  ///< beyond `most`, or gone while the tier was being saved
  std::uint64_t bytes = 0;   ///< length of the file
};

/// How a snapshot is restored.
struct RestoreOptions {
  std::size_t most = std::numeric_limits<std::size_t>::max();  ///< entries that are restored at most
  std::uint64_t schema = 0;                                    ///< that of the snapshot
  /// By how much of what it has left an entry's life is shortened at most, evenly spread and the same for every restore
  /// of the snapshot, so that what comes back together does not expire together; 0 to 1.
  double stagger = 0.2;
};

/// What was restored.
struct RestoreReport {
  std::size_t restored = 0;
  std::size_t present = 0;   ///< newer in the tier already; left alone
  std::size_t expired = 0;   ///< whose time ended since
  std::size_t left_out = 0;  ///< beyond `most` or the tier's capacity, or to expire in a tier where nothing does
  /// Why the rest of the file is lost, when it is damaged; everything before was restored.
  std::optional<Error> damage = std::nullopt;
};

/// Writes what `tier` holds into the file `path`: first the keys in `hottest_first` (those of `AccessLog::top`, say),
/// in this order, then the others. The file is replaced in one step, so that a crash leaves the old one or the new;
/// of two savers at once one fails with `busy`. Readers and writers of the tier go on; each entry is as it was at some
/// moment in between. Times to live are saved as points of `Clock`'s time.
/// Errors: those of the file system and of the tier. Cost: a copy of the keys, one read per entry, which records no use
/// in a tier that has `peek_timed`. Save a cache's tier, not the cache: that one would read its lower level through.
template <scannable_tier Tier, file_system Files = PosixFiles, class Clock = std::chrono::system_clock>
Result<SaveReport> save_snapshot(Tier& tier, const std::string& path,
                                 std::span<const typename Tier::key_type> hottest_first = {}, SaveOptions options = {},
                                 const Files& files = {}, const Clock& clock = {}) {
  using K = typename Tier::key_type;
  static_assert(serializable<K> && serializable<typename Tier::mapped_type>,
                "[ashlar] save_snapshot: keys and values must be serializable; specialise ashlar::Serialize for them");
  std::vector<K> keys(hottest_first.begin(), hottest_first.end());
  {
    std::unordered_set<std::string> hot;
    for (const K& key : hottest_first) hot.insert(detail::snapshot_key(key));
    const auto collect = [&](const K& key, const auto&) {
      if (hot.empty() || !hot.contains(detail::snapshot_key(key))) keys.push_back(key);
    };
    if (Result<void> walked = detail::scan(tier, collect); !walked) return walked.error();
  }
  auto writer = detail::SnapshotWriter<Files>::create(files, path, options.schema);
  if (!writer) return writer.error();
  SaveReport report;
  std::vector<std::byte> entry;
  for (const K& key : keys) {
    auto found = detail::glance_timed(tier, key);
    if (!found) return found.error();
    if (!*found || report.saved == options.most) {
      ++report.left_out;
      continue;
    }
    const Timed<typename Tier::mapped_type>& timed = **found;
    const std::int64_t deadline =
        timed.ttl == forever ? detail::snapshot_forever : detail::snapshot_time(clock) + timed.ttl.count();
    entry.clear();
    detail::encode_snapshot_entry(key, timed.value, deadline, entry);
    if (Result<void> written = writer->add(entry); !written) return written.error();
    ++report.saved;
  }
  Result<std::uint64_t> bytes = writer->finish();
  if (!bytes) return bytes.error();
  report.bytes = *bytes;
  return report;
}

/// Puts the entries of the snapshot `path` into `tier`, hottest first, each for the time that it has left. What is there
/// already is newer and stays. Ends where the tier is full. Give it a tier, not a cache that would write through.
/// Errors: `not_found`, `corrupt` for what is no snapshot, `unsupported` for another version or schema, those of the
/// file system. A file that is damaged or cut short further on restores what comes before and says so in the report.
/// Cost: one pass in pieces of 64 KiB or one entry, whichever is larger.
template <tier Tier, file_system Files = PosixFiles, class Clock = std::chrono::system_clock>
Result<RestoreReport> restore_snapshot(Tier& tier, const std::string& path, RestoreOptions options = {},
                                       const Files& files = {}, const Clock& clock = {}) {
  using K = typename Tier::key_type;
  using V = typename Tier::mapped_type;
  static_assert(!source_tier<Tier>,
                "[ashlar] restore_snapshot: a source holds the truth; restore into the tier above it");
  auto reader = detail::SnapshotReader<Files>::open(files, path, options.schema);
  if (!reader) return reader.error();
  RestoreReport report;
  bool full = false;
  // Full is a tier with less room than the heaviest entry took, so that no cold entry costs a hot one its place.
  std::uint64_t weight = 0;
  std::uint64_t heaviest = 0;
  if constexpr (requires { tier.weight() >= tier.capacity(); }) weight = tier.weight();
  const double stagger = std::clamp(options.stagger, 0.0, 1.0);
  const auto put = [&](const K& key, V&& value, std::int64_t deadline) -> Result<void> {
    if (full || report.restored == options.most) {
      ++report.left_out;
      return {};
    }
    Lifetime life;
    if (deadline != detail::snapshot_forever) {
      if constexpr (!detail::takes_a_lifetime<Tier>) {
        ++report.left_out;
        return {};
      }
      const std::int64_t left = deadline - detail::snapshot_time(clock);
      if (left <= 0) {
        ++report.expired;
        return {};
      }
      const double unit =
          static_cast<double>(hash_mix(static_cast<std::uint64_t>(deadline) + report.restored) >> 11) * 0x1p-53;
      const auto cut = static_cast<std::int64_t>(static_cast<double>(left) * stagger * unit);
      life = std::chrono::nanoseconds{std::max<std::int64_t>(left - cut, 1)};
    }
    const Result<bool> there = detail::has(tier, key);
    if (!there) return there.error();
    if (*there) {
      ++report.present;
      return {};
    }
    Result<void> written = detail::write(tier, key, std::move(value), life);
    if (!written) return written;
    ++report.restored;
    if constexpr (requires { tier.weight() >= tier.capacity(); }) {
      const std::uint64_t now = tier.weight();
      heaviest = std::max(heaviest, now - std::min(now, weight));
      weight = now;
      full = tier.capacity() - std::min<std::uint64_t>(tier.capacity(), weight) < heaviest;
    }
    return {};
  };
  Result<void> read = reader->template for_each<K, V>(put, report.damage);
  if (!read) return read.error();
  return report;
}

}  // namespace ashlar::inline v0
