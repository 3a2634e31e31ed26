// expect: \[ashlar\] SegmentLog: the file system cannot map files
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store.hpp>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void map() const;
#endif
};
using Store = ashlar::ShardedStore<std::string, int, ashlar::SegmentLog, Mine>;
bool use(Store& store) { return store.get("a").has_value(); }
