// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/detail/slot_queues.hpp>

#include <algorithm>
#include <list>
#include <random>
#include <vector>

using ashlar::no_slot;
using ashlar::slot_index;
using ashlar::detail::SlotQueues;

namespace {

slot_index below(std::mt19937& random, slot_index n) { return static_cast<slot_index>(random() % n); }

}  // namespace

TEST_CASE("a queue of slots gives them in the order in which they came") {
  for (const slot_index slots : {1U, 14U, 15U, 16U, 20U, 41U, 1'000U, (1U << 24) + 60U}) {
    SlotQueues queues;
    queues.resize(slots, std::min(slots, 2'000U));
    const slot_index first = slots - std::min(slots, 2'000U);
    for (slot_index slot = first; slot < slots; ++slot) queues.push(slot % 2, slot);
    slot_index wrong = 0;
    for (slot_index slot = first; slot < slots; ++slot) {
      wrong += queues.oldest(slot % 2) != slot;
      wrong += queues.pop(slot % 2) != slot;
    }
    CHECK(queues.oldest(0) == no_slot);
    CHECK(queues.oldest(1) == no_slot);
    CHECK(wrong == 0);
    CHECK(queues.pop(0) == no_slot);
    CHECK(queues.pop(1) == no_slot);
  }
}

TEST_CASE("a queue of slots agrees with lists when nothing comes back before its turn") {
  std::mt19937 random{7};
  SlotQueues queues;
  const slot_index slots = 1'000;
  queues.resize(slots, 300);
  std::list<slot_index> model[2];
  std::vector<slot_index> fresh;  // slots without an element
  for (slot_index slot = 0; slot < slots; ++slot) fresh.push_back(slot);
  for (int i = 0; i < 100'000; ++i) {
    const unsigned q = below(random, 2);
    const auto what = below(random, 10);
    if (what < 6 && model[0].size() + model[1].size() < 300 && !fresh.empty()) {
      queues.push(q, fresh.back());
      model[q].push_back(fresh.back());
      fresh.pop_back();
    } else if (what < 9) {
      const slot_index slot = queues.pop(q);
      REQUIRE(slot == (model[q].empty() ? no_slot : model[q].front()));
      if (slot != no_slot) {
        model[q].pop_front();
        fresh.push_back(slot);
      }
    } else if (!model[q].empty() && fresh.size() > 100) {
      // Never pushed again: its element may lie there for long.
      const auto victim = std::next(model[q].begin(), below(random, static_cast<slot_index>(model[q].size())));
      queues.erase(*victim);
      model[q].erase(victim);
    }
    REQUIRE(queues.size(q) == model[q].size());
  }
}

TEST_CASE("slots that are erased and pushed at random are each given once, and the pool never runs out") {
  std::mt19937 random{11};
  for (const slot_index slots : {3U, 40U, 500U}) {
    SlotQueues queues;
    queues.resize(slots, slots);
    std::vector<bool> in(slots);
    slot_index count = 0;
    slot_index now = slots;
    for (int i = 0; i < 60'000; ++i) {
      const slot_index slot = below(random, now);
      const auto what = below(random, 100);
      if (what < 55) {
        if (in[slot]) queues.erase(slot), --count;
        queues.push(slot % 3 == 0, slot);
        in[slot] = true;
        ++count;
      } else if (what < 80) {
        if (in[slot]) queues.erase(slot), --count;
        in[slot] = false;
      } else if (what < 99) {
        const slot_index given = queues.pop(what % 2);
        if (given != no_slot) {
          REQUIRE(in[given]);
          in[given] = false;
          --count;
        }
      } else {
        // Every slot moves one place on, in more room.
        std::vector<slot_index> to(now, no_slot);
        std::vector<bool> moved(now + 1);
        for (slot_index j = 0; j < now; ++j) {
          if (in[j]) to[j] = j + 1, moved[j + 1] = true;
        }
        if (now > slots + 20) continue;
        ++now;
        queues.renumber(to, now, now);
        in = moved;
      }
      REQUIRE(queues.size(0) + queues.size(1) == count);
    }
    while (count > 0) {
      slot_index given = queues.pop(0);
      if (given == no_slot) given = queues.pop(1);
      if (given == no_slot) given = queues.pop(0);
      REQUIRE(given != no_slot);
      REQUIRE(in[given]);
      in[given] = false;
      --count;
    }
    CHECK(queues.empty(0));
    CHECK(queues.empty(1));
    queues.clear();
    queues.push(1, 0);
    CHECK(queues.pop(1) == 0);
  }
}
