// SPDX-License-Identifier: BSL-1.0
// Values of one row each repeat their neighbours, not themselves: a trained dictionary makes them a third as large.
#include <iostream>
#include <memory>
#include <string>

#include <ashlar/codec.hpp>

std::string row(int i) {
  return R"({"order":)" + std::to_string(100'000 + i * 7) + R"(,"product":"LANTERN )" + std::to_string(i % 90) +
         R"(","quantity":)" + std::to_string(i % 12) + R"(,"country":"United Kingdom","paid":true})";
}

int main() {
  std::vector<std::vector<std::byte>> samples;
  for (int i = 0; i < 1000; ++i) {
    samples.emplace_back();
    ashlar::Binary{}.encode(row(i), samples.back());
  }
  const auto known = std::make_shared<ashlar::Dictionaries>();
  known->add(ashlar::train_dictionary(samples, {.id = 1, .epoch = 1}));
  known->assign("order:", 1);

  const ashlar::Lz4WithDictionary lz4{known, known->id_for("order:100007")};
  const ashlar::ValueCodec<std::string, ashlar::Binary, ashlar::Lz4WithDictionary> codec{{}, lz4};
  std::vector<std::byte> packed;
  codec.encode(row(5000), packed);
  std::cout << "a third or less: " << std::boolalpha << (packed.size() * 3 <= row(5000).size()) << "\n";
  std::cout << codec.decode(packed).value() << "\n";
}
