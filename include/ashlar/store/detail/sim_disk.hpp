// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::inline v0::detail {

/// A small generator with a seed (SplitMix64, Steele, Lea and Flood 2014).
class SimRandom {
 public:
  explicit SimRandom(std::uint64_t seed) noexcept : state_{seed} {}
  std::uint64_t operator()() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : (*this)() % bound; }
  bool chance(double probability) noexcept {
    return static_cast<double>((*this)() >> 11) < probability * 9007199254740992.0;
  }

 private:
  std::uint64_t state_;
};

/// Bytes whose place in memory does not change while they are mapped.
class SimContent {
 public:
  std::size_t size() const noexcept { return size_; }
  std::byte* data() const noexcept { return bytes_.get(); }

  /// False when mapped bytes would have to move.
  bool resize(std::size_t size) {
    if (!reserve(size)) return false;
    if (size < size_) std::memset(bytes_.get() + size, 0, size_ - size);
    size_ = size;
    return true;
  }
  bool reserve(std::size_t capacity) {
    if (capacity <= capacity_) return true;
    if (pinned_) return false;
    capacity = std::max(capacity, capacity_ * 2);
    auto larger = std::make_unique<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
    return true;
  }
  void pin() noexcept { pinned_ = true; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool pinned_ = false;
};

/// A file or directory of a simulated disk, as programs see it and as the device has it.
struct SimNode {
  static constexpr std::size_t block = 4096;
  static constexpr std::size_t sector = 512;

  struct NameChange {
    std::string name;
    std::shared_ptr<SimNode> node;  // null: the name goes
  };
  struct Lock {
    std::uint64_t exclusive = 0;  // the open file that holds it
    std::set<std::uint64_t> shared;
  };

  std::uint64_t id = 0;
  bool is_directory = false;

  SimContent seen;
  std::vector<std::byte> durable;
  std::set<std::size_t> lost;  // blocks that a failed sync gave up: they count as clean until written again
  std::map<std::uint64_t, Lock> locks;

  std::map<std::string, std::shared_ptr<SimNode>> names;
  std::map<std::string, std::shared_ptr<SimNode>> durable_names;
  std::vector<NameChange> unsynced;

  void change_name(const std::string& name, std::shared_ptr<SimNode> node) {
    if (node) {
      names[name] = node;
    } else {
      names.erase(name);
    }
    unsynced.push_back({name, std::move(node)});
  }

  std::size_t blocks() const noexcept { return (std::max(seen.size(), durable.size()) + block - 1) / block; }

  /// Brings `count` bytes from `from` of what programs see to the device.
  void write_back(std::size_t from, std::size_t count) {
    const std::size_t end = std::min(from + count, seen.size());
    if (from >= end) return;
    if (durable.size() < end) durable.resize(end);
    std::memcpy(durable.data() + from, seen.data() + from, end - from);
  }

  void sync() {
    durable.resize(seen.size());
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (!lost.contains(b)) write_back(b * block, block);
    }
  }

  /// A sync that failed: some blocks got there, and the rest count as clean from now on.
  void fail_sync(SimRandom& random) {
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (random.chance(0.3)) {
        write_back(b * block, block);
      } else {
        lost.insert(b);
      }
    }
  }

  /// What the device has when the power goes: each block as it was synced or as it was seen, some cut in between.
  std::vector<std::byte> after_power_loss(SimRandom& random, double kept) const {
    std::vector<std::byte> left = durable;
    if (seen.size() != durable.size() && random.chance(kept)) left.resize(seen.size());
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (lost.contains(b) || !random.chance(kept)) continue;
      std::size_t count = block;
      if (random.below(8) == 0) count = sector * random.below(block / sector);
      const std::size_t from = b * block;
      const std::size_t end = std::min({from + count, seen.size(), left.size()});
      if (from < end) std::memcpy(left.data() + from, seen.data() + from, end - from);
    }
    return left;
  }
};

/// The state that all `FaultyFiles` of one simulated machine share.
struct SimDisk {
  std::mutex mutex;
  std::condition_variable unlocked;
  std::shared_ptr<SimNode> root;
  std::uint64_t next_id = 1;
  std::uint64_t next_open = 1;
  std::uint64_t operations = 0;
  std::uint64_t boot = 1;
  bool stopped = false;
  SimRandom random{0};

  SimDisk() : root{make_node(true)} {}

  std::shared_ptr<SimNode> make_node(bool is_directory) {
    auto node = std::make_shared<SimNode>();
    node->id = next_id++;
    node->is_directory = is_directory;
    return node;
  }

  struct Place {
    std::shared_ptr<SimNode> directory;  // null: there is none
    std::string name;                    // empty: the root
  };

  Place place(std::string_view path) const {
    Place at{root, {}};
    while (!path.empty()) {
      const std::size_t slash = std::min(path.find('/'), path.size());
      const std::string_view part = path.substr(0, slash);
      path.remove_prefix(std::min(slash + 1, path.size()));
      if (part.empty() || part == ".") continue;
      if (!at.name.empty()) {
        const auto next = at.directory->names.find(at.name);
        if (next == at.directory->names.end() || !next->second->is_directory) return {nullptr, {}};
        at.directory = next->second;
      }
      at.name = std::string{part};
    }
    return at;
  }

  std::shared_ptr<SimNode> node(const Place& at) const {
    if (!at.directory) return nullptr;
    if (at.name.empty()) return at.directory;
    const auto found = at.directory->names.find(at.name);
    return found == at.directory->names.end() ? nullptr : found->second;
  }

  /// The bytes of all files that have a name.
  std::uint64_t used() const {
    std::set<const SimNode*> counted;
    std::uint64_t bytes = 0;
    const auto add = [&](const auto& self, const SimNode& directory) -> void {
      for (const auto& [name, child] : directory.names) {
        if (!counted.insert(child.get()).second) continue;
        bytes += child->seen.size();
        self(self, *child);
      }
    };
    add(add, *root);
    return bytes;
  }

  void release(SimNode& node, std::uint64_t open) {
    for (auto lock = node.locks.begin(); lock != node.locks.end();) {
      if (lock->second.exclusive == open) lock->second.exclusive = 0;
      lock->second.shared.erase(open);
      lock = lock->second.exclusive == 0 && lock->second.shared.empty() ? node.locks.erase(lock) : std::next(lock);
    }
    unlocked.notify_all();
  }

  static void fill(SimNode& node, const std::vector<std::byte>& content) {
    (void)node.seen.resize(content.size());
    if (!content.empty()) std::memcpy(node.seen.data(), content.data(), content.size());
    node.durable = content;
  }

  /// A disk as this one is found after its programs were killed: everything is as it was seen.
  std::shared_ptr<SimDisk> after_kill() const {
    auto disk = std::make_shared<SimDisk>();
    disk->boot = boot;
    std::map<const SimNode*, std::shared_ptr<SimNode>> copies;
    const auto copy = [&](const auto& self, const std::shared_ptr<SimNode>& from) -> std::shared_ptr<SimNode> {
      if (from == nullptr) return nullptr;
      auto& to = copies[from.get()];
      if (to) return to;
      to = disk->make_node(from->is_directory);
      const std::shared_ptr<SimNode> made = to;
      (void)made->seen.resize(from->seen.size());
      if (from->seen.size() != 0) std::memcpy(made->seen.data(), from->seen.data(), from->seen.size());
      made->durable = from->durable;
      made->lost = from->lost;
      for (const auto& [name, child] : from->names) made->names[name] = self(self, child);
      for (const auto& [name, child] : from->durable_names) made->durable_names[name] = self(self, child);
      for (const auto& change : from->unsynced) made->unsynced.push_back({change.name, self(self, change.node)});
      return made;
    };
    disk->root = copy(copy, root);
    return disk;
  }

  /// A disk as this one is found after the power went, everything that is left being durable.
  std::shared_ptr<SimDisk> after_power_loss(SimRandom& chance, double kept) const {
    auto disk = std::make_shared<SimDisk>();
    disk->boot = boot + 1;
    std::map<const SimNode*, std::shared_ptr<SimNode>> copies;
    const auto copy = [&](const auto& self, const std::shared_ptr<SimNode>& from) -> std::shared_ptr<SimNode> {
      auto& to = copies[from.get()];
      if (to) return to;
      to = disk->make_node(from->is_directory);
      const std::shared_ptr<SimNode> made = to;
      if (!from->is_directory) {
        fill(*made, from->after_power_loss(chance, kept));
        return made;
      }
      auto names = from->durable_names;
      for (const auto& change : from->unsynced) {
        if (!chance.chance(kept)) continue;
        if (change.node) {
          names[change.name] = change.node;
        } else {
          names.erase(change.name);
        }
      }
      for (const auto& [name, child] : names) made->names[name] = self(self, child);
      made->durable_names = made->names;
      return made;
    };
    disk->root = copy(copy, root);
    return disk;
  }
};

}  // namespace ashlar::inline v0::detail
