// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

namespace ashlar::inline v0::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace ashlar::inline v0::detail
