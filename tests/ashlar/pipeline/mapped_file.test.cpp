// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <support/temp_directory.hpp>

#include <ashlar/pipeline/mapped_file.hpp>

#include <fstream>
#include <string>

TEST_CASE("a mapped file shows the bytes of the file; an empty one none") {
  const ashlar_test::TempDirectory directory;
  const std::string path = (directory / "x").string();
  std::ofstream{path} << "ashlar";
  auto file = ashlar::MappedFile::open(path);
  REQUIRE(file);
  file->expect_sequential();
  CHECK(std::string(reinterpret_cast<const char*>(file->data()), file->size()) == "ashlar");
  ashlar::MappedFile moved = *std::move(file);
  CHECK(moved.bytes().size() == 6);
  CHECK(file->size() == 0);
  std::ofstream{path, std::ios::trunc};
  CHECK(ashlar::MappedFile::open(path)->bytes().empty());
}

TEST_CASE("what cannot be mapped is an error with a reason") {
  const ashlar_test::TempDirectory directory;
  CHECK(ashlar::MappedFile::open((directory / "none").string()).error().code() == ashlar::ErrorCode::not_found);
  CHECK(ashlar::MappedFile::open(directory.path().string()).error().code() == ashlar::ErrorCode::invalid_argument);
}
