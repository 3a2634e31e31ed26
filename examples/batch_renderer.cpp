// SPDX-License-Identifier: BSL-1.0
// Renders files into minimap pictures, many at once, and records each in a store that any number of processes share.
//   batch_renderer /usr/include -o pictures -c pictures.cache --resume
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ashlar/pipeline.hpp>
#include <ashlar/simd.hpp>
#include <ashlar/store.hpp>

#include "batch_renderer/arguments.hpp"
#include "batch_renderer/inputs.hpp"
#include "batch_renderer/minimap.hpp"
#include "batch_renderer/record.hpp"

namespace {

template <class Backend>
using Records = ashlar::ShardedStore<std::string, RenderRecord, Backend>;

volatile std::sig_atomic_t interrupted = 0;

constexpr std::string_view part_prefix = ".batch_renderer-", part_suffix = ".part";

/// A name for a picture under construction that no other has, here or elsewhere.
std::string part_name() {
  static std::atomic<std::uint64_t> made{0};
  static const std::uint64_t process = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(process + 0x9E3779B97F4A7C15 * ++made));
  return std::string{part_prefix} + text + std::string{part_suffix};
}

/// A text for a terminal: control bytes, which names may hold, are shown as "\\xNN".
std::string shown(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      safe += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", byte);
      safe += escaped;
    }
  }
  return safe;
}

/// One file on its way through the stages.
struct Job {
  Input input;
  RenderRecord record;
  bool skip = false;
  std::vector<std::byte> content;
  minimap::Picture picture;
};

/// The three stages and what they count.
template <class Backend>
class Renderer {
 public:
  Renderer(const Arguments& arguments, Records<Backend>& records) : arguments_{arguments}, records_{records} {}

  /// Decides whether the file needs work, and reads it.
  Job read(const Input& input) {
    Job job;
    job.input = input;
    const auto known = records_.get(input.file.native());
    if (known && *known && no_work_left(input, **known)) {
      ++skipped;
      job.skip = true;
      return job;
    }
    if (!known && known.error().code() != ashlar::ErrorCode::corrupt &&
        known.error().code() != ashlar::ErrorCode::unsupported) {
      throw known.error();
    }
    healed += known ? 0U : 1U;
    if (auto content = content_of(input.file, job.record)) {
      job.content = std::move(*content);
    } else {
      job.record.status = Status::failed;
      job.record.reason = content.error().what();
    }
    return job;
  }

  static Job render(Job job) {
    if (job.skip || job.record.status == Status::failed) return job;
    job.record.checksum = ashlar::crc32c(job.content);
    try {
      job.picture = minimap::render(job.content);
    } catch (const std::bad_alloc&) {
      job.record.status = Status::failed;
      job.record.reason = "cannot render '" + job.input.file.string() + "': there is not enough memory";
    }
    job.content = {};
    return job;
  }

  /// Writes the picture, then the record: what the record says is there is there.
  void save(Job job) {
    if (job.skip) return;
    RenderRecord& record = job.record;
    if (record.status == Status::done) {
      record.picture = place_of(job.input).string();
      if (const auto written = write_picture(record.picture, job.picture.png); !written) {
        const auto code = written.error().code();
        // A full or forbidden disk concerns all that follows, an impossible path only this file.
        if (code == ashlar::ErrorCode::no_space || code == ashlar::ErrorCode::permission_denied) throw written.error();
        record.status = Status::failed;
        record.reason = written.error().what();
      }
    }
    if (record.status == Status::done) {
      record.lines = job.picture.lines;
      record.width = job.picture.width;
      record.height = job.picture.height;
      bytes += record.bytes;
      empty += job.picture.kind == minimap::Kind::empty ? 1U : 0U;
      binary += job.picture.kind == minimap::Kind::binary ? 1U : 0U;
    }
    record.finished = RenderRecord::now();
    records_.put(job.input.file.native(), record).value();
    ++(record.status == Status::done ? done : failed);
    if (record.status == Status::failed) {
      const std::scoped_lock lock{failures_mutex_};
      failures.push_back(record.reason);
    }
  }

  std::atomic<std::uint64_t> done{0}, skipped{0}, failed{0}, healed{0}, bytes{0}, empty{0}, binary{0};
  std::vector<std::string> failures;

 private:
  /// With --resume what is done and still good; otherwise only what another process finished since this one began.
  bool no_work_left(const Input& input, const RenderRecord& record) const {
    return (arguments_.resume || record.finished >= began_) && record.still_good(input.file, place_of(input));
  }

  std::filesystem::path place_of(const Input& input) const {
    return std::filesystem::absolute(arguments_.output) / input.picture;
  }

  static ashlar::Result<std::vector<std::byte>> content_of(const std::filesystem::path& file, RenderRecord& record) {
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    const auto refuse = [&](const std::string& why) {
      return ashlar::Error{ashlar::ErrorCode::invalid_argument, "cannot render '" + file.string() + "': " + why};
    };
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      return refuse(std::filesystem::is_directory(status) ? "it is a directory" : "it is no regular file");
    }
    const ashlar::PosixFiles files;
    auto opened = files.open(file.string(), ashlar::FileAccess::read);
    if (!opened) return opened.error();
    const auto changed = std::filesystem::last_write_time(file, error);
    record.changed = error ? 0 : changed.time_since_epoch().count();
    auto size = files.size(*opened);
    if (!size) return size.error();
    if (*size > most) return refuse("it is larger than 1 GiB");
    auto content = ashlar::read_whole(files, *opened);
    if (!content) return content.error().within("'" + file.string() + "'");
    record.bytes = content->size();
    return content;
  }

  /// Under a name of its own first, so that a picture is there whole or not at all.
  static ashlar::Result<void> write_picture(const std::filesystem::path& path, std::span<const std::uint8_t> png) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return ashlar::system_error(error.value(), "make directory", path.parent_path().string());
    while (true) {
      const auto part = path.parent_path() / part_name();
      const ashlar::PosixFiles files;
      auto file = files.open(part.string(), ashlar::FileAccess::create_new);
      if (!file) return file.error();
      // Held while it is written: what nobody holds was left by a process that is gone.
      auto done = files.lock(*file, 0, ashlar::FileLock::exclusive);
      if (done) done = ashlar::write_fully(files, *file, 0, std::as_bytes(png));
      if (done) {
        done = files.rename(part.string(), path.string());
        // Somebody swept it away between its making and its lock.
        if (!done && done.error().code() == ashlar::ErrorCode::not_found) continue;
      }
      if (!done) {
        std::filesystem::remove(part, error);
        return done.error().within("picture '" + path.string() + "'");
      }
      return {};
    }
  }

  const Arguments& arguments_;
  Records<Backend>& records_;
  const std::int64_t began_ = RenderRecord::now();
  std::mutex failures_mutex_;
};

/// Removes the half-written pictures of processes that are gone: nobody holds them any more.
void sweep(const std::filesystem::path& output) {
  std::error_code error;
  std::vector<std::filesystem::path> stale;
  const ashlar::PosixFiles files;
  for (std::filesystem::recursive_directory_iterator it{output, error}, end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(part_prefix) || name.size() != part_name().size() || !name.ends_with(part_suffix)) continue;
    std::error_code gone;
    if (it->symlink_status(gone).type() != std::filesystem::file_type::regular) continue;
    const auto file = files.open(it->path().string(), ashlar::FileAccess::read_write);
    if (file && files.try_lock(*file, 0, ashlar::FileLock::exclusive).value_or(false)) stale.push_back(it->path());
  }
  for (const auto& path : stale) std::filesystem::remove(path, error);
}

/// Imports an old cache file; says what became of it.
template <class Backend>
void import_legacy(Records<Backend>& records, const std::filesystem::path& file) {
  // Old keys may be relative; ours are not.
  struct Tidy {
    Records<Backend>& records;
    ashlar::Result<bool> insert_if_absent(const std::string& key, const RenderRecord& record) {
      return records.insert_if_absent(Inputs::tidy(key).native(), record);
    }
  } target{records};
  const auto report = ashlar::migrate_legacy(target, file, RenderRecord::from_legacy).value();
  std::printf("legacy      %llu migrated, %llu already there, %llu malformed\n",
              static_cast<unsigned long long>(report.migrated), static_cast<unsigned long long>(report.already_there),
              static_cast<unsigned long long>(report.malformed));
  for (const auto& problem : report.problems) {
    std::fprintf(stderr, "%s: %s: '%s' %s\n", file.string().c_str(), to_string(problem.position).c_str(),
                 shown(problem.key).c_str(), problem.what.c_str());
  }
  if (!report.complete) {
    throw ashlar::Error{ashlar::ErrorCode::corrupt,
                        "the legacy cache '" + file.string() +
                            "' breaks off; what stands before was imported. Repair the file or "
                            "leave --legacy-cache out"};
  }
}

void show_progress(const ashlar::Progress& progress) {
  const double percent = progress.total == 0
                             ? 100.0
                             : 100.0 * static_cast<double>(progress.finished) / static_cast<double>(progress.total);
  std::fprintf(stderr, "\r%llu of %llu files, %.0f %%, %.0f files/s, %.0f s left  %s",
               static_cast<unsigned long long>(progress.finished), static_cast<unsigned long long>(progress.total),
               percent, progress.rate(), std::max(0.0, progress.eta().count()), progress.last ? "\n" : "");
}

template <class Backend>
void print_report(const Renderer<Backend>& work, const Inputs& inputs, const ashlar::RunReport& run) {
  const double seconds = std::chrono::duration<double>(run.wall).count();
  const auto count = [](const auto& number) { return static_cast<unsigned long long>(number); };
  std::printf("files       %llu (%llu duplicate and %llu blank lines of the list left out)\n",
              count(inputs.files.size()), count(inputs.duplicates), count(inputs.blank_lines));
  std::printf("done        %llu (%llu empty, %llu binary, shown byte by byte)\n", count(work.done.load()),
              count(work.empty.load()), count(work.binary.load()));
  std::printf("skipped     %llu as already done\n", count(work.skipped.load()));
  std::printf("failed      %llu\n", count(work.failed.load()));
  for (std::size_t i = 0; i < std::min<std::size_t>(work.failures.size(), 20); ++i) {
    std::printf("            %s\n", shown(work.failures[i]).c_str());
  }
  if (work.failures.size() > 20) std::printf("            … and %llu more\n", count(work.failures.size() - 20));
  for (const std::string& reason : inputs.unlisted) std::printf("            %s\n", shown(reason).c_str());
  if (work.healed != 0) std::printf("healed      %llu damaged records, done again\n", count(work.healed.load()));
  std::printf("speed       %.0f files/s, %.1f MB/s in %.2f s on %s\n", static_cast<double>(work.done) / seconds,
              static_cast<double>(work.bytes) / seconds / 1e6, seconds, ashlar::simd_target());
  std::printf("time        ");
  for (std::size_t i = 1; i < run.stages.size(); ++i) {
    std::printf("%s%s %.2f s", i == 1 ? "" : ", ", run.stages[i].name.c_str(),
                std::chrono::duration<double>(run.stages[i].busy).count());
  }
  std::printf(" (summed over threads)\n");
}

template <class Backend>
void write_summary(Records<Backend>& records) {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  records
      .for_each(
          [&](const std::string&, const RenderRecord& record) { ++(record.status == Status::done ? done : failed); })
      .value();
  const auto totals =
      records.summary([&](ashlar::JsonWriter& json) { json.member("done", done).member("failed", failed); }).value();
  std::printf("summary     %s: %llu records, %llu done, %llu failed, %llu damaged\n",
              (records.directory() / "summary.json").string().c_str(), static_cast<unsigned long long>(totals.entries),
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(totals.corrupt.size()));
}

template <class Backend>
int run(const Arguments& arguments) {
  Inputs inputs = Inputs::gather(arguments.input, {arguments.output, arguments.cache});
  Records<Backend> records{arguments.cache};
  if (arguments.legacy_cache) import_legacy(records, *arguments.legacy_cache);
  sweep(arguments.output);

  // Each process takes the files in an order of its own, so that several at once seldom take the same one.
  std::ranges::shuffle(inputs.files, std::minstd_rand{static_cast<std::uint_fast32_t>(::getpid())});

  Renderer<Backend> work{arguments, records};
  ashlar::Pipeline pipeline{
      ashlar::from(inputs.files),
      ashlar::transform([&](const Input& input) { return work.read(input); }).named("read"),
      ashlar::transform([](Job job) { return Renderer<Backend>::render(std::move(job)); }).named("render"),
      ashlar::sink<0>([&](Job job) { work.save(std::move(job)); }).named("save"),
  };
  std::stop_source stop;
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const ashlar::RunReport report = pipeline.run({
      .stop = stop.get_token(),
      .progress =
          [&](const ashlar::Progress& progress) {
            if (interrupted != 0) stop.request_stop();
            if (terminal) show_progress(progress);
          },
      .in_flight = 2 * arguments.workers,
      .workers = static_cast<unsigned>(arguments.workers),
  });
  print_report(work, inputs, report);
  if (arguments.summary) write_summary(records);
  if (inputs.files.empty())
    std::fprintf(stderr, "nothing to do: '%s' names no file\n", arguments.input.string().c_str());
  if (interrupted != 0) {
    std::fprintf(stderr, "interrupted; run again with --resume to do the rest\n");
    return 130;
  }
  return work.failed == 0 && inputs.unlisted.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<Arguments> arguments;
  try {
    arguments = Arguments::parse(argc, argv);
    if (arguments->help) {
      std::fputs(Arguments::usage.data(), stdout);
      return 0;
    }
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "batch_renderer: %s\n\n%s", wrong.what(), Arguments::usage.data());
    return 2;
  }
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  try {
    const int status =
        arguments->backend == "segment_log" ? run<ashlar::SegmentLog>(*arguments) : run<ashlar::FilePerKey>(*arguments);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      std::fprintf(stderr, "batch_renderer: the report could not be written to standard output\n");
      return 3;
    }
    return status;
  } catch (const ashlar::StageError& stopped) {
    std::fprintf(stderr,
                 "batch_renderer: stopped: %s\nWhat is done is recorded; run again with --resume to do the rest.\n",
                 shown(stopped.failure().reason).c_str());
    return 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "batch_renderer: %s\n", shown(error.what()).c_str());
    return 2;
  }
}
