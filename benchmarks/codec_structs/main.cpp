// SPDX-License-Identifier: BSL-1.0
// A struct of ten fields, two of them strings, to bytes and back: against zpp_bits and bitsery, which check bounds too,
// and against the same bytes written and read by hand.
#include <ashlar/codec/binary.hpp>
#include <cstring>
#include <support/bench.hpp>

#if ASHLAR_PEER_zpp_bits
#include <zpp_bits.h>
#endif
#if ASHLAR_PEER_bitsery
#include <bitsery/adapter/buffer.h>
#include <bitsery/bitsery.h>
#include <bitsery/traits/string.h>
#include <bitsery/traits/vector.h>
#endif

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

using Bytes = std::vector<std::byte>;

void put(Bytes& out, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}
void by_hand(const Product& p, Bytes& out) {
  put(out, &p.id, 8);
  out.push_back(static_cast<std::byte>(p.name.size()));
  put(out, p.name.data(), p.name.size());
  out.push_back(static_cast<std::byte>(p.category.size()));
  put(out, p.category.data(), p.category.size());
  put(out, &p.price, 8);
  put(out, &p.stock, 4);
  put(out, &p.sold, 4);
  put(out, &p.shelf, 2);
  out.push_back(static_cast<std::byte>(p.active));
  put(out, &p.changed, 8);
  put(out, &p.rating, 4);
}
bool by_hand(const Bytes& in, Product& p) {
  std::size_t at = 0;
  const auto get = [&](void* to, std::size_t size) {
    if (in.size() - at < size) return false;
    std::memcpy(to, in.data() + at, size);
    at += size;
    return true;
  };
  const auto text = [&](std::string& to) {
    unsigned char size = 0;
    if (!get(&size, 1) || in.size() - at < size) return false;
    to.assign(reinterpret_cast<const char*>(in.data() + at), size);
    at += size;
    return true;
  };
  unsigned char active = 0;
  if (!get(&p.id, 8) || !text(p.name) || !text(p.category) || !get(&p.price, 8) || !get(&p.stock, 4) ||
      !get(&p.sold, 4) || !get(&p.shelf, 2) || !get(&active, 1) || !get(&p.changed, 8) || !get(&p.rating, 4)) {
    return false;
  }
  p.active = active != 0;
  return at == in.size();
}

#if ASHLAR_PEER_bitsery
// What bitsery wants to be told of a struct; zpp_bits would take it for its own.
template <class S>
  requires requires(S& s, Product& p) { s.value8b(p.id); }
void serialize(S& s, Product& p) {
  s.value8b(p.id);
  s.text1b(p.name, 1000);
  s.text1b(p.category, 1000);
  s.value8b(p.price);
  s.value4b(p.stock);
  s.value4b(p.sold);
  s.value2b(p.shelf);
  s.boolValue(p.active);
  s.value8b(p.changed);
  s.value4b(p.rating);
}
#endif

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"codec_structs", argc, argv};
  std::vector<Product> products;
  for (int i = 0; i < 1000; ++i) {
    products.push_back({static_cast<std::uint64_t>(i), "white metal lantern " + std::to_string(i), "garden", 3.39, i, 7,
                        12, true, 1'290'000'000, 4.5F});
  }
  const int times = 200;
  const auto per_trip = [&](auto trip) {
    return [&products, trip] {
      return 1e9 / (1000.0 * times) * bench::seconds([&] {
               for (int t = 0; t < times; ++t) {
                 for (const Product& product : products) trip(product);
               }
             });
    };
  };
  Bytes bytes;
  by_hand(products[7], bytes);
  if (ashlar::Binary{}.decode<Product>(bytes).value() != products[7]) {
    std::fprintf(stderr, "the two do not agree on the bytes\n");
    return 1;
  }
  std::vector<bench::Contender> contenders{{"Binary", per_trip([&bytes](const Product& product) {
                                              bytes.clear();
                                              ashlar::Binary{}.encode(product, bytes);
                                              bench::keep(ashlar::Binary{}.decode<Product>(bytes)->id);
                                            }),
                                            bench::Bar{"zpp_bits|bitsery|by hand|100 ns", "<=1.0"}},
                                           {"by hand", per_trip([&bytes](const Product& product) {
                                              bytes.clear();
                                              by_hand(product, bytes);
                                              Product back;
                                              if (by_hand(bytes, back)) bench::keep(back.id);
                                            })},
                                           {"100 ns", [] { return 100.0; }}};
#if ASHLAR_PEER_zpp_bits
  contenders.push_back({"zpp_bits", per_trip([&bytes](const Product& product) {
                          bytes.clear();
                          if (failure(zpp::bits::out{bytes}(product))) std::abort();
                          Product back;
                          if (failure(zpp::bits::in{bytes}(back))) std::abort();
                          bench::keep(back.id);
                        })});
#else
  report.skipped("10 fields, 2 strings", "zpp_bits");
#endif
#if ASHLAR_PEER_bitsery
  std::vector<std::uint8_t> octets;
  contenders.push_back(
      {"bitsery", per_trip([&octets](const Product& product) {
         octets.clear();
         const std::size_t size =
             bitsery::quickSerialization<bitsery::OutputBufferAdapter<decltype(octets)>>(octets, product);
         Product back;
         const auto [error, complete] =
             bitsery::quickDeserialization<bitsery::InputBufferAdapter<decltype(octets)>>({octets.begin(), size}, back);
         if (error != bitsery::ReaderError::NoError || !complete) std::abort();
         bench::keep(back.id);
       })});
#else
  report.skipped("10 fields, 2 strings", "bitsery");
#endif
  report.run("10 fields, 2 strings", "round trip", "ns", contenders);
}
