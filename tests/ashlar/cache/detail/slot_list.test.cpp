// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <vector>

#include <ashlar/cache/detail/slot_list.hpp>
#include <support/access_patterns.hpp>

using ashlar::no_slot;
using ashlar::slot_index;
using ashlar::detail::SlotLinks;
using ashlar::detail::SlotList;

namespace {

/// The slots from the newest on; empty where the links disagree or go in a circle.
std::vector<slot_index> read(const SlotLinks& links, const SlotList& list) {
  std::vector<slot_index> slots;
  slot_index before = no_slot;
  for (slot_index slot = list.front(); slot != no_slot; slot = SlotList::older(links, slot)) {
    if (SlotList::newer(links, slot) != before || slots.size() > list.size()) return {};
    slots.push_back(slot);
    before = slot;
  }
  if (before != list.back() || slots.size() != list.size()) return {};
  return slots;
}

}  // namespace

TEST_CASE("two lists over the same links keep their orders, and their links agree both ways") {
  constexpr slot_index slots = 40;
  SlotLinks links;
  links.resize(slots);
  SlotList lists[2];
  std::list<slot_index> models[2];
  std::vector<int> owner(slots, -1);
  ashlar_test::Chance chance{11};
  for (int step = 0; step < 5'000; ++step) {
    const auto slot = static_cast<slot_index>(chance.below(slots));
    const std::size_t which = chance.below(2);
    if (owner[slot] < 0) {
      lists[which].push_front(links, slot);
      models[which].push_front(slot);
      owner[slot] = static_cast<int>(which);
    } else if (const auto mine = static_cast<std::size_t>(owner[slot]); chance.below(3) != 0) {
      lists[mine].move_to_front(links, slot);
      models[mine].remove(slot);
      models[mine].push_front(slot);
    } else if (chance.below(2) == 0) {
      lists[mine].erase(links, slot);
      models[mine].remove(slot);
      owner[slot] = -1;
    } else {
      const slot_index oldest = lists[mine].pop_back(links);
      REQUIRE(oldest == models[mine].back());
      models[mine].pop_back();
      owner[oldest] = -1;
    }
    for (int i = 0; i < 2; ++i) {
      REQUIRE(lists[i].empty() == models[i].empty());
      REQUIRE(read(links, lists[i]) == std::vector<slot_index>(models[i].begin(), models[i].end()));
    }
  }
}

TEST_CASE("slots that have new numbers keep their order") {
  SlotLinks links;
  links.resize(10);
  SlotList list;
  for (slot_index slot = 0; slot < 10; ++slot) list.push_front(links, slot);
  list.erase(links, 4);
  std::vector<slot_index> to(10);
  for (slot_index slot = 0; slot < 10; ++slot) to[slot] = slot == 4 ? no_slot : 19 - slot;
  links.renumber(to, 20);
  list.renumber(to);
  CHECK(links.size() == 20);
  CHECK(read(links, list) == std::vector<slot_index>{10, 11, 12, 13, 14, 16, 17, 18, 19});
  while (list.pop_back(links) != no_slot) {
  }
  CHECK(list.empty());
  CHECK(list.pop_back(links) == no_slot);
}
