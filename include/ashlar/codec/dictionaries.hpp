// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    const DictionaryTag tag = dictionary.tag();
    auto shared = std::make_shared<const Dictionary>(std::move(dictionary));
    const std::unique_lock lock{mutex_};
    const std::size_t at = place_of(tag);
    if (at < by_tag_.size() && by_tag_[at]->tag() == tag) return false;
    by_tag_.insert(by_tag_.begin() + static_cast<std::ptrdiff_t>(at), std::move(shared));
    return true;
  }

  /// The dictionary that `tag` names, or null.
  std::shared_ptr<const Dictionary> find(DictionaryTag tag) const {
    const std::shared_lock lock{mutex_};
    const std::size_t at = place_of(tag);
    return at < by_tag_.size() && by_tag_[at]->tag() == tag ? by_tag_[at] : nullptr;
  }
  /// The one of `id` with the highest epoch, or null.
  std::shared_ptr<const Dictionary> newest(std::uint32_t id) const {
    const std::shared_lock lock{mutex_};
    const std::size_t end = place_of({id, UINT32_MAX});
    if (end < by_tag_.size() && by_tag_[end]->tag() == DictionaryTag{id, UINT32_MAX}) return by_tag_[end];
    return end > 0 && by_tag_[end - 1]->tag().id == id ? by_tag_[end - 1] : nullptr;
  }

  /// Keys that begin with `prefix`, and with no longer prefix that is assigned, share dictionary `id`.
  void assign(std::string prefix, std::uint32_t id) {
    const std::unique_lock lock{mutex_};
    const std::size_t at = place_of(prefix);
    if (at < by_prefix_.size() && by_prefix_[at].prefix == prefix) {
      by_prefix_[at].id = id;
    } else {
      by_prefix_.insert(by_prefix_.begin() + static_cast<std::ptrdiff_t>(at), {std::move(prefix), id});
    }
  }
  /// The id assigned to the longest prefix of `key`, or 0.
  std::uint32_t id_for(std::string_view key) const {
    const std::shared_lock lock{mutex_};
    for (std::size_t size = key.size() + 1; size-- > 0;) {
      const std::size_t at = place_of(key.substr(0, size));
      if (at < by_prefix_.size() && by_prefix_[at].prefix == key.substr(0, size)) return by_prefix_[at].id;
    }
    return 0;
  }

 private:
  struct Assigned {
    std::string prefix;
    std::uint32_t id;
  };

  // Where it is, or belongs.
  std::size_t place_of(DictionaryTag tag) const noexcept {
    const auto before = [](const std::shared_ptr<const Dictionary>& each, DictionaryTag one) {
      return each->tag().id != one.id ? each->tag().id < one.id : each->tag().epoch < one.epoch;
    };
    return static_cast<std::size_t>(std::lower_bound(by_tag_.begin(), by_tag_.end(), tag, before) - by_tag_.begin());
  }
  std::size_t place_of(std::string_view prefix) const noexcept {
    const auto before = [](const Assigned& each, std::string_view one) { return each.prefix < one; };
    return static_cast<std::size_t>(std::lower_bound(by_prefix_.begin(), by_prefix_.end(), prefix, before) -
                                    by_prefix_.begin());
  }

  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<const Dictionary>> by_tag_;  // in order, as are the prefixes
  std::vector<Assigned> by_prefix_;
};

}  // namespace ashlar::inline v0
