// expect: \[ashlar\] SegmentLog: the file system cannot map files
// SPDX-License-Identifier: BSL-1.0
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>

#include <string>

struct Mine : ashlar::PosixFiles {
#ifndef FIXED
  void map() const;
#endif
};
using Store = ashlar::ShardedStore<std::string, int, ashlar::SegmentLog, Mine>;
bool use(Store& store) { return store.get("a").has_value(); }
