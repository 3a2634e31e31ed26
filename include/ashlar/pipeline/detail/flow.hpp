// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <ashlar/pipeline/concepts.hpp>
#include <ashlar/pipeline/detail/chunk.hpp>
#include <ashlar/pipeline/link.hpp>

namespace ashlar::inline v0::detail {

/// The types of the items behind each stage, found joint by joint.
template <std::size_t Joint, class Chunk, class Last, class... Stages>
struct Flow {
  using chunk_type = Chunk;
  using last = Last;
  static constexpr bool fits = !std::is_same_v<Last, Refused>;
};
template <std::size_t Joint, class... Items, class Last, class Stage, class... Rest>
struct Flow<Joint, TypedChunk<Items...>, Last, Stage, Rest...>
    : Flow<Joint + 1, TypedChunk<Items..., typename link_at<Joint, Stage, Last>::output>,
           typename link_at<Joint, Stage, Last>::output, Rest...> {};

template <class... Stages>
struct FlowOf {
  static constexpr bool has_source = false;
  static constexpr bool fits = true;
};
template <class Source, class... Stages>
  requires source<Source>
struct FlowOf<Source, Stages...>
    : Flow<1, TypedChunk<typename Source::value_type>, typename Source::value_type, Stages...> {
  static constexpr bool has_source = true;
};

/// Whether stage `I` is called in the order of the source: it asks for it, or follows one that is, alone.
template <std::size_t I, class Stages>
consteval bool in_order() {
  if constexpr (I == 0) {
    return false;
  } else {
    using S = std::tuple_element_t<I, Stages>;
    if constexpr (S::order == Order::restored) return true;
    return S::limit == 1 && in_order<I - 1, Stages>();
  }
}

}  // namespace ashlar::inline v0::detail
