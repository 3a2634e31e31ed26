// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

#include <ashlar/version.hpp>

TEST_CASE("the version is the one that the changelog begins with") {
  std::ifstream file{ASHLAR_SOURCE_DIR "/CHANGELOG.md"};
  std::ostringstream text;
  text << file.rdbuf();
  const std::string changelog = text.str();
  const auto first = changelog.find("\n## ");
  REQUIRE(first != std::string::npos);
  CHECK(changelog.compare(first + 4, sizeof(ASHLAR_VERSION_STRING) - 1, ASHLAR_VERSION_STRING) == 0);
}
