// SPDX-License-Identifier: BSL-1.0
// How fast are blocks of LZ4 packed and unpacked, against liblz4 on the same bytes?
#include <ashlar/codec/lz4.hpp>
#include <support/bench.hpp>
#include <support/retail.hpp>

#if ASHLAR_PEER_lz4
#include <lz4.h>
#endif
#ifndef ASHLAR_PEER_libdeflate
#define ASHLAR_PEER_libdeflate 0
#endif
#if ASHLAR_PEER_libdeflate
#include <libdeflate.h>
#endif

namespace {

using Bytes = std::vector<std::byte>;
using ashlar::Lz4;

struct Blocks {
  std::vector<std::span<const std::byte>> raw;
  std::size_t total = 0;
  std::vector<Bytes> packed;  // by liblz4 where it is there, so that both unpack the same
};

Blocks cut(const std::string& text, std::size_t size) {
  Blocks blocks;
  const auto bytes = std::as_bytes(std::span{text});
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    blocks.raw.push_back(bytes.subspan(at, std::min(size, bytes.size() - at)));
  }
  blocks.total = bytes.size();
  return blocks;
}

std::size_t pack_ours(std::span<const std::byte> raw, Bytes& to) { return Lz4::compress_into(raw, to); }
#if ASHLAR_PEER_lz4
std::size_t pack_theirs(std::span<const std::byte> raw, Bytes& to) {
  return static_cast<std::size_t>(LZ4_compress_default(reinterpret_cast<const char*>(raw.data()),
                                                       reinterpret_cast<char*>(to.data()), static_cast<int>(raw.size()),
                                                       static_cast<int>(to.size())));
}
#endif

// Another class of codec, for scale: smaller, and slower to unpack.
void add_libdeflate([[maybe_unused]] bench::Report& report, [[maybe_unused]] const std::string& which,
                    [[maybe_unused]] const Blocks& blocks, [[maybe_unused]] std::vector<bench::Contender>& pack,
                    [[maybe_unused]] std::vector<bench::Contender>& unpack) {
#if ASHLAR_PEER_libdeflate
  static libdeflate_compressor* const packer = libdeflate_alloc_compressor(1);
  static libdeflate_decompressor* const unpacker = libdeflate_alloc_decompressor();
  const auto pack_one = [](std::span<const std::byte> block, Bytes& to) {
    to.resize(libdeflate_deflate_compress_bound(packer, block.size()));
    to.resize(libdeflate_deflate_compress(packer, block.data(), block.size(), to.data(), to.size()));
  };
  std::vector<Bytes> packed(blocks.raw.size());
  double size = 0;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    pack_one(blocks.raw[i], packed[i]);
    size += static_cast<double>(packed[i].size());
  }
  report.figure(which, "libdeflate 1", "packed size", "bytes", size);
  const auto total = static_cast<double>(blocks.total);
  pack.push_back({"libdeflate 1", [&blocks, total, pack_one] {
                    Bytes to;
                    return 1e9 / total * bench::seconds([&] {
                             for (const auto block : blocks.raw) pack_one(block, to);
                           });
                  }});
  unpack.push_back({"libdeflate 1", [&blocks, total, packed] {
                      Bytes raw(blocks.raw.front().size());
                      return 1e9 / total * bench::seconds([&] {
                               for (std::size_t i = 0; i < packed.size(); ++i) {
                                 bench::keep(libdeflate_deflate_decompress(unpacker, packed[i].data(), packed[i].size(),
                                                                           raw.data(), blocks.raw[i].size(), nullptr));
                               }
                             });
                    }});
#else
  report.skipped(which, "libdeflate");
#endif
}

void compare(bench::Report& report, const std::string& name, const std::string& text, std::size_t size) {
  Blocks blocks = cut(text, size);
  const std::string which = name + " " + (size < text.size() ? std::to_string(size) + " B" : "whole");
  Bytes to(Lz4::bound(std::min(size, text.size())));
  Bytes raw(std::min(size, text.size()));
  std::size_t ours = 0;
  std::size_t theirs = 0;
  for (const auto block : blocks.raw) {
    const std::size_t packed = pack_ours(block, to);
    ours += packed;
    if (!Lz4::decompress_into(std::span{to}.first(packed), std::span{raw}.first(block.size())) ||
        !std::equal(block.begin(), block.end(), raw.begin())) {
      std::fprintf(stderr, "%s: a block does not come back\n", which.c_str());
      std::exit(1);
    }
#if ASHLAR_PEER_lz4
    const std::size_t their_size = pack_theirs(block, to);
    theirs += their_size;
    blocks.packed.emplace_back(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(their_size));
#else
    blocks.packed.emplace_back(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(packed));
#endif
  }
  const auto total = static_cast<double>(blocks.total);
  const auto rate = [&](auto work) {
    return [&blocks, total, work] { return 1e9 * bench::seconds([&] { work(blocks); }) / total; };
  };
  std::vector<bench::Contender> pack{{"Lz4", rate([&](const Blocks& b) {
                                        for (const auto block : b.raw) bench::keep(pack_ours(block, to));
                                      })}};
  std::vector<bench::Contender> unpack{
      {"Lz4", rate([&](const Blocks& b) {
         for (std::size_t i = 0; i < b.raw.size(); ++i) {
           bench::keep(Lz4::decompress_into(b.packed[i], std::span{raw}.first(b.raw[i].size())));
         }
       })}};
#if ASHLAR_PEER_lz4
  report.figure(which, "Lz4", "packed size", "bytes", static_cast<double>(ours),
                static_cast<double>(ours) / static_cast<double>(theirs),
                size >= 65536 ? std::optional<bench::Bar>{{"liblz4", "<=1.005"}} : std::nullopt);
  pack.front().bar = {"liblz4", size <= 512 ? "<=0.769" : "<=1.053"};
  unpack.front().bar = {"liblz4", "<=1.053"};
  pack.push_back({"liblz4", rate([&](const Blocks& b) {
                    for (const auto block : b.raw) bench::keep(pack_theirs(block, to));
                  })});
  unpack.push_back({"liblz4", rate([&](const Blocks& b) {
                      for (std::size_t i = 0; i < b.raw.size(); ++i) {
                        bench::keep(LZ4_decompress_safe(
                            reinterpret_cast<const char*>(b.packed[i].data()), reinterpret_cast<char*>(raw.data()),
                            static_cast<int>(b.packed[i].size()), static_cast<int>(b.raw[i].size())));
                      }
                    })});
#else
  static_cast<void>(theirs);
  report.figure(which, "Lz4", "packed size", "bytes", static_cast<double>(ours));
  report.skipped(which, "liblz4");
#endif
  if (size == 65536) add_libdeflate(report, which, blocks, pack, unpack);
  report.run(which + " pack", "time per byte", "ns/B", pack);
  report.run(which + " unpack", "time per byte", "ns/B", unpack);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"lz4_blocks", argc, argv};
  std::vector<std::pair<std::string, std::string>> sets;
  for (const char* file :
       {"online_retail.csv.xz", "green_taxi_2022_01.csv.xz", "movies-2000s.json.xz", "xml.zip", "nci.zip"}) {
    std::string text = ashlar_test::unpacked(file);
    text.resize(std::min(text.size(), std::size_t{4} << 20));
    if (!text.empty()) sets.emplace_back(std::string{file}.substr(0, std::string{file}.find('.')), std::move(text));
  }
  if (sets.empty()) {
    std::string text;
    for (int i = 0; text.size() < (std::size_t{2} << 20); ++i)
      text += "row " + std::to_string(i * 7919 % 100003) + " of a made-up table;\n";
    sets.emplace_back("made up", std::move(text));
  }
  for (const auto& [name, text] : sets) {
    for (const std::size_t size :
         {std::size_t{198}, std::size_t{512}, std::size_t{4096}, std::size_t{65536}, text.size()}) {
      compare(report, name, text, size);
    }
  }
}
