// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ashlar/cache/detail/owned_loader.hpp>
#include <ashlar/cache/lifetime.hpp>
#include <ashlar/core/fixed_string.hpp>
#include <ashlar/core/result.hpp>

namespace ashlar::inline v0 {

/// A region of a table (`Regions::as_tier`) as a tier: keys without the region's name, values that live as the region
/// says. For what takes a cache: warm-up, verification. The table must outlive it. Threads: as the table.
template <class Table, FixedString Name>
class RegionTier {
 public:
  using key_type = std::string;
  using mapped_type = typename Table::template value_type<Name>;

  explicit RegionTier(Table& table) noexcept : table_{&table} {}

  std::optional<mapped_type> get(std::string_view key) { return table_->template get<Name>(key); }
  std::optional<Timed<mapped_type>> get_timed(std::string_view key) {
    return table_->template region<Name>().get_timed(full(key));
  }
  std::optional<Timed<mapped_type>> peek_timed(std::string_view key) {
    return table_->template region<Name>().peek_timed(full(key));
  }
  std::optional<mapped_type> peek(std::string_view key) { return table_->template region<Name>().peek(full(key)); }
  bool contains(std::string_view key) { return table_->template contains<Name>(key); }
  Result<void> put(std::string_view key, const mapped_type& value) { return table_->template put<Name>(key, value); }
  Result<void> put(std::string_view key, const mapped_type& value, std::chrono::nanoseconds ttl) {
    return table_->template put<Name>(key, value, Lifetime{ttl});
  }
  Result<bool> insert_if_absent(std::string_view key, const mapped_type& value, Lifetime life = {}) {
    return table_->template insert_if_absent<Name>(key, value, life);
  }
  template <class F>
  Result<void> compute(std::string_view key, F&& f, Lifetime life = {}) {
    return table_->template compute<Name>(key, std::forward<F>(f), life);
  }
  Result<bool> erase(std::string_view key) { return table_->template erase<Name>(key); }
  /// As `Regions::get_or_load`; the loader may take a `const std::string&`, too.
  template <class Loader>
  auto get_or_load(std::string_view key, Loader&& loader) {
    const auto call = [&](std::string_view name) { return called(loader, name); };
    const auto later = [&](auto) {
      return [own = detail::owned_loader(loader)](std::string_view name) mutable { return called(own, name); };
    };
    return table_->template get_or_load<Name>(key, detail::LentLoader{call, later});
  }

 private:
  template <class Loader>
  static auto called(Loader& loader, std::string_view name) {
    if constexpr (std::invocable<Loader&, const std::string&>) {
      return std::invoke(loader, std::string{name});
    } else {
      return std::invoke(loader);
    }
  }
  static std::string full(std::string_view key) { return std::string{Name.view()}.append(1, ':').append(key); }

  Table* table_;
};

}  // namespace ashlar::inline v0
