// expect: \[ashlar\] file_system: add .Result<void> make_directory
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void make_directory() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
