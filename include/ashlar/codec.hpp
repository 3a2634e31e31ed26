// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ashlar/codec/binary.hpp>
#include <ashlar/codec/byte_reader.hpp>
#include <ashlar/codec/byte_writer.hpp>
#include <ashlar/codec/columnar.hpp>
#include <ashlar/codec/columns.hpp>
#include <ashlar/codec/concepts.hpp>
#include <ashlar/codec/dictionaries.hpp>
#include <ashlar/codec/dictionary.hpp>
#include <ashlar/codec/known.hpp>
#include <ashlar/codec/lz4.hpp>
#include <ashlar/codec/lz4_with_dictionary.hpp>
#include <ashlar/codec/no_compression.hpp>
#include <ashlar/codec/serializable.hpp>
#include <ashlar/codec/serialize.hpp>
#include <ashlar/codec/train_dictionary.hpp>
#include <ashlar/codec/value_codec.hpp>
#include <ashlar/codec/value_header.hpp>
#include <ashlar/codec/versioned.hpp>
