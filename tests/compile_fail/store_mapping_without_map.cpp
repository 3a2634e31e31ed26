// expect: \[ashlar\] mapping_file_system: add .class Mapping
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/concepts.hpp>
#include <ashlar/store/posix_files.hpp>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void map() const;
#endif
};
static_assert(ashlar::explain_mapping_file_system<Mine>());
