// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include <ashlar/codec/dictionaries.hpp>

namespace {

ashlar::Dictionary dictionary(std::uint32_t id, std::uint32_t epoch) {
  return {{id, epoch}, std::vector<std::byte>(100, static_cast<std::byte>(epoch))};
}

}  // namespace

TEST_CASE("the newest epoch is for writing, older ones stay") {
  ashlar::Dictionaries known;
  CHECK(known.newest(3) == nullptr);
  CHECK(known.add(dictionary(3, 2)));
  CHECK(known.add(dictionary(3, 1)));
  CHECK(known.newest(3)->tag() == ashlar::DictionaryTag{3, 2});
  CHECK(known.find({3, 1})->bytes()[0] == std::byte{1});
  CHECK(known.find({3, 9}) == nullptr);
  CHECK(known.find({4, 1}) == nullptr);
}

TEST_CASE("what values were packed with never changes") {
  ashlar::Dictionaries known;
  CHECK(known.add(dictionary(1, 1)));
  CHECK_FALSE(known.add({{1, 1}, std::vector<std::byte>(5)}));
  CHECK(known.find({1, 1})->bytes().size() == 100);
}

TEST_CASE("keys share the dictionary of their longest prefix") {
  ashlar::Dictionaries known;
  CHECK(known.id_for("product:1") == 0);
  known.assign("product:", 1);
  known.assign("product:toys:", 2);
  CHECK(known.id_for("product:1") == 1);
  CHECK(known.id_for("product:toys:1") == 2);
  CHECK(known.id_for("product") == 0);
  known.assign("", 9);
  CHECK(known.id_for("order:1") == 9);
}

TEST_CASE("dictionaries are added while others read") {
  ashlar::Dictionaries known;
  std::atomic<bool> lost = false;
  std::vector<std::jthread> threads;
  for (std::uint32_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t epoch = 1; epoch < 20; ++epoch) {
        known.add(dictionary(t, epoch));
        if (known.newest(t)->tag().epoch < epoch) lost = true;
        static_cast<void>(known.find({(t + 1) % 3, epoch}));
      }
    });
  }
  threads.clear();
  CHECK_FALSE(lost);
}
