// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace {

/// A file system that moves at most three bytes at a time.
struct Short {
  struct File {
    std::string* content;
  };
  ashlar::Result<std::size_t> read(const File& file, std::uint64_t offset, std::span<std::byte> into) const {
    const auto at = static_cast<std::size_t>(offset);
    if (at >= file.content->size()) return std::size_t{0};
    const std::size_t count = std::min({std::size_t{3}, into.size(), file.content->size() - at});
    std::memcpy(into.data(), file.content->data() + at, count);
    return count;
  }
  ashlar::Result<std::size_t> write(const File& file, std::uint64_t offset, std::span<const std::byte> from) const {
    if (stuck) return std::size_t{0};
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t count = std::min<std::size_t>(3, from.size());
    file.content->resize(std::max(file.content->size(), at + count));
    std::memcpy(file.content->data() + at, from.data(), count);
    return count;
  }
  ashlar::Result<std::uint64_t> size(const File& file) const { return std::uint64_t{file.content->size()}; }
  bool stuck = false;
};

TEST_CASE("short reads and writes are gone on with") {
  std::string content;
  const Short::File file{&content};
  const std::string_view text = "a text of some length";
  ashlar::write_fully(Short{}, file, 0, std::as_bytes(std::span{text})).value();
  CHECK(content == text);
  const auto whole = ashlar::read_whole(Short{}, file).value();
  CHECK(std::string_view{reinterpret_cast<const char*>(whole.data()), whole.size()} == text);
  CHECK(ashlar::read_whole(Short{}, file, 5).error().code() == ashlar::ErrorCode::corrupt);
}

TEST_CASE("zeros are written from one offset up to another, in many pieces, and nowhere else") {
  const std::size_t from = 5;
  const std::size_t to = from + (std::size_t{1} << 20) + 7;
  std::string content(to + 3, 'x');
  ashlar::write_zeros(Short{}, Short::File{&content}, from, to).value();
  CHECK(content == std::string(from, 'x') + std::string(to - from, '\0') + "xxx");
  CHECK(!ashlar::write_zeros(Short{.stuck = true}, Short::File{&content}, 0, 1));
}

TEST_CASE("a write that makes no progress is an error") {
  std::string content;
  const std::string_view text = "x";
  CHECK(!ashlar::write_fully(Short{.stuck = true}, Short::File{&content}, 0, std::as_bytes(std::span{text})));
}

}  // namespace
