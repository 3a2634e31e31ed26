// SPDX-License-Identifier: BSL-1.0
// What Binary asks of the heap. The program's own new counts, for all that runs in it.
#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <ashlar/codec/binary.hpp>

namespace {

constinit std::atomic<std::size_t> allocations{0};

void* allocate(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  bytes = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, bytes);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

}  // namespace

// noinline: g++ would take `free` in an inlined delete for the wrong partner of a new that it left out of line.
void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(std::max<std::size_t>(bytes, 1));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

struct Product {
  std::uint64_t id = 0;
  std::string name;
  std::string category;
  double price = 0;
  std::int32_t stock = 0;
  std::int32_t sold = 0;
  std::uint16_t shelf = 0;
  bool active = false;
  std::int64_t changed = 0;
  float rating = 0;
  bool operator==(const Product&) const = default;
};

template <class F>
std::size_t allocations_of(F work) {
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

}  // namespace

TEST_CASE("a struct is encoded and decoded with no allocation but those of its long strings") {
  std::vector<std::byte> bytes;
  bytes.reserve(1000);
  for (const std::size_t size : {std::size_t{3}, std::size_t{100}, std::size_t{200}}) {
    const Product product{7, std::string(size, 'n'), std::string(size, 'c'), 3.39, 1, 2, 3, true, 4, 4.5F};
    bytes.clear();
    bool same = false;
    CHECK(allocations_of([&] { ashlar::Binary{}.encode(product, bytes); }) == 0);
    const std::size_t decoding = allocations_of([&] {
      const auto back = ashlar::Binary{}.decode<Product>(bytes);
      same = back && *back == product;
    });
    CHECK(decoding == (size < 15 ? 0u : 2u));
    CHECK(same);
  }
}
