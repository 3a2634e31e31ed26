// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/json/reader.hpp>
#include <ashlar/core/json/value.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/store/posix_files.hpp>

namespace ashlar::inline v0 {

/// An entry of a legacy file that was not taken over.
struct LegacyProblem {
  JsonPosition position;
  std::string key;
  std::string what;
};

/// What became of the entries of a legacy file.
struct LegacyReport {
  std::uint64_t migrated = 0;       ///< now in the store, and not before
  std::uint64_t already_there = 0;  ///< the store had the key, maybe from further up in the file, and keeps its value
  std::uint64_t malformed = 0;      ///< not taken over
  bool complete = false;  ///< the file was read to its end; otherwise the last problem says where it broke off
  std::vector<LegacyProblem> problems = {};  ///< of the malformed ones, the first 1000
};

namespace detail {

/// `migrate_legacy` with the text that `reader` has still before it.
template <class Store, class Convert>
Result<LegacyReport> migrate_legacy_from(Store& store, JsonReader& reader, Convert& convert) {
  LegacyReport report;
  const auto refuse = [&](const JsonPosition& at, std::string key, std::string what) {
    ++report.malformed;
    if (report.problems.size() < 1000) report.problems.push_back({at, std::move(key), std::move(what)});
  };
  /// Whether the file can be read on behind an entry that is wrong.
  const auto skipped = [&](const Error& error, std::string& key) {
    if (error.code() != ErrorCode::corrupt || !reader.skip_wrong(1)) return false;
    refuse(reader.position(), std::move(key), error.what());
    return true;
  };
  /// What became of a file that the reader cannot read on, whose error may have come up while skipping.
  const auto broken = [&](std::string key) -> Result<LegacyReport> {
    const Error error = reader.next().error();
    if (error.code() != ErrorCode::corrupt) return error;
    refuse(reader.position(), std::move(key), error.what());
    return report;
  };

  const Result<JsonEvent> first = reader.next();
  if (!first) return broken({});
  if (*first != JsonEvent::begin_object) {
    refuse(reader.position(), {}, "the file is not one JSON object");
    return report;
  }
  while (true) {
    std::string key;
    const Result<JsonEvent> event = reader.next();
    if (!event && skipped(event.error(), key)) continue;
    if (!event) return broken({});
    if (*event == JsonEvent::end_object) break;
    const JsonPosition at = reader.position();
    key = reader.text();
    const Result<JsonValue> json = read_json(reader);
    if (!json && skipped(json.error(), key)) continue;
    if (!json) return broken(std::move(key));
    auto value = std::invoke(convert, std::string_view{key}, *json);
    if (!value) {
      refuse(at, std::move(key), value.error().what());
      continue;
    }
    const Result<bool> stored = store.insert_if_absent(key, *value);
    if (!stored) return stored.error();
    ++(*stored ? report.migrated : report.already_there);
  }
  if (!reader.next()) return broken({});
  report.complete = true;
  return report;
}

}  // namespace detail

/// Takes the entries of a legacy cache file, one JSON object of path and entry, into a store; keys that the store has
/// keep their values, so that it can be run again, also after a crash.
///
/// `convert(key, json)` makes the store's value of an entry's `JsonValue` and returns a `Result` of it; an error counts
/// the entry as malformed, with its place in the file. Of entries with the same key the first that is not malformed
/// wins, also when it is run again; Python's `json` takes the last.
///
/// The file is read strictly (RFC 8259) and as a stream: memory is needed for one entry at a time. An entry with text
/// that is no UTF-8 or half a surrogate pair, an escape or a number that is none (also `NaN` and `Infinity`), or that
/// is nested deeper than 128 is malformed too, and the rest is read on. Whatever else is wrong, in such an entry too,
/// may be a quote or bracket too few, and ends the migration. Errors: what opening and reading the file and writing the
/// store say; a file that breaks off or is no JSON is no error but a report with `complete == false`.
template <class Store, class Convert>
  requires std::invocable<Convert&, std::string_view, const JsonValue&>
Result<LegacyReport> migrate_legacy(Store& store, const std::filesystem::path& file, Convert&& convert) {
  const PosixFiles files;
  const Result<PosixFiles::File> opened = files.open(file.string(), FileAccess::read);
  if (!opened) return opened.error();
  std::uint64_t offset = 0;
  JsonReader reader{[&](std::span<char> into) -> Result<std::size_t> {
    Result<std::size_t> got = files.read(*opened, offset, std::as_writable_bytes(into));
    if (got) offset += *got;
    return got;
  }};
  return detail::migrate_legacy_from(store, reader, convert);
}

}  // namespace ashlar::inline v0
