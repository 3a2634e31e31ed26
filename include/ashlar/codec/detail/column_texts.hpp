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
#include <ashlar/core/detail/same_text.hpp>

// A column of texts, in one of three forms:
//   0  dictionary of the distinct ones, then blocks of their numbers
//   1  per block: the lengths, then the texts themselves, where few of them repeat
//   2  the place of an earlier column, not of form 1, that mostly decides this one (as an article's number does its
//      name); dictionary; for each number there the likely one here; then blocks of 0 for "the likely one", else the
//      number plus one
// Texts are packed with LZ4 where that makes them smaller. All is templates of the type that texts are seen as or that
// their numbers have, always the same: what is not used is not compiled.
namespace ashlar::inline v0::detail::column {

using ByteVector = std::vector<std::byte>;

constexpr std::size_t blocks_of(std::size_t rows) noexcept { return (rows + block - 1) / block; }
constexpr std::size_t rows_in(std::size_t index, std::size_t count) noexcept {
  return std::min(block, count - index * block);
}

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
    append_bytes(blocks_, {bytes, size});
  }
  void write_to(ByteVector& out) const {
    append_bytes(out, sizes_);
    append_bytes(out, blocks_);
  }
  std::size_t size() const noexcept { return sizes_.size() + blocks_.size(); }

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
  append_bytes(out, kept);
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
    append_bytes(out, piece);
    return true;
  }
  const auto unpacked = Lz4{}.decompress(piece, static_cast<std::size_t>(raw_size), out);
  return unpacked.has_value() || reader.fail(unpacked.error().what());
}

/// Numbers the distinct texts in the order in which they come.
template <class Text>
class TextNumbers {
 public:
  TextNumbers() : slots_(1024) {}

  bool is(std::uint32_t number, std::string_view text) const noexcept { return same_text(texts_[number], text); }
  std::uint32_t number(std::string_view text) {
    const std::uint64_t hash = hash_of(text);
    const auto mark = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.number == 0) {
        texts_.push_back(text);
        marks_.push_back(hash);
        slot = {mark, static_cast<std::uint32_t>(texts_.size())};
        const auto last = static_cast<std::uint32_t>(texts_.size() - 1);
        if (texts_.size() * 2 > slots_.size()) grow();
        return last;
      }
      if (slot.mark == mark && is(slot.number - 1, text, hash)) return slot.number - 1;
    }
  }
  const std::vector<Text>& texts() const noexcept { return texts_; }

 private:
  struct Slot {
    std::uint32_t mark = 0;
    std::uint32_t number = 0;  // plus one; 0 is free
  };

  // So short a text is its hash and its size: the text itself, which lies anywhere, need not be looked at.
  bool is(std::uint32_t number, std::string_view text, std::uint64_t hash) const noexcept {
    if (text.size() > 8) return is(number, text);
    return marks_[number] == hash && texts_[number].size() == text.size();
  }

  // Of two texts of one size, up to eight bytes, it differs.
  static std::uint64_t hash_of(std::string_view text) noexcept {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;
    std::uint64_t hash = text.size() * odd;
    const char* at = text.data();
    std::size_t left = text.size();
    const auto mix = [&](std::uint64_t word) { hash = (std::rotl(hash, 29) ^ word) * odd; };
    for (; left >= 8; left -= 8, at += 8) mix(lz4::load<std::uint64_t>(reinterpret_cast<const unsigned char*>(at)));
    if (left != 0) {
      std::uint64_t last = 0;
      if (text.size() >= 8) {
        last = lz4::load<std::uint64_t>(reinterpret_cast<const unsigned char*>(at + left - 8));
      } else if (left >= 4) {
        last = lz4::load<std::uint32_t>(reinterpret_cast<const unsigned char*>(at)) |
               std::uint64_t{lz4::load<std::uint32_t>(reinterpret_cast<const unsigned char*>(at + left - 4))} << 32;
      } else {
        std::memcpy(&last, at, left);
      }
      mix(last);
    }
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
  std::vector<Text> texts_;
  std::vector<std::uint64_t> marks_;
};

/// Lengths and texts of up to 1024 rows.
template <class Text>
inline void write_text_block(std::span<const Text> texts, ByteVector& out) {
  std::int64_t lengths[block];
  ByteVector raw;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lengths[i] = static_cast<std::int64_t>(texts[i].size());
    append_bytes(raw, std::as_bytes(std::span{texts[i]}));
  }
  std::byte packed[most_block_bytes];
  const std::size_t size = encode_integers(lengths, texts.size(), packed);
  append_size(out, size);
  append_bytes(out, {packed, size});
  write_packed(out, raw);
}
/// Appends the texts to `storage` and their lengths to `lengths`.
template <class Length>
inline bool read_text_block(ByteReader& reader, std::size_t rows, ByteVector& storage, std::vector<Length>& lengths) {
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

template <class Text>
inline void write_dictionary(std::span<const Text> texts, ByteVector& out) {
  append_size(out, texts.size());
  for (std::size_t b = 0; b < blocks_of(texts.size()); ++b) {
    write_text_block(texts.subspan(b * block, rows_in(b, texts.size())), out);
  }
}

/// The numbers of a column's texts.
template <class Code = std::uint32_t>
struct TextCodes {
  std::size_t place = 0;
  std::size_t distinct = 0;
  std::vector<Code> codes;
};

/// Numbers the texts of a column, as long as they repeat. Where an earlier column mostly decides this one, a text is
/// first compared with the one that came with the same number there, which spares most of them the search.
template <class Text, class Code>
class TextNumbering {
 public:
  explicit TextNumbering(const std::vector<TextCodes<Code>>& earlier) noexcept : earlier_{earlier} {}

  /// False where so few texts repeat that numbers are of no use.
  template <class F>
  bool run(std::size_t rows, F text_of) {
    codes_.resize(rows);
    for (std::size_t b = 0; b < blocks_of(rows); ++b) {
      const std::size_t end = b * block + rows_in(b, rows);
      if (b == trial) choose_leader(b * block);
      // Where texts lie apart, the next ones are fetched while this one is looked for.
      const auto text_at = [&](std::size_t row) {
        if (row + ahead < rows) __builtin_prefetch(text_of(row + ahead).data());
        return text_of(row);
      };
      if (leader_ == nullptr) {
        for (std::size_t row = b * block; row < end; ++row) {
          const std::string_view text = text_at(row);
          const bool again = row != 0 && numbers_.is(codes_[row - 1], text);
          codes_[row] = again ? codes_[row - 1] : numbers_.number(text);
        }
      } else {
        for (std::size_t row = b * block; row < end; ++row) {
          const std::string_view text = text_at(row);
          std::uint32_t& before = last_[leader_->codes[row]];
          if (before == none || !numbers_.is(before, text)) before = numbers_.number(text);
          codes_[row] = before;
        }
      }
      if (numbers_.texts().size() * 2 > end && end >= std::min<std::size_t>(rows, trial * block)) return false;
    }
    if (leader_ == nullptr) choose_leader(rows);
    return numbers_.texts().size() * 4 <= rows * 3;
  }
  const std::vector<Text>& texts() const noexcept { return numbers_.texts(); }
  std::vector<Code>& codes() noexcept { return codes_; }
  /// The column that decides this one best, or null.
  const TextCodes<Code>* leader() const noexcept { return leader_; }

 private:
  static constexpr std::uint32_t none = ~0u;
  static constexpr std::size_t ahead = 12;
  static constexpr std::size_t trial = 4;  // blocks that are numbered before a leader is chosen

  // Judged by the first rows: whether equal numbers there mostly come with equal numbers here.
  void choose_leader(std::size_t rows) {
    std::vector<Code> last;
    std::size_t best = 0;
    for (const TextCodes<Code>& candidate : earlier_) {
      last.assign(candidate.distinct, none);
      std::size_t again = 0;
      std::size_t same = 0;
      for (std::size_t row = 0; row < std::min(rows, 2 * trial * block); ++row) {
        std::uint32_t& before = last[candidate.codes[row]];
        again += before != none ? 1 : 0;
        same += before == codes_[row] ? 1 : 0;
        before = codes_[row];
      }
      if (same * 4 > again * 3 && same > best) {
        best = same;
        leader_ = &candidate;
        last_ = last;
      }
    }
  }

  const std::vector<TextCodes<Code>>& earlier_;
  TextNumbers<Text> numbers_;
  std::vector<Code> codes_;
  std::vector<Code> last_;
  const TextCodes<Code>* leader_ = nullptr;
};

/// What is left to say of a column of texts when that of `leader` is known.
template <class Code>
struct Prediction {
  BlockList likely;
  BlockList codes;

  Prediction(const TextCodes<Code>& leader, const std::vector<Code>& own) {
    // The one that most rows of a number vote for, where there is a majority (R. Boyer, J Moore, "MJRTY", 1981).
    std::vector<std::int64_t> candidates(leader.distinct, 0);
    std::vector<Code> votes(leader.distinct, 0);
    for (std::size_t row = 0; row < own.size(); ++row) {
      std::uint32_t& vote = votes[leader.codes[row]];
      std::int64_t& candidate = candidates[leader.codes[row]];
      candidate = vote == 0 ? own[row] : candidate;
      vote += candidate == own[row] ? 1u : ~0u;
    }
    std::byte packed[most_block_bytes];
    for (std::size_t b = 0; b < blocks_of(leader.distinct); ++b) {
      likely.add(packed, encode_integers(candidates.data() + b * block, rows_in(b, leader.distinct), packed));
    }
    for (std::size_t b = 0; b < blocks_of(own.size()); ++b) {
      std::int64_t words[block];
      const std::size_t count = rows_in(b, own.size());
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t row = b * block + i;
        words[i] = candidates[leader.codes[row]] == own[row] ? 0 : std::int64_t{own[row]} + 1;
      }
      codes.add(packed, encode_integers(words, count, packed));
    }
  }
  std::size_t size() const noexcept { return likely.size() + codes.size(); }
};

/// The sizes and blocks of every `step`th block of numbers.
template <class Code>
inline BlockList pack_codes(const std::vector<Code>& codes, std::size_t step) {
  BlockList list;
  std::byte packed[most_block_bytes];
  std::int64_t words[block];
  for (std::size_t b = 0; b < blocks_of(codes.size()); b += step) {
    const std::size_t count = rows_in(b, codes.size());
    std::copy_n(codes.data() + b * block, count, words);
    list.add(packed, encode_integers(words, count, packed));
  }
  return list;
}

/// Writes column `place` of `rows` texts that `text_of(row)` names; they stay where they are until this returns.
/// `earlier` are the columns before that it may follow; it joins them.
template <class F>
inline void encode_texts(std::size_t rows, F text_of, std::size_t place, std::vector<TextCodes<>>& earlier,
                         ByteVector& out) {
  TextNumbering<std::string_view, std::uint32_t> numbering{earlier};
  const auto dictionary = [&] { return std::span<const std::string_view>{numbering.texts()}; };
  if (numbering.run(rows, text_of)) {
    const TextCodes<>* leader = numbering.leader();
    bool written = false;
    if (leader != nullptr) {
      const Prediction prediction{*leader, numbering.codes()};
      const std::size_t step = 1 + blocks_of(rows) / 8;
      if (prediction.size() < pack_codes(numbering.codes(), step).size() * step) {
        out.push_back(std::byte{2});
        append_size(out, leader->place);
        write_dictionary(dictionary(), out);
        prediction.likely.write_to(out);
        prediction.codes.write_to(out);
        written = true;
      }
    }
    if (!written) {
      out.push_back(std::byte{0});
      write_dictionary(dictionary(), out);
      pack_codes(numbering.codes(), 1).write_to(out);
    }
    earlier.push_back({place, numbering.texts().size(), std::move(numbering.codes())});
    return;
  }
  out.push_back(std::byte{1});
  BlockList list;
  ByteVector one;
  std::vector<std::string_view> texts;
  for (std::size_t b = 0; b < blocks_of(rows); ++b) {
    texts.resize(rows_in(b, rows));
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = text_of(b * block + i);
    one.clear();
    write_text_block(std::span<const std::string_view>{texts}, one);
    list.add(one.data(), one.size());
  }
  list.write_to(out);
}

/// A column of texts to read from. Its texts lie in the column object.
template <class Text = std::string_view>
class TextColumn {
 public:
  static constexpr std::size_t nobody = ~std::size_t{0};

  /// `distinct_of(place)` is how many distinct texts the column at `place` has, or 0 where it has no numbers or is not
  /// before this one.
  template <class F>
  bool read(ByteReader& reader, std::size_t rows, F distinct_of) {
    std::uint8_t form = 0;
    std::uint64_t distinct = 0;
    std::uint64_t place = 0;
    if (!reader.number(form)) return false;
    if (form > 2) return reader.fail("a form of texts that is not known");
    by_number_ = form != 1;
    if (form == 2 && !reader.size(place)) return false;
    std::vector<std::size_t> lengths;
    if (by_number_) {
      if (!reader.size(distinct)) return false;
      // A block of 1024 lengths takes four bytes or more.
      if (distinct > rows || distinct / 256 > reader.left())
        return reader.fail("more distinct texts than rows or bytes");
      lengths.reserve(static_cast<std::size_t>(distinct));
      for (std::size_t b = 0; b < blocks_of(static_cast<std::size_t>(distinct)); ++b) {
        if (!read_text_block(reader, rows_in(b, static_cast<std::size_t>(distinct)), storage_, lengths)) return false;
      }
      if (form == 2 && !read_likely(reader, static_cast<std::size_t>(place),
                                    distinct_of(static_cast<std::size_t>(place)), lengths.size()))
        return false;
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

  /// How many distinct texts there are, or 0 where they have no numbers.
  std::size_t distinct() const noexcept { return by_number_ ? texts_.size() : 0; }
  /// The place of the column whose numbers `read_block` needs, or `nobody`.
  std::size_t leader() const noexcept { return leader_; }
  Text operator[](std::int64_t place) const noexcept { return texts_[static_cast<std::size_t>(place)]; }

  /// Where the texts of a block's rows are found; `leading` are those of the same rows in the column of `leader()`.
  bool read_block(std::size_t index, std::size_t rows, const std::int64_t* leading, std::int64_t* places) const {
    if (!by_number_) {
      for (std::size_t i = 0; i < rows; ++i) places[i] = static_cast<std::int64_t>(index * block + i);
      return true;
    }
    const auto piece = codes_[index];
    if (!decode_integers(piece.data(), piece.size(), rows, places)) return false;
    if (leader_ != nobody) {
      // A difference of one makes 0, "the likely one", no place at all.
      for (std::size_t i = 0; i < rows; ++i) {
        const auto likely = static_cast<std::int64_t>(likely_[static_cast<std::size_t>(leading[i])]);
        places[i] = places[i] == 0 ? likely : static_cast<std::int64_t>(static_cast<std::uint64_t>(places[i]) - 1);
      }
    }
    std::int64_t smallest = 0;
    std::int64_t largest = 0;
    range(places, rows, &smallest, &largest);
    return smallest >= 0 && static_cast<std::uint64_t>(largest) < texts_.size();
  }

 private:
  bool read_likely(ByteReader& reader, std::size_t place, std::size_t leading, std::size_t distinct) {
    if (leading == 0) return reader.fail("it follows a column that cannot lead");
    BlockIndex index;
    if (!index.read(reader, blocks_of(leading))) return false;
    leader_ = place;
    likely_.reserve(leading);
    for (std::size_t b = 0; b < index.size(); ++b) {
      std::int64_t words[block];
      const std::size_t count = rows_in(b, leading);
      if (!decode_integers(index[b].data(), index[b].size(), count, words)) return reader.fail("a damaged block");
      for (std::size_t i = 0; i < count; ++i) {
        if (static_cast<std::uint64_t>(words[i]) >= distinct) return reader.fail("a likely text that there is not");
        likely_.push_back(static_cast<std::uint32_t>(words[i]));
      }
    }
    return true;
  }

  bool by_number_ = false;
  std::size_t leader_ = nobody;
  std::vector<std::uint32_t> likely_;
  BlockIndex codes_;
  ByteVector storage_;
  std::vector<Text> texts_;
};

}  // namespace ashlar::inline v0::detail::column
