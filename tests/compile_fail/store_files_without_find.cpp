// expect: \[ashlar\] file_system: add .Result<std::optional<FileId>> find
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

#include <optional>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void find() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
