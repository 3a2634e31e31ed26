// expect: \[ashlar\] file_system: add .Result<std::size_t> read
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

#include <cstddef>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void read() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
