// expect: \[ashlar\] file_system: add .lock., .try_lock. and .unlock. of one byte
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void lock() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
