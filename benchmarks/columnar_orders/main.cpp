// SPDX-License-Identifier: BSL-1.0
// 100,000 orders as structs to bytes and back, against the JSON and the rows that one would compress instead; and how
// fast one column is unpacked into cache and summed up.
#include <charconv>
#include <cstring>
#include <string_view>

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

// Milliseconds that one of the runs takes that fit into 20 ms, about what gzip takes to unpack: so that every contender
// pays alike for what the one before left in the caches.
template <class F>
double ms_each(F work) {
  int times = 0;
  double spent = 0;
  for (; spent < 0.02; ++times) spent += bench::seconds(work);
  return spent * 1e3 / times;
}

#if ASHLAR_PEER_zlib
// The JSON of rows and back, for rows of this one type only: what a program does around gzip at the least.
void append_json(const View& row, std::string& out) {
  const auto number = [&](auto value) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  };
  out += R"({"invoice":)";
  number(row.invoice);
  ((out += R"(,"stock_code":")") += row.stock_code) += '"';
  ((out += R"(,"description":")") += row.description) += '"';
  number((out += R"(,"quantity":)", row.quantity));
  number((out += R"(,"time":)", row.time));
  number((out += R"(,"unit_price":)", row.price));
  number((out += R"(,"customer":)", row.customer));
  ((out += R"(,"country":")") += row.country) += "\"}\n";
}
const char* parse_json(const char* at, const char* end, View& row) {
  const auto number = [&](auto& value) {
    at = static_cast<const char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at))) + 1;
    at = std::from_chars(at, end, value).ptr;
  };
  const auto text = [&](std::string_view& value) {
    at = static_cast<const char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at))) + 2;
    const auto* const stop = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
    value = {at, static_cast<std::size_t>(stop - at)};
    at = stop + 1;
  };
  number(row.invoice);
  text(row.stock_code);
  text(row.description);
  number(row.quantity);
  number(row.time);
  number(row.price);
  number(row.customer);
  text(row.country);
  return at + 2;
}

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
  Bytes out;
  std::vector<bench::Contender> encode{{"Columnar", [&] {
                                          return ms_each([&] {
                                            out.clear();
                                            ashlar::Columnar{}.encode(views, out);
                                          });
                                        }}};
  std::vector<bench::Contender> decode{
      {"Columnar, texts as views",
       [&] {
         return ms_each([&] {
           const auto columns = ashlar::Columns<View>::open(packed);
           columns->read(target).value();
         });
       }},
      {"Columnar, texts as strings",
       [&] { return ms_each([&] { bench::keep(ashlar::Columnar{}.decode<std::vector<Row>>(packed)->size()); }); }}};
#if ASHLAR_PEER_zlib
  Bytes gz(json.size());
  std::string text(json.size(), ' ');
  std::string written;
  const std::size_t gz_size = gzip(json, gz);
  report.figure("100,000 orders", "gzip -6 of JSON", "size per row", "bytes", static_cast<double>(gz_size) / 1e5);
  // Against gzip alone, as if the JSON were there already and had not to be read; below it what that takes in addition.
  encode.front().bar = {"gzip -6 of JSON", "<=0.0667"};
  decode.front().bar = {"gzip -6 of JSON", "<=0.05"};
  encode.push_back({"gzip -6 of JSON", [&] { return ms_each([&] { bench::keep(gzip(json, gz)); }); }});
  decode.push_back({"gzip -6 of JSON", [&] { return ms_each([&] { gunzip(gz, gz_size, text); }); }});
  encode.push_back({"the same, JSON written", [&] {
                      return ms_each([&] {
                        written.clear();
                        for (const View& row : views) append_json(row, written);
                        bench::keep(gzip(written, gz));
                      });
                    }});
  decode.push_back({"the same, JSON parsed", [&] {
                      return ms_each([&] {
                        gunzip(gz, gz_size, text);
                        const char* at = text.data();
                        for (View& row : target) at = parse_json(at, text.data() + text.size(), row);
                      });
                    }});
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
                      return ms_each(
                          [&] { bench::keep(ZSTD_compress(z.data(), z.size(), plain.data(), plain.size(), 3)); });
                    }});
  decode.push_back(
      {"zstd 3 of packed rows",
       [&] { return ms_each([&] { bench::keep(ZSTD_decompress(plain.data(), plain.size(), z.data(), z_size)); }); }});
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
  std::vector<bench::Contender> unpacking{
      {"read_block",
       [&] {
         return times * bytes / 1e9 / bench::seconds([&] {
                  for (int t = 0; t < times; ++t) {
                    for (std::size_t b = 0; b < columns->blocks(); ++b) {
                      bench::keep(columns->read_block(b, std::span{block, columns->size_of(b)}).has_value());
                    }
                  }
                });
       },
       bench::Bar{"40 GB/s", ">=1"}}};
  // Asked of machines with AVX-512 only.
  const bool wide = std::string_view{ashlar::simd_target()}.starts_with("AVX3");
  if (wide) unpacking.push_back({"40 GB/s", [] { return 40.0; }});
  report.run(title, "unpack into cache", "GB/s", unpacking);
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
  // What no other column is like: steps of random length, as of a clock; and nothing to be found.
  std::vector<std::int64_t> steps;
  std::vector<std::int64_t> noise;
  std::uint64_t random = 1;
  for (std::int64_t at = 1'700'000'000'000; steps.size() < 500'000;) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    steps.push_back(at += static_cast<std::int64_t>(random >> 52));
    noise.push_back(static_cast<std::int64_t>(random >> 40));
  }
  one_column(report, "steps", steps);
  one_column(report, "noise", noise);
}
