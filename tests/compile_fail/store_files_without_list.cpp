// expect: \[ashlar\] file_system: add .Result<std::vector<DirectoryEntry>> list
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

#include <vector>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void list() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
