// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <ashlar/core/result.hpp>

namespace ashlar::inline v0::zstd::detail {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const noexcept { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const noexcept { ZSTD_freeDDict(dictionary); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeContext>;

template <class T>
inline T* made(T* thing) {
  return thing != nullptr ? thing : throw std::bad_alloc{};
}
// One per thread: making one costs more than packing a small value.
inline ZSTD_CCtx* packer() {
  static thread_local const Owned<ZSTD_CCtx> context{made(ZSTD_createCCtx())};
  return context.get();
}
inline ZSTD_DCtx* unpacker() {
  static thread_local const Owned<ZSTD_DCtx> context{made(ZSTD_createDCtx())};
  return context.get();
}

// `pack(to, room)` calls the library's function, whose only failure here is memory.
template <class F>
inline void compress(std::size_t raw_size, std::vector<std::byte>& out, F pack) {
  const std::size_t start = out.size();
  out.resize(start + ZSTD_compressBound(raw_size));
  const std::size_t size = pack(out.data() + start, out.size() - start);
  out.resize(ZSTD_isError(size) != 0 ? start : start + size);
  if (ZSTD_isError(size) != 0) throw std::bad_alloc{};
}

// Grows with what really comes out: the frame's own word for its size is not believed.
inline Result<void> decompress(std::span<const std::byte> packed, std::size_t raw_size, const ZSTD_DDict* dictionary,
                               std::vector<std::byte>& out) {
  ZSTD_DCtx* const context = unpacker();
  const std::size_t start = out.size();
  const auto broken = [&](std::string why) {
    out.resize(start);
    return Error{ErrorCode::corrupt, "zstd: " + std::to_string(packed.size()) + " bytes do not unpack to " +
                                         std::to_string(raw_size) + ": " + std::move(why)};
  };
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  if (ZSTD_isError(ZSTD_DCtx_refDDict(context, dictionary)) != 0) throw std::bad_alloc{};
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t made_bytes = 0;
  for (std::size_t left = 1; left != 0;) {
    const std::size_t step = std::max<std::size_t>(made_bytes, std::size_t{1} << 20);
    out.resize(start + std::min(raw_size, made_bytes + step));
    ZSTD_outBuffer to{out.data() + start, out.size() - start, made_bytes};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(context, &to, &in);
    if (ZSTD_isError(left) != 0) return broken(ZSTD_getErrorName(left));
    const bool stuck = to.pos == made_bytes && in.pos == before;
    made_bytes = to.pos;
    if (left != 0 && stuck) return broken(made_bytes == raw_size ? "they hold more" : "they are cut off");
  }
  if (made_bytes != raw_size || in.pos != packed.size()) return broken("the frame ends elsewhere");
  out.resize(start + raw_size);
  return {};
}

}  // namespace ashlar::inline v0::zstd::detail
