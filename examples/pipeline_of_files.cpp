// SPDX-License-Identifier: BSL-1.0
// Files as the source of a pipeline: read into pooled buffers with a fixed number read ahead, or mapped where only a part
// of each is looked at; and the report of a run for programs that read it.
#include <ashlar/pipeline.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

int main() {
  std::vector<std::string> paths;
  for (const char* name : {"one.txt", "two.txt", "three.txt"}) {
    paths.emplace_back(name);
    std::ofstream{name} << "# " << name << "\n" << std::string(10'000 * paths.size(), '.') << "\n";
  }

  ashlar::BufferPool pool;
  const auto sizes = (ashlar::files(paths).prefetch(2) | ashlar::read(pool) |
                      ashlar::transform([](const ashlar::FileData& file) { return file.size(); }) | ashlar::collect())
                         .run();
  for (const std::size_t size : sizes.items) std::printf("%zu bytes\n", size);
  std::printf("%llu bytes of buffers are out\n", static_cast<unsigned long long>(pool.outstanding()));

  paths.emplace_back("four.txt");  // is not there
  const auto titles = (ashlar::files(paths).prefetch(0) | ashlar::transform(ashlar::MappedFile::open).named("map") |
                       ashlar::transform([](const ashlar::MappedFile& file) {
                         const std::string text{reinterpret_cast<const char*>(file.data()), 20};
                         return text.substr(0, text.find('\n'));
                       }) |
                       ashlar::collect())
                          .run({.on_error = ashlar::OnError::collect});
  for (const std::string& title : titles.items) std::printf("%s\n", title.c_str());
  const std::string json = ashlar::to_json(titles.report);
  std::printf("%s\n", json.substr(json.find("\"failures\"")).c_str());
}
