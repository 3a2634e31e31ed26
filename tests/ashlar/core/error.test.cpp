// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <cerrno>
#include <string>

#include <ashlar/core/error.hpp>

using ashlar::Error;
using ashlar::ErrorCode;

TEST_CASE("an error carries its code and its words") {
  const Error error{ErrorCode::corrupt, "checksum differs"};
  CHECK(error.code() == ErrorCode::corrupt);
  CHECK(std::string{error.what()} == "checksum differs");
  CHECK(std::string{error.within("a/b.cache").what()} == "a/b.cache: checksum differs");
  CHECK(error.within("a/b.cache").code() == ErrorCode::corrupt);
}

TEST_CASE("a system error names the action, the object and the reason") {
  const Error error = ashlar::system_error(ENOENT, "open", "/no/such/file");
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(std::string{error.what()} == "cannot open '/no/such/file': No such file or directory");
  CHECK(ashlar::system_error(ENOSPC, "write", "x").code() == ErrorCode::no_space);
  CHECK(ashlar::system_error(EDQUOT, "write", "x").code() == ErrorCode::no_space);
  CHECK(ashlar::system_error(EACCES, "open", "x").code() == ErrorCode::permission_denied);
  CHECK(ashlar::system_error(EROFS, "open", "x").code() == ErrorCode::permission_denied);
  CHECK(ashlar::system_error(EEXIST, "link", "x").code() == ErrorCode::already_exists);
  CHECK(ashlar::system_error(EIO, "read", "x").code() == ErrorCode::io);
}

TEST_CASE("every code has a name of its own") {
  std::string names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::closed); ++code) {
    const std::string name{to_string(static_cast<ErrorCode>(code))};
    CHECK(name != "unknown");
    CHECK(names.find(" " + name + " ") == std::string::npos);
    names += " " + name + " ";
  }
  CHECK(to_string(static_cast<ErrorCode>(255)) == "unknown");
}
