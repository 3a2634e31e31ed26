// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <ashlar/core/json/value.hpp>
#include <ashlar/core/result.hpp>

/// What the store keeps of each input.
enum class Status : std::uint8_t { done = 0, failed = 1 };

struct RenderRecord {
  Status status = Status::done;
  std::string reason;        ///< why it failed
  std::string picture;       ///< where it is; empty where it is not known
  std::uint64_t bytes = 0;   ///< of the input
  std::int64_t changed = 0;  ///< when the input was last changed, by its file system's clock; 0: not known
  std::uint64_t lines = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t checksum = 0;  ///< CRC-32C of the input
  std::int64_t finished = 0;   ///< nanoseconds since 1970

  static std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  /// Whether the picture is at `wanted` and was made of `file` as it is now. A record of an old cache file knows no
  /// more than that the work was done, and perhaps where its picture is.
  bool still_good(const std::filesystem::path& file, const std::filesystem::path& wanted) const {
    if (status != Status::done) return false;
    std::error_code error;
    if (changed == 0) return picture.empty() || std::filesystem::exists(picture, error);
    if (picture != wanted.string() || !std::filesystem::exists(wanted, error)) return false;
    return std::filesystem::file_size(file, error) == bytes && !error &&
           std::filesystem::last_write_time(file, error).time_since_epoch().count() == changed && !error;
  }

  /// The record of an entry of an old cache file: an object that may have "status" ("done", "success", "failed", …),
  /// "output" or "picture", "error" or "reason", "width", "height", "lines" and "size" or "bytes".
  static ashlar::Result<RenderRecord> from_legacy(std::string_view, const ashlar::JsonValue& json) {
    const auto bad = [](std::string_view what) {
      return ashlar::Error{ashlar::ErrorCode::corrupt, std::string{"the entry "} + std::string{what}};
    };
    if (json.object() == nullptr) return bad("is not an object");
    RenderRecord record;
    record.finished = now();
    for (const auto& [name, value] : *json.object()) {
      const std::string* text = value.string();
      const auto number = value.integer();
      if (name == "status") {
        if (text == nullptr) return bad("has a \"status\" that is not a string");
        if (*text == "failed" || *text == "error") {
          record.status = Status::failed;
        } else if (*text != "done" && *text != "success" && *text != "ok") {
          return bad("has the unknown status \"" + *text + "\"");
        }
      } else if (name == "picture" || name == "output" || name == "reason" || name == "error") {
        if (value.is_null()) continue;
        if (text == nullptr) return bad("has a \"" + name + "\" that is not a string");
        (name == "picture" || name == "output" ? record.picture : record.reason) = *text;
      } else if (name == "width" || name == "height" || name == "lines" || name == "size" || name == "bytes") {
        if (!number || *number < 0) return bad("has a \"" + name + "\" that is not a whole number from 0");
        const auto count = static_cast<std::uint64_t>(*number);
        if ((name == "width" || name == "height") && count > 0xFFFFFFFF)
          return bad("has a \"" + name + "\" beyond 32 bits");
        if (name == "width") {
          record.width = static_cast<std::uint32_t>(count);
        } else if (name == "height") {
          record.height = static_cast<std::uint32_t>(count);
        } else {
          (name == "lines" ? record.lines : record.bytes) = count;
        }
      }
    }
    return record;
  }
};
