// expect: \[ashlar\] file_system: add .std::uint64_t random
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

#include <cstdint>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void random() const;
#endif
};
static_assert(ashlar::explain_file_system<Mine>());
