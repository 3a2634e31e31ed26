// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/detail/column_integers.hpp>
#include <ashlar/codec/lz4.hpp>

// A column of texts, in one of two forms:
//   0  dictionary of the distinct ones, then blocks of their numbers
//   1  per block: the lengths, then the texts themselves, where few of them repeat
// Texts are packed with LZ4 where that makes them smaller.
namespace ashlar::inline v0::detail::column {

using ByteVector = std::vector<std::byte>;

constexpr std::size_t blocks_of(std::size_t rows) noexcept { return (rows + block - 1) / block; }
constexpr std::size_t rows_in(std::size_t index, std::size_t count) noexcept {
  return std::min(block, count - index * block);
}

inline void append(ByteVector& out, const ByteVector& more) { out.insert(out.end(), more.begin(), more.end()); }
inline void append_size(ByteVector& out, std::uint64_t size) {
  ByteWriter writer{out};
  writer.size(size);
  writer.flush();
}

/// Blocks one after another behind the list of their sizes.
class BlockList {
 public:
  void add(const std::byte* bytes, std::size_t size) {
    append_size(sizes_, size);
    blocks_.insert(blocks_.end(), bytes, bytes + size);
  }
  void write_to(ByteVector& out) const {
    append(out, sizes_);
    append(out, blocks_);
  }

 private:
  ByteVector sizes_;
  ByteVector blocks_;
};

/// Where the blocks of a list lie.
class BlockIndex {
 public:
  bool read(ByteReader& reader, std::size_t blocks) {
    if (blocks > reader.left()) return reader.fail("fewer bytes than blocks");
    ends_.resize(blocks);
    std::uint64_t total = 0;
    for (auto& end : ends_) {
      std::uint64_t size = 0;
      if (!reader.size(size)) return false;
      if (size > reader.left()) return reader.fail("a block that is longer than what is left");
      end = static_cast<std::size_t>(total += size);
    }
    return reader.bytes(static_cast<std::size_t>(total), all_);
  }
  std::span<const std::byte> operator[](std::size_t i) const noexcept {
    const std::size_t start = i == 0 ? 0 : ends_[i - 1];
    return all_.subspan(start, ends_[i] - start);
  }
  std::size_t size() const noexcept { return ends_.size(); }

 private:
  std::vector<std::size_t> ends_;
  std::span<const std::byte> all_;
};

inline void write_packed(ByteVector& out, std::span<const std::byte> raw) {
  append_size(out, raw.size());
  ByteVector packed;
  if (raw.size() <= Lz4::most) Lz4{}.compress(raw, packed);
  const bool smaller = !packed.empty() && packed.size() < raw.size();
  append_size(out, smaller ? packed.size() : 0);
  const auto kept = smaller ? std::span<const std::byte>{packed} : raw;
  out.insert(out.end(), kept.begin(), kept.end());
}
/// Appends what was packed to `out`.
inline bool read_packed(ByteReader& reader, ByteVector& out) {
  std::uint64_t raw_size = 0;
  std::uint64_t packed_size = 0;
  std::span<const std::byte> piece;
  if (!reader.size(raw_size) || !reader.size(packed_size)) return false;
  const std::uint64_t stored = packed_size == 0 ? raw_size : packed_size;
  if (stored > reader.left() || !reader.bytes(static_cast<std::size_t>(stored), piece))
    return reader.fail("texts are cut off");
  if (packed_size == 0) {
    out.insert(out.end(), piece.begin(), piece.end());
    return true;
  }
  const auto unpacked = Lz4{}.decompress(piece, static_cast<std::size_t>(raw_size), out);
  return unpacked.has_value() || reader.fail(unpacked.error().what());
}

/// Numbers the distinct texts in the order in which they come.
class TextNumbers {
 public:
  TextNumbers() : slots_(1024) {}

  std::uint32_t number(std::string_view text) {
    if (!texts_.empty() && texts_[last_] == text) return last_;
    const std::uint64_t hash = hash_of(text);
    const auto mark = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.number == 0) {
        texts_.push_back(text);
        marks_.push_back(hash);
        slot = {mark, static_cast<std::uint32_t>(texts_.size())};
        last_ = static_cast<std::uint32_t>(texts_.size() - 1);
        if (texts_.size() * 2 > slots_.size()) grow();
        return last_;
      }
      if (slot.mark == mark && texts_[slot.number - 1] == text) return last_ = slot.number - 1;
    }
  }
  const std::vector<std::string_view>& texts() const noexcept { return texts_; }

 private:
  struct Slot {
    std::uint32_t mark = 0;
    std::uint32_t number = 0;  // plus one; 0 is free
  };

  static std::uint64_t hash_of(std::string_view text) noexcept {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;
    std::uint64_t hash = text.size() * odd;
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, at += 8)
      hash = (std::rotl(hash, 29) ^ lz4::load<std::uint64_t>(reinterpret_cast<const unsigned char*>(at))) * odd;
    std::uint64_t last = 0;
    if (left != 0) std::memcpy(&last, at, left);
    hash = (std::rotl(hash, 29) ^ last) * odd;
    return hash ^ (hash >> 29);
  }
  void grow() {
    std::vector<Slot> wider(slots_.size() * 4);
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
      std::size_t at = marks_[i] & (wider.size() - 1);
      while (wider[at].number != 0) at = (at + 1) & (wider.size() - 1);
      wider[at] = {static_cast<std::uint32_t>(marks_[i] >> 32), i + 1};
    }
    slots_.swap(wider);
  }

  std::vector<Slot> slots_;
  std::vector<std::string_view> texts_;
  std::vector<std::uint64_t> marks_;
  std::uint32_t last_ = 0;
};

/// Lengths and texts of up to 1024 rows.
inline void write_text_block(std::span<const std::string_view> texts, ByteVector& out) {
  std::int64_t lengths[block];
  ByteVector raw;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lengths[i] = static_cast<std::int64_t>(texts[i].size());
    const auto bytes = std::as_bytes(std::span{texts[i]});
    raw.insert(raw.end(), bytes.begin(), bytes.end());
  }
  std::byte packed[most_block_bytes];
  const std::size_t size = encode_integers(lengths, texts.size(), packed);
  append_size(out, size);
  out.insert(out.end(), packed, packed + size);
  write_packed(out, raw);
}
/// Appends the texts to `storage` and their lengths to `lengths`.
inline bool read_text_block(ByteReader& reader, std::size_t rows, ByteVector& storage,
                            std::vector<std::size_t>& lengths) {
  std::uint64_t size = 0;
  std::span<const std::byte> piece;
  std::int64_t words[block];
  if (!reader.size(size)) return false;
  if (size > reader.left() || !reader.bytes(static_cast<std::size_t>(size), piece) ||
      !decode_integers(piece.data(), piece.size(), rows, words)) {
    return reader.fail("lengths of texts that cannot be");
  }
  const std::size_t start = storage.size();
  if (!read_packed(reader, storage)) return false;
  std::size_t left = storage.size() - start;
  for (std::size_t i = 0; i < rows; ++i) {
    if (words[i] < 0 || static_cast<std::uint64_t>(words[i]) > left)
      return reader.fail("a text that is longer than its block");
    lengths.push_back(static_cast<std::size_t>(words[i]));
    left -= lengths.back();
  }
  return left == 0 || reader.fail("texts that no row has");
}

/// Writes the column of `rows` texts that `text_of(row)` names; they stay where they are until this returns.
template <class F>
inline void encode_texts(std::size_t rows, F text_of, ByteVector& out) {
  TextNumbers numbers;
  BlockList codes;
  std::byte packed[most_block_bytes];
  bool few = true;
  for (std::size_t b = 0; b < blocks_of(rows) && few; ++b) {
    std::int64_t words[block];
    const std::size_t count = rows_in(b, rows);
    for (std::size_t i = 0; i < count; ++i) words[i] = numbers.number(text_of(b * block + i));
    codes.add(packed, encode_integers(words, count, packed));
    const std::size_t seen = b * block + count;
    few = numbers.texts().size() * 2 <= seen || seen < std::min<std::size_t>(rows, 4 * block);
  }
  std::vector<std::string_view> texts;
  if (few && numbers.texts().size() * 4 <= rows * 3) {
    out.push_back(std::byte{0});
    texts = numbers.texts();
    append_size(out, texts.size());
    for (std::size_t b = 0; b < blocks_of(texts.size()); ++b) {
      write_text_block(std::span{texts}.subspan(b * block, rows_in(b, texts.size())), out);
    }
    codes.write_to(out);
    return;
  }
  out.push_back(std::byte{1});
  BlockList list;
  ByteVector one;
  for (std::size_t b = 0; b < blocks_of(rows); ++b) {
    texts.resize(rows_in(b, rows));
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = text_of(b * block + i);
    one.clear();
    write_text_block(texts, one);
    list.add(one.data(), one.size());
  }
  list.write_to(out);
}

/// A column of texts to read from. Its texts lie in the column object.
class TextColumn {
 public:
  bool read(ByteReader& reader, std::size_t rows) {
    std::uint8_t form = 0;
    std::uint64_t distinct = 0;
    if (!reader.number(form)) return false;
    if (form > 1) return reader.fail("a form of texts that is not known");
    std::vector<std::size_t> lengths;
    by_number_ = form == 0;
    if (by_number_) {
      if (!reader.size(distinct)) return false;
      // A block of 1024 lengths takes four bytes or more.
      if (distinct > rows || distinct / 256 > reader.left())
        return reader.fail("more distinct texts than rows or bytes");
      lengths.reserve(static_cast<std::size_t>(distinct));
      for (std::size_t b = 0; b < blocks_of(static_cast<std::size_t>(distinct)); ++b) {
        if (!read_text_block(reader, rows_in(b, static_cast<std::size_t>(distinct)), storage_, lengths)) return false;
      }
      if (!codes_.read(reader, blocks_of(rows))) return false;
    } else {
      BlockIndex index;
      if (!index.read(reader, blocks_of(rows))) return false;
      for (std::size_t b = 0; b < index.size(); ++b) {
        ByteReader one{index[b]};
        if (!read_text_block(one, rows_in(b, rows), storage_, lengths) || one.left() != 0)
          return reader.fail("a damaged block of texts");
      }
    }
    texts_.reserve(lengths.size());
    const char* at = reinterpret_cast<const char*>(storage_.data());
    for (const std::size_t length : lengths) {
      texts_.emplace_back(at, length);
      at += length;
    }
    return true;
  }

  /// Calls `put(i, text)` for each row of a block.
  template <class F>
  bool read_block(std::size_t index, std::size_t rows, F put) const {
    if (!by_number_) {
      for (std::size_t i = 0; i < rows; ++i) put(i, texts_[index * block + i]);
      return true;
    }
    std::int64_t words[block];
    const auto piece = codes_[index];
    if (!decode_integers(piece.data(), piece.size(), rows, words)) return false;
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < rows; ++i) all = std::max(all, static_cast<std::uint64_t>(words[i]));
    if (all >= texts_.size()) return false;
    for (std::size_t i = 0; i < rows; ++i) put(i, texts_[static_cast<std::size_t>(words[i])]);
    return true;
  }

 private:
  bool by_number_ = false;
  BlockIndex codes_;
  ByteVector storage_;
  std::vector<std::string_view> texts_;
};

}  // namespace ashlar::inline v0::detail::column
