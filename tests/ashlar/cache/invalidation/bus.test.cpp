// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/cache/invalidation/bus.hpp>
#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/serializable.hpp>

#include <cstddef>
#include <utility>
#include <vector>

using ashlar::BusListener;
using ashlar::BusMessage;
using ashlar::Result;

namespace {

struct Handle {
  Handle() = default;
  Handle(Handle&&) = default;
  Handle(const Handle&) = delete;
};

// The least that is a bus.
struct Archetype {
  Archetype() = default;
  Archetype(const Archetype&) = delete;
  Result<void> publish(const BusMessage&) { return {}; }
  Handle subscribe(BusListener) { return {}; }
};

struct WithoutPublish {
  Handle subscribe(BusListener) { return {}; }
};
struct WithoutAnAnswer {
  void publish(const BusMessage&) {}
  Handle subscribe(BusListener) { return {}; }
};
struct WithoutSubscribe {
  Result<void> publish(const BusMessage&) { return {}; }
};
struct WithoutAHandle {
  Result<void> publish(const BusMessage&) { return {}; }
  void subscribe(BusListener) {}
};

}  // namespace

static_assert(ashlar::explain_invalidation_bus<Archetype>());
static_assert(!ashlar::invalidation_bus<WithoutPublish> && !ashlar::invalidation_bus<WithoutAnAnswer> &&
              !ashlar::invalidation_bus<WithoutSubscribe> && !ashlar::invalidation_bus<WithoutAHandle>);
static_assert(!ashlar::replaying_bus<Archetype>);

TEST_CASE("a message survives serialisation") {
  const BusMessage message{1, 2, 3, 4, ashlar::BusSubject::pattern, "order:*"};
  std::vector<std::byte> bytes;
  ashlar::Binary{}.encode(message, bytes);
  CHECK(ashlar::Binary{}.decode<BusMessage>(bytes).value() == message);
}
