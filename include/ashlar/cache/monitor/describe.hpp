// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <ashlar/cache/concepts.hpp>
#include <ashlar/cache/detail/type_name.hpp>
#include <ashlar/cache/fwd.hpp>
#include <ashlar/cache/regions/region.hpp>
#include <ashlar/cache/weight.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/core/clock.hpp>

namespace ashlar::inline v0 {

/// What `describe` says of a part of a composition. Specialise it for a type of your own; without that, a type shows
/// its name (`static constexpr std::string_view described_as` where it has that member), and what it wraps where it
/// names it as `inner_type` or `cache_type`.
///
/// | member                  | what it does                                                                          |
/// |-------------------------|---------------------------------------------------------------------------------------|
/// | `note(sink)`            | `sink.put(text)` what stands behind the name; may put nothing                         |
/// | `parts(show)`           | `show(role, std::type_identity<Part>{})` for every part, in order; may show none      |
///
/// Both are static, `constexpr` and run at compile time.
template <class T>
struct Anatomy {
  static constexpr void note(auto&) {}
  static constexpr void parts(auto show) {
    if constexpr (requires { typename T::inner_type; }) {
      show("inner", std::type_identity<typename T::inner_type>{});
    } else if constexpr (requires { typename T::cache_type; }) {
      show("cache", std::type_identity<typename T::cache_type>{});
    }
  }
};

namespace detail {

// Compilers differ in whether they spell a default argument.
template <std::uint64_t Overhead>
struct TypeName<WeighBytesWith<Overhead>> {
  static constexpr void kind(auto& sink) { sink.put("WeighBytes"); }
  static constexpr void whole(auto& sink) {
    if constexpr (std::same_as<WeighBytesWith<Overhead>, WeighBytes>) return kind(sink);
    sink.put("WeighBytesWith<");
    put_number(sink, Overhead);
    sink.put(">");
  }
};

/// Names joined by commas.
template <class... T>
constexpr void put_names(auto& sink) {
  bool first = true;
  ((sink.put(first ? "" : ", "), TypeName<T>::whole(sink), first = false), ...);
}

constexpr void put_time(auto& sink, std::chrono::nanoseconds time) {
  if (time == forever) return sink.put("no time limit");
  struct Unit {
    std::int64_t length;
    std::string_view name;
  };
  constexpr std::array<Unit, 6> units{{{86'400'000'000'000, " d"},
                                       {3'600'000'000'000, " h"},
                                       {60'000'000'000, " min"},
                                       {1'000'000'000, " s"},
                                       {1'000'000, " ms"},
                                       {1, " ns"}}};
  for (const Unit& unit : units) {
    if (time.count() % unit.length == 0) {
      put_number(sink, static_cast<std::uint64_t>(time.count() / unit.length));
      return sink.put(unit.name);
    }
  }
}

}  // namespace detail

template <class L1, class L2, class Strategy, class Compression>
struct Anatomy<Cache<L1, L2, Strategy, Compression>> {
  static constexpr void note(auto& sink) {
    detail::TypeName<typename L1::key_type>::whole(sink);
    sink.put(" to ");
    detail::TypeName<typename L1::mapped_type>::whole(sink);
    if constexpr (!detail::holds_nothing<L2>) {
      sink.put(", ");
      detail::TypeName<Strategy>::whole(sink);
    }
    if constexpr (!std::same_as<Compression, NoCompression>) {
      sink.put(", ");
      detail::TypeName<Compression>::whole(sink);
    }
  }
  static constexpr void parts(auto show) {
    using Lower = typename Cache<L1, L2, Strategy, Compression>::lower_type;
    if constexpr (!detail::holds_nothing<L1>) show("upper", std::type_identity<L1>{});
    if constexpr (!detail::holds_nothing<L2>) show("lower", std::type_identity<Lower>{});
  }
};

/// Tiers of a key, a value and options show their options.
template <template <class, class, class...> class Tier, class K, class V, class... Options>
  requires(tier<Tier<K, V, Options...>> && !detail::describes_itself<Tier<K, V, Options...>>)
struct Anatomy<Tier<K, V, Options...>> {
  static constexpr void note(auto& sink) { detail::put_names<Options...>(sink); }
  static constexpr void parts(auto) {}
};

template <tier Tier, clock Clock>
class CircuitBreaker;
template <class Tier, class Clock>
struct Anatomy<CircuitBreaker<Tier, Clock>> {
  static constexpr void note(auto&) {}
  static constexpr void parts(auto show) { show("inner", std::type_identity<Tier>{}); }
};

template <FixedString Name, class Value, class Strategy, TimeToLive Ttl, Locality Where>
struct Anatomy<Region<Name, Value, Strategy, Ttl, Where>> {
  static constexpr void note(auto& sink) {
    detail::put_names<Value, Strategy>(sink);
    sink.put(", ");
    detail::put_time(sink, Ttl.duration());
    if (Where == no_local) sink.put(", no local copies");
  }
  static constexpr void parts(auto) {}
};

template <class... Parts>
class Regions;
template <class... Parts>
struct Anatomy<Regions<Parts...>> {
  static constexpr void note(auto& sink) {
    sink.put("one memory budget, one lower tier");
    const auto packing = [&]<class P>(std::type_identity<P>) {
      if constexpr (requires { typename P::compression_type; }) {
        sink.put(", ");
        detail::TypeName<typename P::compression_type>::whole(sink);
      }
    };
    (packing(std::type_identity<Parts>{}), ...);
  }
  static constexpr void parts(auto show) {
    const auto region = [&]<class P>(std::type_identity<P> part) {
      if constexpr (requires { P::name.view(); }) show(P::name.view(), part);
    };
    (region(std::type_identity<Parts>{}), ...);
    show("lower", std::type_identity<typename Regions<Parts...>::lower_type>{});
  }
};

namespace detail {

template <class T>
constexpr std::size_t parts_of() {
  std::size_t count = 0;
  Anatomy<T>::parts([&](std::string_view, auto) { ++count; });
  return count;
}

/// The name and what stands behind it.
template <class T>
constexpr void put_title(auto& sink, std::string_view between) {
  TypeName<T>::kind(sink);
  TextLength note;
  Anatomy<T>::note(note);
  if (note.size == 0) return;
  sink.put(between);
  Anatomy<T>::note(sink);
}

template <class Composition>
struct TreeDrawing {
  struct Stem {
    std::array<bool, 64> goes_on{};
    std::size_t depth = 0;
  };

  static constexpr void draw(auto& sink) {
    put_title<Composition>(sink, ": ");
    sink.put("\n");
    branches<Composition>(sink, Stem{});
  }

  template <class T>
  static constexpr void branches(auto& sink, Stem stem) {
    std::size_t left = parts_of<T>();
    Anatomy<T>::parts([&]<class P>(std::string_view role, std::type_identity<P>) {
      --left;
      for (std::size_t i = 0; i < stem.depth; ++i) sink.put(stem.goes_on[i] ? "|  " : "   ");
      sink.put(left > 0 ? "|- " : "`- ");
      sink.put(role);
      sink.put(" = ");
      put_title<P>(sink, ": ");
      sink.put("\n");
      Stem below = stem;
      below.goes_on[below.depth++] = left > 0;
      branches<P>(sink, below);
    });
  }
};

template <class Composition>
struct MermaidDrawing {
  /// Text within a Mermaid label: angle brackets and quotes as entities.
  template <class Sink>
  struct Escaping {
    Sink& sink;
    constexpr void put(std::string_view text) {
      for (const char& c : text) {
        if (c == '<') {
          sink.put("#lt;");
        } else if (c == '>') {
          sink.put("#gt;");
        } else if (c == '"') {
          sink.put("#quot;");
        } else {
          sink.put({&c, 1});
        }
      }
    }
  };

  static constexpr void draw(auto& sink) {
    sink.put("flowchart TD\n");
    std::uint64_t nodes = 0;
    node<Composition>(sink, nodes);
  }

  template <class T, class Sink>
  static constexpr void node(Sink& sink, std::uint64_t& nodes) {
    const std::uint64_t own = nodes++;
    Escaping<Sink> label{sink};
    name(sink, own);
    sink.put("[\"");
    TypeName<T>::kind(label);
    TextLength note;
    Anatomy<T>::note(note);
    if (note.size != 0) sink.put("<br/>");
    Anatomy<T>::note(label);
    sink.put("\"]\n");
    Anatomy<T>::parts([&]<class P>(std::string_view role, std::type_identity<P>) {
      name(sink, own);
      sink.put(" -->|");
      label.put(role);
      sink.put("| n");
      put_number(sink, nodes);
      sink.put("\n");
      node<P>(sink, nodes);
    });
  }
  static constexpr void name(auto& sink, std::uint64_t number) {
    sink.put("  n");
    put_number(sink, number);
  }
};

}  // namespace detail

/// The architecture of a composition as a tree in ASCII, one line for each part. Made at compile time.
///
///     Cache: string to Product, WriteThrough, Lz4
///     |- upper = MemoryTier: S3Fifo
///     `- lower = StoreTier: SegmentLog, Lz4
template <class Composition>
consteval std::string_view describe() {
  return detail::drawn_text<detail::TreeDrawing<Composition>>;
}

/// The same as a Mermaid flowchart, which many Markdown viewers draw.
template <class Composition>
consteval std::string_view describe_as_mermaid() {
  return detail::drawn_text<detail::MermaidDrawing<Composition>>;
}

}  // namespace ashlar::inline v0
