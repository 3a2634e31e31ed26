// SPDX-License-Identifier: BSL-1.0
// Power losses below the file system: stores on ext4 and XFS on a disk that notes every write and flush; then the disk as
// many crashes would have left it is mounted, with the file system's own recovery, and the store on it is opened.
//
//   ashlar.tests.blocks ext4|xfs [IMAGES]
//
// Needs root, /dev/fuse, loop devices and mkfs.<type>; says SKIP where they are missing.
#include <blocks/recording_disk.hpp>

#include <ashlar/store.hpp>
#include <support/temp_directory.hpp>

#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace ashlar_test;

constexpr std::size_t disk_size = std::size_t{400} << 20;
constexpr std::uint64_t turns = 300;
constexpr std::uint64_t slots = 60;

/// This system after a restart: what counts within one run only does not count any more.
struct AfterReboot : ashlar::PosixFiles {
  std::uint64_t boot() const { return ashlar::PosixFiles::boot() + 1; }
};

std::string key_of(std::uint64_t turn) { return "key" + std::to_string(turn % slots); }
/// A value that tells of itself whether it is whole.
std::string value_of(std::uint64_t turn) {
  return std::to_string(turn) + "#" + std::string(1000 + turn * 7919 % 19'000, static_cast<char>('a' + turn % 26));
}

template <class Store>
constexpr bool in_groups =
    requires(Store& store, std::vector<std::string> keys) { store.transact(keys, [](auto&) { return true; }); };
const std::vector<std::string> pair{"left", "right"};

/// Turn t writes one value, and the acknowledgement says t. Every tenth also writes two in one step.
template <class Store>
void work(const std::string& directory, std::atomic<std::uint64_t>& acknowledged) {
  Store store{directory};
  for (std::uint64_t turn = 1; turn <= turns; ++turn) {
    store.put(key_of(turn), value_of(turn)).value();
    if constexpr (Store::backend_type::name == ashlar::SegmentLog::name) {
      if (turn % 10 == 0) {
        store
            .transact(pair,
                      [&](auto& values) {
                        values[0] = values[1] = value_of(turn);
                        return true;
                      })
            .value();
      }
    }
    acknowledged = turn;
    if (!Store::durability_type::syncs_each_commit) std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

struct Totals {
  std::uint64_t images = 0, unopened = 0, acknowledged = 0, found = 0, lost = 0, wrong = 0, split = 0;
};

/// Opens the store that a crash left and looks at every key: what was acknowledged is there when it was synced, and what
/// is there is whole. Twice: what opening it did is no less true.
template <class Store>
void look(const std::string& directory, std::uint64_t acknowledged, Totals& totals) {
  for (int again = 0; again < 2; ++again) {
    auto store = Store::open(directory);
    if (!store) {
      // Before it was made there may be none.
      if (acknowledged != 0) {
        std::fprintf(stderr, "%s\n", store.error().what());
        ++totals.unopened;
      }
      return;
    }
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
      std::uint64_t least = acknowledged;
      while (least > 0 && least % slots != slot) --least;
      const auto got = store->get(key_of(slot));
      const std::uint64_t turn = got && *got ? std::stoull(**got) : 0;
      totals.found += turn != 0 ? 1 : 0;
      if (turn != 0 && **got != value_of(turn)) ++totals.wrong;
      if (Store::durability_type::syncs_each_commit && turn < least) ++totals.lost;
    }
    if constexpr (Store::backend_type::name == ashlar::SegmentLog::name) {
      const auto both = store->snapshot(pair);
      if (!both || (*both)[0] != (*both)[1]) ++totals.split;
    }
    (void)store->put("after", "value");
  }
}

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error{command + " failed"};
}

template <class Backend, class Durability>
bool crash(const std::string& type, std::uint64_t images) {
  using Store = ashlar::ShardedStore<std::string, std::string, Backend, Durability>;
  using Rebooted = ashlar::ShardedStore<std::string, std::string, Backend, Durability, AfterReboot>;
  const TempDirectory directory;
  const std::string served = directory / "served";
  const std::string place = directory / "mounted";
  std::filesystem::create_directories(served);
  std::filesystem::create_directories(place);
  const std::string options = type == "ext4" ? "commit=1" : "nouuid";
  DiskLog log{std::size_t{2} << 30};
  std::size_t begin = 0;
  std::size_t end = 0;
  {
    const RecordingDisk disk{served, disk_size, log};
    const LoopDevice loop{disk.path()};
    run(type == "ext4" ? "mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0,nodiscard " + loop.path()
                       : "mkfs.xfs -q -f -K " + loop.path());
    const Mounted mounted{loop.path(), place, type, options};
    const int root = ::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::syncfs(root);
    begin = log.entries().size();
    std::atomic<bool> over{false};
    Process worker{[&] {
      work<Store>(place + "/store", *log.acknowledged);
      return true;
    }};
    // The system writes back now and then.
    std::thread flusher{[&] {
      while (!over) {
        std::this_thread::sleep_for(std::chrono::milliseconds{70});
        ::syncfs(root);
      }
    }};
    const bool done = worker.succeeded();
    over = true;
    flusher.join();
    ::close(root);
    end = log.entries().size();
    if (!done) throw std::runtime_error{"the worker failed"};
  }
  const std::vector<DiskLog::Entry> entries = log.entries();
  Totals totals;
  std::mt19937_64 random{5};
  const std::string image = directory / "image";
  for (std::uint64_t seed = 0; seed < images; ++seed, ++totals.images) {
    const std::size_t at = begin + static_cast<std::size_t>(random() % (end - begin));
    std::filesystem::remove(image);
    const int file = ::open(image.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, static_cast<off_t>(disk_size)) != 0) fail("the image");
    void* memory = ::mmap(nullptr, disk_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) fail("mmap");
    disk_after_crash(entries, at, seed, static_cast<std::byte*>(memory));
    ::munmap(memory, disk_size);
    ::close(file);
    // What was acknowledged when this entry came was so without it.
    const std::uint64_t acknowledged = entries[at].acknowledged;
    totals.acknowledged += acknowledged;
    const LoopDevice loop{image};
    const Mounted mounted{loop.path(), place, type, options};
    look<Rebooted>(place + "/store", acknowledged, totals);
  }
  const auto number = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
  std::printf(
      "%s, %s, %s: %llu crashes of %zu disk operations: %llu writes acknowledged, %llu values found; %llu stores not "
      "opened, %llu acknowledged and lost, %llu wrong, %llu transactions in part\n",
      type.c_str(), std::string{Backend::name}.c_str(), Durability::syncs_each_commit ? "synced" : "not synced",
      number(totals.images), end - begin, number(totals.acknowledged), number(totals.found), number(totals.unopened),
      number(totals.lost), number(totals.wrong), number(totals.split));
  std::fflush(stdout);
  return totals.found != 0 && totals.unopened + totals.lost + totals.wrong + totals.split == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string type = argc > 1 ? argv[1] : "";
  const std::uint64_t images = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 40;
  if (type != "ext4" && type != "xfs") {
    std::fprintf(stderr, "ashlar.tests.blocks ext4|xfs [IMAGES]\n");
    return 2;
  }
  std::optional<std::string> missing = RecordingDisk::missing();
  if (!missing && std::system(("command -v mkfs." + type + " >/dev/null").c_str()) != 0) {
    missing = "there is no mkfs." + type;
  }
  if (missing) {
    std::printf("SKIP: %s\n", missing->c_str());
    return 0;
  }
  try {
    bool good = crash<ashlar::SegmentLog, ashlar::SyncEachCommit>(type, images);
    good = crash<ashlar::SegmentLog, ashlar::NoSync>(type, images) && good;
    good = crash<ashlar::FilePerKey, ashlar::SyncEachCommit>(type, images) && good;
    good = crash<ashlar::FilePerKey, ashlar::NoSync>(type, images) && good;
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
