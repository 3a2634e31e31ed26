// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <support/catch.hpp>

#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <ashlar/simd/target.hpp>

namespace ashlar_test {

/// Calls `check` once with each target that this program has and this machine runs, the scalar twins included.
template <class Check>
void on_every_target(Check check) {
  struct Restore {
    std::string before = ashlar::simd_target();
    ~Restore() { ashlar::detail::simd_targets.use(before); }
  } restore;
  std::vector<std::string> names;
  ashlar::detail::simd_targets.each([&](const char* name) { names.emplace_back(name); });
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    INFO("target " << name);
    REQUIRE(ashlar::detail::simd_targets.use(name));
    REQUIRE(ashlar::simd_target() == name);
    check();
  }
}

/// Lengths that meet every remainder of every vector: 0 to four times 64 bytes, then some longer ones.
inline std::vector<std::size_t> lengths_around_vectors(std::size_t element_size = 1) {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n <= 4 * 64 / element_size + 3; ++n) {
    lengths.push_back(n);
  }
  lengths.insert(lengths.end(), {511, 512, 1000, 4096, 5001});
  return lengths;
}

/// `size` values at `offset` elements from an aligned start, ending exactly where the allocation ends, so that the
/// address sanitizer sees a read past the end.
template <class T>
class Placed {
 public:
  Placed(std::size_t size, std::size_t offset) : data_{new T[size + offset]{}}, size_{size}, offset_{offset} {}

  std::span<T> values() const { return {data_.get() + offset_, size_}; }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_;
  std::size_t offset_;
};

}  // namespace ashlar_test
