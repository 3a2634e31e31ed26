// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <support/temp_directory.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Whose segment a writer goes on in, and which way its records get there.

namespace {

using ashlar::PosixFiles;

/// Calls `before_lock` once, before the first lock that is tried on a segment that is another's.
struct InterruptedFiles : PosixFiles {
  std::shared_ptr<std::function<void()>> before_lock = std::make_shared<std::function<void()>>();

  ashlar::Result<bool> try_lock(const File& file, std::uint64_t at, ashlar::FileLock kind) const {
    if (const auto call = std::exchange(*before_lock, nullptr)) call();
    return PosixFiles::try_lock(file, at, kind);
  }
};

TEST_CASE("a segment that its owner makes shorter while another writer looks at it is gone on with as it is then") {
  const ashlar_test::TempDirectory directory;
  const std::string root = (directory.path() / "s").string();
  using Owner = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog>;
  using Next = ashlar::ShardedStore<std::string, std::string, ashlar::SegmentLog, InterruptedFiles>;
  std::optional<Owner> owner{Owner::open(root).value()};
  owner->put("first", std::string(10'000, 'x')).value();
  const InterruptedFiles files;
  auto next = Next::open(root, {}, files).value();
  bool closed = false;
  *files.before_lock = [&] {
    owner.reset();
    closed = true;
  };
  next.put("second", std::string(10'000, 'y')).value();
  CHECK(closed);
  CHECK_FALSE(std::filesystem::exists(root + "/seg/00000002.log"));
  CHECK(next.get("first").value() == std::string(10'000, 'x'));
  CHECK(next.get("second").value() == std::string(10'000, 'y'));
}

}  // namespace
