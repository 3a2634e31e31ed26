// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ashlar/pipeline/buffer_pool.hpp>
#include <ashlar/pipeline/detail/look_ahead.hpp>
#include <ashlar/pipeline/from.hpp>

namespace ashlar::inline v0 {

namespace detail {

template <class T>
concept file_named = requires(const T& path) {
  { path.c_str() } -> std::convertible_to<const char*>;
};

/// `read` maps files of so many bytes or more.
inline constexpr std::uint64_t mapped_from = std::uint64_t{64} << 20;

/// The memory that `read` takes for the contents of a file.
[[gnu::cold]] inline std::uint64_t weight_of_file(const char* path) noexcept {
  struct stat status{};
  if (::stat(path, &status) != 0 || status.st_size <= 0) return Shelves::smallest;
  const auto size = static_cast<std::size_t>(status.st_size);
  return size < mapped_from ? Shelves::capacity_for(size + 1) : size;
}

/// A range of paths as a source that reads ahead.
template <class R>
class Files {
 public:
  using value_type = typename FromRange<R>::value_type;

  explicit Files(R&& paths) : paths_{std::forward<R>(paths)} {}

  /// Reads `files` ahead, whatever is measured; 0: none.
  Files prefetch(std::size_t files) && {
    ahead_ = LookAhead<value_type>{files};
    return std::move(*this);
  }

  static constexpr std::string_view name() noexcept { return "files"; }
  void begin_run(const auto& wake) {
    paths_.begin_run(wake);
    ahead_.restart();
  }
  void after_pull() noexcept { ahead_.advance(); }
  void end_run() noexcept {
    ahead_.restart();
    paths_.end_run();
  }
  std::uint64_t total() const
    requires requires(const FromRange<R>& r) { r.total(); }
  {
    return paths_.total();
  }
  std::uint64_t weigh(const value_type& path) const noexcept { return weight_of_file(path.c_str()); }
  template <class Out>
  SourceState pull(Out& out, std::size_t want) {
    Keep keep;
    const auto next = [&](value_type& path) {
      keep.got = false;
      paths_.pull(keep, 1);
      if (keep.got) path = std::move(keep.path);
      return keep.got;
    };
    for (; want != 0; --want) {
      value_type path;
      if (!ahead_.pull(next, path)) return SourceState::end;
      out.emplace(std::move(path));
    }
    return SourceState::more;
  }

 private:
  struct Keep {
    void emplace(const value_type& given) {
      path = given;
      got = true;
    }
    value_type path;
    bool got = false;
  };

  FromRange<R> paths_;
  LookAhead<value_type> ahead_;
};

}  // namespace detail

/// A source of paths (`std::string` or `std::filesystem::path`), in order, that asks the system to read the next files
/// while the ones before are worked on, if they are not in its cache already. Nothing is opened for the stages: they
/// get the paths, and `read<N>()` gets the contents. With `RunOptions::bytes` an item weighs the buffer that
/// `read` takes for its file, 256 bytes at least and else a quarter more than its size at most; from 64 MiB, where
/// `read` maps the file, its size.
/// `.prefetch(n)` fixes the number of files read ahead (0: none); by itself it adapts.
template <class R>
  requires detail::iterable<std::remove_reference_t<R>> &&
           detail::file_named<std::iter_value_t<decltype(std::begin(std::declval<std::remove_reference_t<R>&>()))>>
auto files(R&& paths) {
  return detail::Files<R>{std::forward<R>(paths)};
}

}  // namespace ashlar::inline v0
