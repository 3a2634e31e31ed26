// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/store/concepts.hpp>
#include <ashlar/store/durability.hpp>
#include <ashlar/store/faulty_files.hpp>
#include <ashlar/store/file_per_key.hpp>
#include <ashlar/store/in_memory.hpp>
#include <ashlar/store/legacy.hpp>
#include <ashlar/store/options.hpp>
#include <ashlar/store/posix_files.hpp>
#include <ashlar/store/segment_log.hpp>
#include <ashlar/store/sharded_store.hpp>
#include <ashlar/store/sharding.hpp>
