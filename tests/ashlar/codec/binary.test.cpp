// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <ashlar/codec/binary.hpp>
#include <support/soak.hpp>

namespace {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

enum class Colour : std::uint8_t { red, green, blue = 200 };
enum class Switch : bool { off, on };

struct Line {
  std::string sku;
  std::int32_t quantity = 0;
  double price = 0;
  bool operator==(const Line&) const = default;
};
struct Order {
  std::uint64_t id = 0;
  std::string customer;
  std::vector<Line> lines;
  std::optional<std::string> note;
  std::map<std::string, std::vector<int>> tags;
  std::unordered_set<std::string> flags;
  std::unordered_map<std::int16_t, Colour> colours;
  std::variant<std::monostate, int, Line> extra;
  std::array<float, 3> box = {};
  std::pair<bool, char> mark = {};
  std::tuple<std::int8_t, std::uint16_t> codes = {};
  std::chrono::sys_time<std::chrono::milliseconds> when;
  std::chrono::duration<double> took{};
  std::vector<bool> bits;
  std::deque<std::int64_t> history;
  std::list<std::u8string> names;
  std::multimap<int, int> pairs;
  std::filesystem::path file;
  long count = 0;
  bool operator==(const Order&) const = default;
};

// Numbers side by side, which are read as one piece, with others between.
struct Tick {
  std::int16_t low = 0;
  bool open = false;
  bool operator==(const Tick&) const = default;
};
struct Reading {
  std::uint32_t sensor = 0;
  bool valid = false;
  Colour colour = Colour::red;
  std::string unit;
  std::chrono::milliseconds at{};
  std::pair<Tick, double> both = {};
  std::array<std::uint64_t, 9> more = {};  // read one by one, as every array is
  float last = 0;
  bool operator==(const Reading&) const = default;
};

// The most that is read as one piece, and more than that.
struct Eight {
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  bool operator==(const Eight&) const = default;
};
struct Nine {
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0;
  bool operator==(const Nine&) const = default;
};
static_assert(sizeof(Eight) == ashlar::detail::most_plain_bytes);

struct Panel {
  std::string name;
  std::vector<Switch> switches;
};

template <class T>
Bytes encoded(const T& value) {
  Bytes out;
  ashlar::Binary{}.encode(value, out);
  return out;
}
template <class T>
std::string fault(View bytes) {
  const auto result = ashlar::Binary{}.decode<T>(bytes);
  return result ? "none" : result.error().what();
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_{seed} {}
  template <class T = int>
  T below(int limit) {
    return static_cast<T>(std::uniform_int_distribution<int>{0, limit - 1}(engine_));
  }
  std::string text(int longest) {
    std::string s(below<std::size_t>(longest + 1), ' ');
    for (char& c : s) c = static_cast<char>(below(256));
    return s;
  }
  template <class F>
  void times(int most, F f) {
    for (int n = below(most + 1); n > 0; --n) f();
  }
  Line line() { return {text(20), below(1 << 30) - (1 << 29), below(1 << 20) / 7.0}; }
  Order order() {
    Order o;
    o.id = std::uint64_t{engine_()} << 32 | engine_();
    o.customer = text(400);
    times(5, [&] { o.lines.push_back(line()); });
    if (below(2) != 0) o.note = text(10);
    times(4, [&] { o.tags[text(3)].push_back(below(100)); });
    times(6, [&] { o.flags.insert(text(4)); });
    times(6, [&] { o.colours[below<std::int16_t>(1000)] = Colour::blue; });
    if (below(2) != 0) o.extra = below(2) != 0 ? decltype(o.extra){below(9)} : decltype(o.extra){line()};
    o.box = {below<float>(100), -1.5F, 0};
    o.mark = {below(2) != 0, 'x'};
    o.codes = {below<std::int8_t>(100), below<std::uint16_t>(60000)};
    o.when += std::chrono::milliseconds{below(1 << 30)};
    o.took = std::chrono::duration<double>{0.25 * below(1000)};
    times(20, [&] { o.bits.push_back(below(2) != 0); });
    times(5, [&] { o.history.push_back(-below(1000)); });
    times(3, [&] { o.names.push_back(u8"näm"); });
    times(5, [&] { o.pairs.emplace(below(3), below(3)); });
    o.file = "a/b c.txt";
    o.count = below(1000) - 500;
    return o;
  }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("every built-in type comes back, and no shorter bytes do") {
  Random random{1};
  for (int i = 0; i < static_cast<int>(40 * ashlar_test::soak()); ++i) {
    const Order order = random.order();
    const Bytes bytes = encoded(order);
    const auto back = ashlar::Binary{}.decode<Order>(bytes);
    REQUIRE(back);
    CHECK(*back == order);
    CHECK(encoded(*back) == bytes);
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 50) {
      CHECK_FALSE(ashlar::Binary{}.decode<Order>(View{bytes}.first(cut)));
    }
  }
}

TEST_CASE("changed bytes give a value or an error, and a value is what its bytes say") {
  Random random{2};
  for (int i = 0; i < static_cast<int>(3000 * ashlar_test::soak()); ++i) {
    Bytes bytes = encoded(random.order());
    random.times(
        4, [&] { bytes[random.below<std::size_t>(static_cast<int>(bytes.size()))] = random.below<std::byte>(256); });
    const auto back = ashlar::Binary{}.decode<Order>(bytes);
    if (back) CHECK(encoded(*back).size() == bytes.size());
  }
}

TEST_CASE("random bytes are safe") {
  Random random{3};
  for (int i = 0; i < static_cast<int>(5000 * ashlar_test::soak()); ++i) {
    Bytes bytes(random.below<std::size_t>(200));
    for (auto& byte : bytes) byte = random.below(3) == 0 ? std::byte{0} : random.below<std::byte>(256);
    static_cast<void>(ashlar::Binary{}.decode<Order>(bytes));
    static_cast<void>(ashlar::Binary{}.decode<std::vector<std::vector<std::string>>>(bytes));
  }
}

TEST_CASE("equal values have equal bytes, whatever order a hash table keeps") {
  std::unordered_set<std::string> one;
  std::unordered_set<std::string> two(1000);
  for (int i = 0; i < 50; ++i) one.insert(std::to_string(i));
  for (int i = 49; i >= 0; --i) two.insert(std::to_string(i));
  CHECK(encoded(one) == encoded(two));
}

TEST_CASE("faults name the offset and the reason") {
  const auto of = [](std::initializer_list<int> values) {
    Bytes bytes;
    for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
  };
  CHECK(fault<std::int32_t>(of({1, 2})) == "at byte 0 of 2: needs 4 bytes, but 2 are left");
  CHECK(fault<std::int8_t>(of({1, 2})) == "at byte 1 of 2: the value ends here, but bytes are left");
  CHECK(fault<bool>(of({2})) == "at byte 1 of 1: a flag must be 0 or 1, but is 2");
  CHECK(fault<Switch>(of({2})) == "at byte 1 of 1: a flag must be 0 or 1, but is 2");
  CHECK(fault<std::pair<Switch, Switch>>(of({1, 2})) == "at byte 2 of 2: a flag must be 0 or 1, but is 2");
  CHECK(fault<std::pair<Switch, Switch>>(of({1, 0})) == "none");
  CHECK(fault<std::vector<Switch>>(of({2, 1, 2})) == "at byte 3 of 3: a flag must be 0 or 1, but is 2");
  CHECK(fault<std::vector<Switch>>(of({2, 1, 0})) == "none");
  CHECK(fault<Panel>(of({1, 'a', 1, 2})) == "at byte 4 of 4: a flag must be 0 or 1, but is 2");
  CHECK(fault<Panel>(of({1, 'a', 1, 1})) == "none");
  CHECK(fault<std::optional<int>>(of({9})) == "at byte 1 of 1: a flag must be 0 or 1, but is 9");
  CHECK(fault<std::string>(of({5, 'a'})) == "at byte 0 of 2: a count of 5 needs at least 1 bytes each, but 1 are left");
  CHECK(fault<std::variant<int, bool>>(of({2})) == "at byte 1 of 1: alternative 2 of a variant of 2");
  CHECK(fault<std::set<char>>(of({2, 'a', 'a'})) == "at byte 3 of 3: a key that was there before");
  CHECK(fault<std::vector<double>>(of({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F})) ==
        "at byte 0 of 9: a count of 9223372036854775807 needs at least 8 bytes each, but 0 are left");
  CHECK(fault<int>({}) == "at byte 0 of 0: needs 4 bytes, but 0 are left");
}

TEST_CASE("numbers side by side are at fault one by one") {
  const Reading reading{7, true, Colour::blue, "mV", std::chrono::milliseconds{-5}, {{-2, true}, 0.5}, {1, 2, 3}, 2.5F};
  const Bytes bytes = encoded(reading);
  const auto whole = ashlar::Binary{}.decode<Reading>(bytes);
  REQUIRE(whole);
  CHECK(*whole == reading);
  const auto text = [](std::size_t number) { return std::to_string(number); };
  // Where each part begins, and its bytes; the text is a count of bytes.
  constexpr std::size_t counted = 0;
  const std::vector<std::size_t> parts{4, 1, 1, counted, 8, 2, 1, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4};
  std::size_t start = 0;
  for (const std::size_t size : parts) {
    const std::size_t end = start + (size == counted ? 3 : size);
    for (std::size_t cut = start; cut < end; ++cut) {
      std::string expected = "at byte " + text(start) + " of " + text(cut) + ": ";
      if (size == counted) {
        expected += cut == start
                        ? "ends within a length"
                        : "a count of 2 needs at least 1 bytes each, but " + text(cut - start - 1) + " are left";
      } else {
        expected += "needs " + text(size) + " bytes, but " + text(cut - start) + " are left";
      }
      CHECK(fault<Reading>(View{bytes}.first(cut)) == expected);
    }
    start = end;
  }
  REQUIRE(start == bytes.size());
  for (const std::size_t flag : {std::size_t{4}, std::size_t{19}}) {
    Bytes wrong = bytes;
    REQUIRE(wrong[flag] == std::byte{1});
    wrong[flag] = std::byte{3};
    CHECK(fault<Reading>(wrong) ==
          "at byte " + text(flag + 1) + " of " + text(bytes.size()) + ": a flag must be 0 or 1, but is 3");
  }
}

TEMPLATE_TEST_CASE("as many numbers as one piece holds, and one more, are written one behind the other", "", Eight,
                   Nine) {
  TestType value{1, 2, 3, 4, 5, 6, 7, ~std::uint64_t{0}};
  std::vector<std::uint64_t> numbers{1, 2, 3, 4, 5, 6, 7, ~std::uint64_t{0}};
  if constexpr (requires { value.i; }) numbers.push_back(value.i = 9);
  const Bytes bytes = encoded(value);
  const Bytes counted = encoded(numbers);
  CHECK(bytes == Bytes(counted.begin() + 1, counted.end()));
  const auto back = ashlar::Binary{}.decode<TestType>(bytes);
  REQUIRE(back);
  CHECK(*back == value);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK(fault<TestType>(View{bytes}.first(cut)) == "at byte " + std::to_string(cut / 8 * 8) + " of " +
                                                         std::to_string(cut) + ": needs 8 bytes, but " +
                                                         std::to_string(cut % 8) + " are left");
  }
}

TEST_CASE("views and spans are encoded as what they view") {
  CHECK(encoded(std::string_view{"abc"}) == encoded(std::string{"abc"}));
  const std::vector<int> numbers{1, 2, 3};
  CHECK(encoded(std::span<const int>{numbers}) == encoded(numbers));
}
