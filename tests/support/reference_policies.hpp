// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ashlar_test {

// Textbook forms of the eviction policies over standard containers, keys only, one entry each: slow and plain, so that
// one sees that they are right. `use(key)` is true on a hit; a miss puts the key.

class ReferenceLru {
 public:
  explicit ReferenceLru(std::size_t capacity, bool by_use = true) : capacity_{capacity}, by_use_{by_use} {}
  bool use(std::uint64_t key) {
    if (const auto found = where_.find(key); found != where_.end()) {
      if (by_use_) order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    if (where_.size() >= capacity_) {
      where_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    where_[key] = order_.begin();
    return false;
  }

 private:
  std::size_t capacity_;
  bool by_use_;
  std::list<std::uint64_t> order_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> where_;
};

class ReferenceFifo : public ReferenceLru {
 public:
  explicit ReferenceFifo(std::size_t capacity) : ReferenceLru{capacity, false} {}
};

class ReferenceSieve {
 public:
  explicit ReferenceSieve(std::size_t capacity) : capacity_{capacity} {}
  bool use(std::uint64_t key) {
    if (const auto found = where_.find(key); found != where_.end()) {
      found->second->visited = true;
      return true;
    }
    if (where_.size() >= capacity_) {
      if (hand_ == order_.end()) hand_ = std::prev(order_.end());
      while (hand_->visited) {
        hand_->visited = false;
        hand_ = hand_ == order_.begin() ? std::prev(order_.end()) : std::prev(hand_);
      }
      const auto victim = hand_;
      hand_ = victim == order_.begin() ? order_.end() : std::prev(victim);
      where_.erase(victim->key);
      order_.erase(victim);
    }
    order_.push_front({key, false});
    where_[key] = order_.begin();
    return false;
  }

 private:
  struct Node {
    std::uint64_t key;
    bool visited;
  };
  std::size_t capacity_;
  std::list<Node> order_;  // newest first
  std::list<Node>::iterator hand_ = order_.end();
  std::unordered_map<std::uint64_t, std::list<Node>::iterator> where_;
};

/// What the two queues of `ReferenceQueues` obey; the same words as in the library, another code.
struct ReferenceRule {
  double window = 0.1;
  double ghosts = 0.9;
  int promoted_at = 2;
  bool lucky = false;  // one in a hundred new keys enters the main queue
  bool forgives_once = false;
  double rounding = 0.5;  // added to the window's size before the fraction is dropped
};

/// A window, a main queue and exact ghosts of what left the window: S3-FIFO and its kin.
class ReferenceQueues {
 public:
  ReferenceQueues(std::size_t capacity, ReferenceRule rule) : capacity_{capacity}, rule_{rule} { follow(rule); }

  void follow(ReferenceRule rule) {
    rule_ = rule;
    const auto part = static_cast<double>(capacity_);
    share_ = std::max<std::size_t>(1, static_cast<std::size_t>(part * rule.window + rule.rounding + 1e-9));
    ghost_limit_ = static_cast<std::size_t>(part * rule.ghosts + 1e-9);
  }

  /// The window may be as large as that of `other`, once that is full.
  void widen(const ReferenceQueues& other) {
    if (other.uses_.size() >= other.capacity_) share_ = std::max(share_, other.window_.size());
  }

  /// `chance`: a number drawn at random, for the rules that let one in `bypass` in.
  bool use(std::uint64_t key, std::uint32_t chance = 1) {
    if (const auto found = uses_.find(key); found != uses_.end()) {
      found->second = std::min(found->second + 1, 3);
      return true;
    }
    const bool back = forget_ghost(key);
    while (uses_.size() >= capacity_) evict();
    const bool to_main = rule_.window < 1 && (back || (rule_.lucky && chance % 100 == 0));
    (to_main ? main_ : window_).push_front(key);
    uses_[key] = 0;
    return false;
  }

 private:
  void evict() {
    if (!window_.empty() && (main_.empty() || main_.size() + share_ <= capacity_)) {
      const std::uint64_t key = window_.back();
      window_.pop_back();
      if (rule_.window < 1 && uses_[key] >= rule_.promoted_at) {
        uses_[key] = 0;
        main_.push_front(key);
      } else if (rule_.window >= 1 && uses_[key] > 0) {
        pass(key);
        window_.push_front(key);
      } else {
        uses_.erase(key);
        remember(key);
      }
    } else {
      const std::uint64_t key = main_.back();
      main_.pop_back();
      if (uses_[key] > 0) {
        pass(key);
        main_.push_front(key);
      } else {
        uses_.erase(key);
      }
    }
  }
  void pass(std::uint64_t key) { uses_[key] = rule_.forgives_once ? 0 : uses_[key] - 1; }

  void remember(std::uint64_t key) {
    ghosts_.push_front(key);
    ghost_at_[key] = ghosts_.begin();
    if (ghosts_.size() > ghost_limit_) {
      ghost_at_.erase(ghosts_.back());
      ghosts_.pop_back();
    }
  }
  bool forget_ghost(std::uint64_t key) {
    const auto found = ghost_at_.find(key);
    if (found == ghost_at_.end()) return false;
    ghosts_.erase(found->second);
    ghost_at_.erase(found);
    return true;
  }

  std::size_t capacity_;
  ReferenceRule rule_;
  std::size_t share_ = 1;
  std::size_t ghost_limit_ = 0;
  std::deque<std::uint64_t> window_;  // newest first, as all here
  std::deque<std::uint64_t> main_;
  std::list<std::uint64_t> ghosts_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> ghost_at_;
  std::unordered_map<std::uint64_t, int> uses_;
};

class ReferenceS3Fifo : public ReferenceQueues {
 public:
  explicit ReferenceS3Fifo(std::size_t capacity) : ReferenceQueues{capacity, {.rounding = 0}} {}
};

/// Runs every rule at full size on every key, and beside them the queues that follow the one with most hits lately:
/// what `Adaptive` would do if it knew everything.
class ReferenceAdaptive {
 public:
  explicit ReferenceAdaptive(std::size_t capacity) : capacity_{capacity}, queues_{capacity, rules()[0]} {
    for (const ReferenceRule& rule : rules()) trials_.emplace_back(capacity, rule);
    hits_.resize(trials_.size());
    apart_.resize(trials_.size(), std::vector<double>(trials_.size()));
  }
  bool use(std::uint64_t key) {
    const auto chance = static_cast<std::uint32_t>((draw_ = draw_ * 6364136223846793005u + 99991u) >> 33);
    std::vector<bool> hit;
    for (auto& trial : trials_) hit.push_back(trial.use(key, chance));
    for (std::size_t i = 0; i < hit.size(); ++i) {
      hits_[i] += hit[i] ? 1 : 0;
      for (std::size_t j = 0; j < hit.size(); ++j) apart_[i][j] += hit[i] != hit[j] ? 1 : 0;
    }
    std::size_t best = best_;
    for (std::size_t i = 0; i < hit.size(); ++i) {
      const double lead = hits_[i] - hits_[best_] - 2;
      if (hits_[i] > hits_[best] && lead > 0 && lead * lead > 4 * apart_[i][best_]) best = i;
    }
    queues_.follow(rules()[best_ = best]);
    queues_.widen(trials_[best_]);
    if (++uses_ >= 20.0 * static_cast<double>(capacity_)) {
      uses_ /= 2;
      for (auto& hits : hits_) hits /= 2;
      for (auto& row : apart_) {
        for (auto& apart : row) apart /= 2;
      }
    }
    return queues_.use(key, chance / 128);
  }
  std::size_t rule() const { return best_; }

  static const std::vector<ReferenceRule>& rules() {
    static const std::vector<ReferenceRule> all{{0.1, 1, 1, true}, {0.02, 1, 1, true}, {0.3, 1, 2, true},
                                                {0.7, 1, 1, true}, {1, 1, 1, false},   {1, 1, 1, false, true},
                                                {0.02, 0, 1, true}};
    return all;
  }

 private:
  std::size_t capacity_;
  ReferenceQueues queues_;
  std::vector<ReferenceQueues> trials_;
  std::vector<double> hits_;
  std::vector<std::vector<double>> apart_;
  double uses_ = 0;
  std::uint64_t draw_ = 7;
  std::size_t best_ = 0;
};

/// Window TinyLFU with exact counts in place of a sketch, and the same climber.
class ReferenceTinyLfu {
 public:
  explicit ReferenceTinyLfu(std::size_t capacity)
      : capacity_{capacity}, share_{std::max<std::size_t>(1, capacity / 100)} {
    step_ = static_cast<double>(capacity) * 0.0625;
  }
  bool use(std::uint64_t key) {
    count(key);
    ++requests_;
    const auto found = where_.find(key);
    if (found != where_.end()) {
      ++hits_;
      const auto [part, at] = found->second;
      lists_[part].erase(at);
      put(key, part == probation ? kept : part);
      if (lists_[kept].size() > (capacity_ - share_) * 4 / 5) move(kept, probation);
      return true;
    }
    if (where_.size() >= capacity_) {
      full_ = true;
      evict();
    }
    put(key, window);
    if (lists_[window].size() > share_ && where_.size() < capacity_ && full_) move(window, probation);
    if (full_) climb();
    return false;
  }
  double window_share() const { return static_cast<double>(share_) / static_cast<double>(capacity_); }

 private:
  enum Part { window, probation, kept };

  void put(std::uint64_t key, Part part) {
    lists_[part].push_front(key);
    where_[key] = {part, lists_[part].begin()};
  }
  void move(Part from, Part to) {
    const std::uint64_t key = lists_[from].back();
    lists_[from].pop_back();
    put(key, to);
  }
  void drop(Part part) {
    where_.erase(lists_[part].back());
    lists_[part].pop_back();
  }
  void count(std::uint64_t key) {
    auto& uses = counts_[key];
    if (uses == 15) return;
    ++uses;
    if (++counted_ < capacity_ * 10) return;
    counted_ /= 2;
    for (auto& [k, c] : counts_) c /= 2;
  }
  void evict() {
    if (!settled_) {
      settled_ = true;
      while (lists_[window].size() > share_) move(window, probation);
    }
    const Part rest = !lists_[probation].empty() ? probation : !lists_[kept].empty() ? kept : window;
    if (rest == window || lists_[window].size() < share_) return drop(rest);
    if (counts_[lists_[window].back()] <= counts_[lists_[rest].back()]) return drop(window);
    drop(rest);
    move(window, probation);
  }
  void climb() {
    if (requests_ < capacity_ * 10) return;
    const double rate = static_cast<double>(hits_) / static_cast<double>(requests_);
    const double change = rate - last_;
    last_ = rate;
    requests_ = hits_ = 0;
    if (change < 0) step_ = -step_;
    const double wanted =
        std::clamp(static_cast<double>(share_) + step_, 1.0, std::max(1.0, static_cast<double>(capacity_) * 0.8));
    if (wanted != static_cast<double>(share_) + step_) step_ = -step_;
    share_ = static_cast<std::size_t>(wanted);
    while (lists_[window].size() > share_) move(window, probation);
    while (lists_[kept].size() > (capacity_ - share_) * 4 / 5) move(kept, probation);
    while (lists_[window].size() < share_ && !lists_[probation].empty()) move(probation, window);
    const double restart = static_cast<double>(capacity_) * 0.0625;
    step_ = std::abs(change) > 0.05 ? (step_ < 0 ? -restart : restart) : step_ * 0.98;
  }

  std::size_t capacity_;
  std::size_t share_;
  double step_;
  double last_ = 0;
  bool full_ = false;
  bool settled_ = false;
  std::size_t requests_ = 0;
  std::size_t hits_ = 0;
  std::size_t counted_ = 0;
  std::list<std::uint64_t> lists_[3];
  std::unordered_map<std::uint64_t, std::pair<Part, std::list<std::uint64_t>::iterator>> where_;
  std::unordered_map<std::uint64_t, int> counts_;
};

/// The least possible misses: always the entry goes whose next use lies furthest ahead (Belady 1966).
template <class Keys>
std::size_t clairvoyant_misses(const Keys& keys, std::size_t capacity) {
  std::vector<std::size_t> next(keys.size(), keys.size());
  std::unordered_map<std::uint64_t, std::size_t> seen;
  for (std::size_t i = keys.size(); i-- > 0;) {
    const auto [found, fresh] = seen.try_emplace(keys[i], i);
    if (!fresh) {
      next[i] = found->second;
      found->second = i;
    }
  }
  std::set<std::pair<std::size_t, std::uint64_t>> held;  // next use, key
  std::unordered_map<std::uint64_t, std::size_t> due;
  std::size_t misses = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto found = due.find(keys[i]); found != due.end()) {
      held.erase({found->second, keys[i]});
    } else {
      ++misses;
      if (held.size() >= capacity) {
        due.erase(std::prev(held.end())->second);
        held.erase(std::prev(held.end()));
      }
    }
    held.insert({next[i], keys[i]});
    due[keys[i]] = next[i];
  }
  return misses;
}

}  // namespace ashlar_test
