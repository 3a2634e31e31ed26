// SPDX-License-Identifier: BSL-1.0
// Values of many kinds, in ways in which g++ 12 follows the writer's bytes; compiled by check_warnings.cmake, never run.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <ashlar/codec.hpp>

struct Empty {};
struct One {
  int number = 0;
};
struct Many {
  std::string text;
  std::vector<int> numbers;
  std::map<std::string, int> map;
  std::unordered_map<int, std::string> hashed;
  std::optional<int> maybe;
  std::variant<int, std::string> choice;
  Empty empty;
  One one;
};

template <class T>
std::size_t there_and_back() {
  std::vector<std::byte> bytes;
  ashlar::Binary{}.encode(T{}, bytes);
  ashlar::ValueCodec<T, ashlar::Binary, ashlar::Lz4>{}.encode(T{}, bytes);
  return ashlar::Binary{}.decode<T>(bytes).has_value() ? bytes.size() : 0;
}

// Not in main, which compilers do not optimise as a place that is passed often.
std::vector<std::byte> numbers() {
  std::vector<std::byte> bytes;
  ashlar::ByteWriter writer{bytes};
  writer.number(std::int32_t{-2});
  writer.number(1.0);
  writer.number('a');
  writer.flush();
  return bytes;
}
std::vector<std::byte> rows() {
  const std::vector<One> ones(5);
  std::vector<std::byte> bytes;
  ashlar::Binary{}.encode(ones, bytes);
  ashlar::Columnar{}.encode(ones, bytes);
  return bytes;
}

int main() {
  return static_cast<int>(numbers().size() + rows().size() + there_and_back<Empty>() + there_and_back<One>() +
                          there_and_back<Many>() + there_and_back<std::vector<std::string>>());
}
