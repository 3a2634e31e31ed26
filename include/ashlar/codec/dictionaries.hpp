// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include <ashlar/codec/dictionary.hpp>

namespace ashlar::inline v0 {

/// The dictionaries that a program knows, by id and epoch. New values are packed with the newest epoch of their id; older
/// epochs stay, so that what they packed stays readable. Ids are shared by all values of a type, or by all keys with a
/// prefix (`assign`). Threads: all members may be called concurrently. Cost: a shared lock.
class Dictionaries {
 public:
  /// Replaces one of the same tag only if there is none yet: bytes that values were packed with never change.
  /// Returns whether it was added.
  bool add(Dictionary dictionary) {
    auto shared = std::make_shared<const Dictionary>(std::move(dictionary));
    const std::unique_lock lock{mutex_};
    return by_id_[shared->tag().id].emplace(shared->tag().epoch, shared).second;
  }

  /// The dictionary that `tag` names, or null.
  std::shared_ptr<const Dictionary> find(DictionaryTag tag) const {
    const std::shared_lock lock{mutex_};
    const auto epochs = by_id_.find(tag.id);
    if (epochs == by_id_.end()) return nullptr;
    const auto found = epochs->second.find(tag.epoch);
    return found == epochs->second.end() ? nullptr : found->second;
  }
  /// The one of `id` with the highest epoch, or null.
  std::shared_ptr<const Dictionary> newest(std::uint32_t id) const {
    const std::shared_lock lock{mutex_};
    const auto epochs = by_id_.find(id);
    return epochs == by_id_.end() || epochs->second.empty() ? nullptr : epochs->second.rbegin()->second;
  }

  /// Keys that begin with `prefix`, and with no longer prefix that is assigned, share dictionary `id`.
  void assign(std::string prefix, std::uint32_t id) {
    const std::unique_lock lock{mutex_};
    by_prefix_.insert_or_assign(std::move(prefix), id);
  }
  /// The id assigned to the longest prefix of `key`, or 0.
  std::uint32_t id_for(std::string_view key) const {
    const std::shared_lock lock{mutex_};
    for (std::size_t size = key.size() + 1; size-- > 0;) {
      if (const auto found = by_prefix_.find(key.substr(0, size)); found != by_prefix_.end()) return found->second;
    }
    return 0;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::uint32_t, std::map<std::uint32_t, std::shared_ptr<const Dictionary>>> by_id_;
  std::map<std::string, std::uint32_t, std::less<>> by_prefix_;
};

}  // namespace ashlar::inline v0
