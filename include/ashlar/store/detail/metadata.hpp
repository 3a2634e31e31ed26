// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ashlar/core/json.hpp>
#include <ashlar/core/result.hpp>
#include <ashlar/simd/crc32c.hpp>
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/detail/siphash.hpp>
#include <ashlar/store/detail/workspace.hpp>
#include <ashlar/store/files.hpp>
#include <ashlar/store/options.hpp>

namespace ashlar::inline v0::detail {

/// What `metadata.json` says of a store.
struct StoreMetadata {
  static constexpr std::int64_t version = 1;
  static constexpr std::string_view format = "ashlar-store";

  std::string backend;
  std::string id;
  std::string created;
  std::vector<std::string> directories;  ///< empty: the store's own
  std::uint64_t segment_bytes = 0;       ///< how large a segment gets; 0: it does not say
};

inline std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// The member "crc32c" of `metadata.json`, its last one: 8 hexadecimal digits of the CRC-32C of all text before the comma in
/// front of it.
inline std::string sum_of_metadata(std::string_view text) {
  return hex(crc32c(std::as_bytes(std::span{text}))).substr(8);
}

inline std::string to_json(const StoreMetadata& metadata) {
  std::string text;
  JsonWriter json{text};
  json.begin_object();
  json.member("format", StoreMetadata::format).member("version", StoreMetadata::version);
  json.member("backend", metadata.backend).member("id", metadata.id).member("created", metadata.created);
  if (!metadata.directories.empty()) {
    json.key("directories").begin_array();
    for (const std::string& directory : metadata.directories) json.value(directory);
    json.end_array();
  }
  if (metadata.segment_bytes != 0) json.member("segment_bytes", metadata.segment_bytes);
  const std::string sum = sum_of_metadata(text);
  json.member("crc32c", sum);
  json.end_object();
  return text += '\n';
}

inline Result<StoreMetadata> metadata_from_json(std::string_view text) {
  const Result<JsonValue> json = parse_json(text);
  if (!json) return json.error();
  // Stores that were made before there was a checksum have none.
  if (const JsonValue* sum = json->find("crc32c"); sum != nullptr) {
    const std::string_view before = text.substr(0, text.rfind("\"crc32c\""));
    const std::size_t comma = before.rfind(',');
    if (comma == before.npos || sum->string() == nullptr ||
        *sum->string() != sum_of_metadata(before.substr(0, comma))) {
      return Error{
          ErrorCode::corrupt,
          "its checksum is wrong; put back a copy, or, if you changed it by hand, remove the member \"crc32c\""};
    }
  }
  const auto text_of = [&](std::string_view name) -> std::string {
    const JsonValue* member = json->find(name);
    return member != nullptr && member->string() != nullptr ? *member->string() : std::string{};
  };
  if (text_of("format") != StoreMetadata::format) {
    return Error{ErrorCode::corrupt, "it does not say \"format\": \"ashlar-store\""};
  }
  const JsonValue* version = json->find("version");
  if (version == nullptr || version->integer() != StoreMetadata::version) {
    return Error{ErrorCode::unsupported, "the store's format version is not 1, the one this program knows"};
  }
  StoreMetadata metadata{text_of("backend"), text_of("id"), text_of("created"), {}};
  if (const JsonValue* bytes = json->find("segment_bytes"); bytes != nullptr) {
    const std::int64_t count = bytes->integer().value_or(0);
    if (count < 65536 || count > std::int64_t{32} << 30 || count % 4096 != 0) {
      return Error{ErrorCode::corrupt, "\"segment_bytes\" is no size of segments"};
    }
    metadata.segment_bytes = static_cast<std::uint64_t>(count);
  }
  if (const JsonValue* directories = json->find("directories"); directories != nullptr) {
    if (directories->array() == nullptr) return Error{ErrorCode::corrupt, "\"directories\" is no array"};
    for (const JsonValue& directory : *directories->array()) {
      if (directory.string() == nullptr)
        return Error{ErrorCode::corrupt, "\"directories\" has a value that is no string"};
      metadata.directories.push_back(*directory.string());
    }
  }
  return metadata;
}

/// `metadata.json` of a store directory; nothing when there is none.
template <file_system Files>
Result<std::optional<StoreMetadata>> read_metadata(const Files& files, const std::string& directory) {
  const std::string path = directory + "/metadata.json";
  const Result<typename Files::File> file = files.open(path, FileAccess::read);
  if (!file) {
    if (file.error().code() == ErrorCode::not_found) return std::optional<StoreMetadata>{};
    return file.error();
  }
  const Result<std::vector<std::byte>> bytes = read_whole(files, *file, std::uint64_t{1} << 20);
  if (!bytes) return bytes.error().within("'" + path + "'");
  Result<StoreMetadata> metadata = metadata_from_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!metadata) return metadata.error().within("'" + path + "' describes no store that can be opened");
  return std::optional{std::move(*metadata)};
}

/// Makes the directory and those above it that are missing, and makes their names durable.
template <file_system Files>
Result<void> make_directories(const Files& files, const std::string& path) {
  const Result<std::optional<FileId>> there = files.find(path);
  if (!there) return there.error();
  if (*there) return files.make_directory(path);
  const std::size_t slash = path.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (parent != path && parent != ".") {
    if (Result<void> made = make_directories(files, parent); !made) return made;
  }
  if (Result<void> made = files.make_directory(path); !made) return made;
  return files.sync_directory(parent);
}

/// A path of the options as one that the file system takes: relative to the store's directory, no '/' at its end.
inline std::string resolved(const std::string& directory, const std::string& path) {
  std::string text = path.starts_with('/') ? path : directory + "/" + path;
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

/// Opens the directory of a store: reads its metadata, or lays the store out when the options allow.
///
/// `lay_out(root)` makes what the backend needs below one directory, durably; it is called before the metadata is
/// written, so that whoever finds metadata finds the rest. Two processes may do all this at once: each step is
/// idempotent and the first `link` of the metadata wins.
template <file_system Files, class LayOut>
Result<StoreMetadata> open_metadata(const Files& files, const std::string& directory, const StoreOptions& options,
                                    std::string_view backend, LayOut lay_out, std::uint64_t segment_bytes = 0) {
  const auto has_zero = [](const std::string& path) { return path.find('\0') != std::string::npos; };
  if (has_zero(directory) || std::any_of(options.directories.begin(), options.directories.end(),
                                         [&](const auto& one) { return has_zero(one.string()); })) {
    // The system would take what comes before it for the path.
    return Error{ErrorCode::invalid_argument,
                 std::string{"a path of the store in '"} + directory.c_str() + "' has a zero byte"};
  }
  Result<std::optional<StoreMetadata>> found = read_metadata(files, directory);
  if (!found) return found.error();
  if (!*found) {
    if (options.mode == OpenMode::must_exist || options.mode == OpenMode::read_only) {
      return Error{ErrorCode::not_found, "there is no store in '" + directory +
                                             "' (no metadata.json); check the path, or open it with OpenMode::create"};
    }
    if (Result<void> made = make_directories(files, directory); !made) return made.error();
    StoreMetadata fresh{std::string{backend}, hex(files.random()), utc_now(), {}, segment_bytes};
    for (const std::filesystem::path& one : options.directories) fresh.directories.push_back(one.string());
    std::vector<std::string> roots{directory};
    if (!fresh.directories.empty()) roots.clear();
    for (const std::string& one : fresh.directories) roots.push_back(resolved(directory, one));
    for (const std::string& root : roots) {
      if (Result<void> made = make_directories(files, root); !made) return made.error();
      if (Result<void> laid = lay_out(root); !laid) return laid.error();
      if (Result<void> synced = files.sync_directory(root); !synced) return synced.error();
    }
    Workspace<Files> workspace{files, directory + "/tmp"};
    if (Result<void> opened = workspace.open(); !opened) return opened.error();
    const std::string json = to_json(fresh);
    const Result<std::string> written = workspace.write(std::as_bytes(std::span{json}), true);
    if (!written) return written.error();
    Result<void> linked = files.link(*written, directory + "/metadata.json");
    (void)files.remove(*written);
    if (!linked && linked.error().code() != ErrorCode::already_exists) return linked.error();
    if (Result<void> synced = files.sync_directory(directory); !synced) return synced.error();
    if (linked) return fresh;
    found = read_metadata(files, directory);
    if (!found) return found.error();
    if (!*found)
      return Error{ErrorCode::busy, "'" + directory + "/metadata.json' came and went; another program removes it"};
  }
  if (options.mode == OpenMode::create_new) {
    return Error{ErrorCode::already_exists,
                 "there is a store in '" + directory + "' already; OpenMode::create opens or makes one"};
  }
  StoreMetadata metadata = std::move(**found);
  if (metadata.backend != backend) {
    return Error{ErrorCode::invalid_argument, "the store in '" + directory + "' was made by the backend '" +
                                                  metadata.backend + "', this program opens it with '" +
                                                  std::string{backend} + "'"};
  }
  std::vector<std::string> given;
  for (const std::filesystem::path& one : options.directories) given.push_back(one.string());
  if (!given.empty() && given != metadata.directories) {
    return Error{ErrorCode::invalid_argument,
                 "the store in '" + directory +
                     "' was made with other directories, and entries would not be found; leave "
                     "StoreOptions::directories empty to use those in metadata.json"};
  }
  return metadata;
}

}  // namespace ashlar::inline v0::detail
