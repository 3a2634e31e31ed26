// SPDX-License-Identifier: BSL-1.0
// 100,000 orders as structs to bytes and back, against the JSON and the rows that one would compress instead; and how
// fast one column is unpacked into cache and summed up.
#include <ashlar/codec.hpp>
#include <ashlar/simd/column_stats.hpp>
#include <ashlar/simd/target.hpp>
#include <support/bench.hpp>
#include <support/retail.hpp>

#if ASHLAR_PEER_zlib
#include <zlib.h>
#endif
#if ASHLAR_PEER_zstd
#include <zstd.h>
#endif

namespace {

using Bytes = std::vector<std::byte>;
using Row = ashlar_test::RetailRow<std::string>;
using View = ashlar_test::RetailRow<std::string_view>;

std::vector<Row> orders() {
  std::vector<Row> rows = ashlar_test::retail_rows(100'000);
  for (int i = 0; rows.size() < 100'000; ++i) {
    rows.push_back({536'365 + i / 20, "S" + std::to_string(i * 7919 % 3000),
                    "made up " + std::to_string(i * 7919 % 3000), i % 24, 1'290'000'000 + i / 20 * 60,
                    i * 31 % 999 / 100.0, 17'000 + i / 20 % 900, "United Kingdom"});
  }
  return rows;
}

double ms(double seconds) { return seconds * 1e3; }

#if ASHLAR_PEER_zlib
// As gzip -6 does; `raw` is packed to `to`.
std::size_t gzip(const std::string& raw, Bytes& to) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  return stream.total_out;
}
void gunzip(const Bytes& packed, std::size_t size, std::string& to) {
  z_stream stream{};
  inflateInit2(&stream, 31);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
}
#endif

void whole_table(bench::Report& report) {
  const std::vector<Row> rows = orders();
  std::vector<View> views;
  std::string json;
  for (const Row& row : rows) {
    views.push_back(
        {row.invoice, row.stock_code, row.description, row.quantity, row.time, row.price, row.customer, row.country});
    json += ashlar_test::json_of(row);
  }
  Bytes packed;
  ashlar::Columnar{}.encode(rows, packed);
  if (ashlar::Columnar{}.decode<std::vector<Row>>(packed).value() != rows) {
    std::fprintf(stderr, "the table does not come back\n");
    std::exit(1);
  }
  const double per_row = static_cast<double>(packed.size()) / static_cast<double>(rows.size());
  report.figure("100,000 orders", "Columnar", "size per row", "bytes", per_row, per_row, bench::Bar{"bytes", "<=6.7"});

  std::vector<View> target(rows.size());
  std::vector<bench::Contender> encode{{"Columnar", [&] {
                                          Bytes out;
                                          return ms(bench::seconds([&] { ashlar::Columnar{}.encode(views, out); }));
                                        }}};
  std::vector<bench::Contender> decode{
      {"Columnar, texts as views",
       [&] {
         return ms(bench::seconds([&] {
           const auto columns = ashlar::Columns<View>::open(packed);
           columns->read(target).value();
         }));
       }},
      {"Columnar, texts as strings", [&] {
         return ms(bench::seconds([&] { bench::keep(ashlar::Columnar{}.decode<std::vector<Row>>(packed)->size()); }));
       }}};
#if ASHLAR_PEER_zlib
  Bytes gz(json.size());
  std::string text(json.size(), ' ');
  const std::size_t gz_size = gzip(json, gz);
  report.figure("100,000 orders", "gzip -6 of JSON", "size per row", "bytes", static_cast<double>(gz_size) / 1e5);
  encode.front().bar = {"gzip -6 of JSON", "<=0.0667"};
  decode.front().bar = {"gzip -6 of JSON", "<=0.05"};
  encode.push_back({"gzip -6 of JSON", [&] { return ms(bench::seconds([&] { bench::keep(gzip(json, gz)); })); }});
  decode.push_back({"gzip -6 of JSON", [&] { return ms(bench::seconds([&] { gunzip(gz, gz_size, text); })); }});
#else
  report.skipped("100,000 orders", "gzip -6 of JSON");
#endif
#if ASHLAR_PEER_zstd
  Bytes plain;
  ashlar::Binary{}.encode(rows, plain);
  Bytes z(ZSTD_compressBound(plain.size()));
  const std::size_t z_size = ZSTD_compress(z.data(), z.size(), plain.data(), plain.size(), 3);
  report.figure("100,000 orders", "zstd 3 of packed rows", "size per row", "bytes", static_cast<double>(z_size) / 1e5,
                static_cast<double>(z_size) / static_cast<double>(packed.size()), bench::Bar{"Columnar", ">=1.5"});
  encode.push_back({"zstd 3 of packed rows", [&] {
                      return ms(bench::seconds(
                          [&] { bench::keep(ZSTD_compress(z.data(), z.size(), plain.data(), plain.size(), 3)); }));
                    }});
  decode.push_back(
      {"zstd 3 of packed rows", [&] {
         return ms(bench::seconds([&] { bench::keep(ZSTD_decompress(plain.data(), plain.size(), z.data(), z_size)); }));
       }});
#else
  report.skipped("100,000 orders", "zstd 3 of packed rows");
#endif
  report.run("encode", "time", "ms", encode);
  report.run("decode", "time", "ms", decode);
}

template <class T>
void one_column(bench::Report& report, const std::string& name, const std::vector<T>& values) {
  Bytes packed;
  ashlar::Columnar{}.encode(values, packed);
  const auto columns = ashlar::Columns<T>::open(packed);
  report.figure(name, "Columnar", "bits per value", "bits",
                8.0 * static_cast<double>(packed.size()) / static_cast<double>(values.size()));
  const auto bytes = static_cast<double>(values.size() * sizeof(T));
  const int times = 10;
  const std::string title = name + " (" + ashlar::simd_target() + ")";
  alignas(64) T block[1024];
  report.run(title, "unpack into cache", "GB/s",
             {{"read_block", [&] {
                 return times * bytes / 1e9 / bench::seconds([&] {
                          for (int t = 0; t < times; ++t) {
                            for (std::size_t b = 0; b < columns->blocks(); ++b) {
                              bench::keep(columns->read_block(b, std::span{block, columns->size_of(b)}).has_value());
                            }
                          }
                        });
               }}});
  const auto per_row = [&](double seconds) { return seconds * 1e9 / static_cast<double>(values.size() * times); };
  report.run(title, "sum, min, max", "ns/row",
             {{"Columns::summary",
               [&] {
                 return per_row(bench::seconds([&] {
                   for (int t = 0; t < times; ++t) bench::keep(columns->template summary<0>().value().sum);
                 }));
               },
               bench::Bar{"plain array", "<=1.2"}},
              {"plain array", [&] {
                 return per_row(bench::seconds([&] {
                   for (int t = 0; t < times; ++t) bench::keep(ashlar::column_stats(std::span<const T>{values}).sum);
                 }));
               }}});
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report{"columnar_orders", argc, argv};
  whole_table(report);
  const auto rows = ashlar_test::retail_rows(600'000);
  std::vector<std::int64_t> invoice;
  std::vector<std::int64_t> time;
  std::vector<std::int64_t> quantity;
  std::vector<double> price;
  for (std::size_t i = 0; i < 541'909; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    invoice.push_back(rows.empty() ? 536'365 + n / 20 : rows[i % rows.size()].invoice);
    time.push_back(rows.empty() ? 1'290'000'000 + n / 20 * 60 : rows[i % rows.size()].time);
    quantity.push_back(rows.empty() ? n * 31 % 24 : rows[i % rows.size()].quantity);
    price.push_back(rows.empty() ? static_cast<double>(n * 31 % 999) / 100 : rows[i % rows.size()].price);
  }
  one_column(report, "invoice", invoice);
  one_column(report, "time", time);
  one_column(report, "quantity", quantity);
  one_column(report, "price", price);
}
