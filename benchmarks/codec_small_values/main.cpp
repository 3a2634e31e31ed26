// SPDX-License-Identifier: BSL-1.0
// How small and how fast do rows of about 200 bytes become with a dictionary that was trained on other rows?
#include <ashlar/codec.hpp>
#include <memory>
#include <support/bench.hpp>
#include <support/retail.hpp>

#if ASHLAR_PEER_lz4
#include <lz4.h>
#endif
#if ASHLAR_PEER_zstd
#include <zstd.h>
#endif

namespace {

using Bytes = std::vector<std::byte>;

std::vector<Bytes> json_rows() {
  std::vector<Bytes> rows;
  for (const auto& row : ashlar_test::retail_rows(500'000)) {
    const std::string json = ashlar_test::json_of(row);
    const auto bytes = std::as_bytes(std::span{json});
    rows.emplace_back(bytes.begin(), bytes.end());
  }
  for (int i = 0; rows.size() < 200'000; ++i) {
    const std::string json = R"({"made_up":)" + std::to_string(i * 7919 % 100003) +
                             R"(,"country":"United Kingdom","price":)" + std::to_string(i % 999) + ".95}\n";
    const auto bytes = std::as_bytes(std::span{json});
    rows.emplace_back(bytes.begin(), bytes.end());
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"codec_small_values", argc, argv};
  const std::vector<Bytes> rows = json_rows();
  std::vector<Bytes> samples;
  for (std::size_t i = 0; i < rows.size() / 5; i += 10) samples.push_back(rows[i]);
  const std::vector<Bytes> unseen(rows.end() - 20'000, rows.end());
  double total = 0;
  for (const auto& row : unseen) total += static_cast<double>(row.size());

  const auto known = std::make_shared<ashlar::Dictionaries>();
  const double train = bench::seconds([&] { known->add(ashlar::train_dictionary(samples, {1, 1})); });
  report.figure("train 16 KiB", "train_dictionary", "time", "s", train);
  const auto dictionary = known->newest(1);
  Bytes to(4096);
  Bytes raw(4096);

  std::vector<Bytes> packed;
  double size = 0;
  double plain = 0;
  for (const auto& row : unseen) {
    const std::size_t bytes = dictionary->compress_into(row, to);
    packed.emplace_back(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(bytes));
    size += static_cast<double>(bytes);
    plain += static_cast<double>(ashlar::Lz4::compress_into(row, to));
    if (!dictionary->decompress_into(packed.back(), std::span{raw}.first(row.size())) ||
        !std::equal(row.begin(), row.end(), raw.begin())) {
      std::fprintf(stderr, "a row does not come back\n");
      return 1;
    }
  }
  const ashlar::ValueCodec<Bytes, ashlar::Binary, ashlar::Lz4WithDictionary> codec{{}, {known, 1}};
  double stored = 0;
  for (const auto& row : unseen) {
    Bytes value;
    codec.encode(row, value);
    stored += static_cast<double>(value.size());
  }
  report.figure("unseen rows", "rows", "mean size", "bytes", total / static_cast<double>(unseen.size()));
  report.figure("unseen rows", "Lz4, no dictionary", "times smaller", "x", total / plain);
  report.figure("unseen rows", "Lz4WithDictionary", "times smaller", "x", total / size, total / size,
                bench::Bar{"raw", ">=2.9"});
  report.figure("unseen rows", "ValueCodec with header", "times smaller", "x", total / stored);

  const auto per_byte = [total](auto work) { return [=] { return 1e9 * bench::seconds(work) / total; }; };
  std::vector<bench::Contender> pack{{"Lz4WithDictionary", per_byte([&] {
                                        for (const auto& row : unseen) bench::keep(dictionary->compress_into(row, to));
                                      })}};
  std::vector<bench::Contender> unpack{
      {"Lz4WithDictionary", per_byte([&] {
         for (std::size_t i = 0; i < unseen.size(); ++i) {
           bench::keep(dictionary->decompress_into(packed[i], std::span{raw}.first(unseen[i].size())));
         }
       })}};
#if ASHLAR_PEER_lz4
  LZ4_stream_t* const prepared = LZ4_createStream();
  LZ4_stream_t* const stream = LZ4_createStream();
  const auto words = dictionary->bytes();
  LZ4_loadDict(prepared, reinterpret_cast<const char*>(words.data()), static_cast<int>(words.size()));
  const auto theirs = [&](const Bytes& row) {
    *stream = *prepared;
    return LZ4_compress_fast_continue(stream, reinterpret_cast<const char*>(row.data()),
                                      reinterpret_cast<char*>(to.data()), static_cast<int>(row.size()),
                                      static_cast<int>(to.size()), 1);
  };
  double their_size = 0;
  for (const auto& row : unseen) their_size += theirs(row);
  report.figure("unseen rows", "liblz4, same dictionary", "times smaller", "x", total / their_size);
  pack.push_back({"liblz4, same dictionary", per_byte([&] {
                    for (const auto& row : unseen) bench::keep(theirs(row));
                  })});
  unpack.push_back({"liblz4, same dictionary", per_byte([&] {
                      for (std::size_t i = 0; i < unseen.size(); ++i) {
                        bench::keep(LZ4_decompress_safe_usingDict(
                            reinterpret_cast<const char*>(packed[i].data()), reinterpret_cast<char*>(raw.data()),
                            static_cast<int>(packed[i].size()), static_cast<int>(unseen[i].size()),
                            reinterpret_cast<const char*>(words.data()), static_cast<int>(words.size())));
                      }
                    })});
#else
  report.skipped("unseen rows", "liblz4");
#endif
#if ASHLAR_PEER_zstd
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CDict* const zdict = ZSTD_createCDict(dictionary->bytes().data(), dictionary->bytes().size(), 1);
  const auto zstd = [&](const Bytes& row) {
    return ZSTD_compress_usingCDict(context, to.data(), to.size(), row.data(), row.size(), zdict);
  };
  double zstd_size = 0;
  for (const auto& row : unseen) zstd_size += static_cast<double>(zstd(row));
  report.figure("unseen rows", "zstd 1, same dictionary", "times smaller", "x", total / zstd_size);
  pack.push_back({"zstd 1, same dictionary", per_byte([&] {
                    for (const auto& row : unseen) bench::keep(zstd(row));
                  })});
#else
  report.skipped("unseen rows", "zstd");
#endif
  report.run("pack rows", "time per byte", "ns/B", pack);
  report.run("unpack rows", "time per byte", "ns/B", unpack);
}
