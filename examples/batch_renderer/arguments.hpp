// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

/// The command line of batch_renderer.
struct Arguments {
  std::filesystem::path input = "/usr/include";
  std::filesystem::path cache = "batch_renderer.cache";
  std::filesystem::path output = "batch_renderer.out";
  std::string backend = "file_per_key";
  std::optional<std::filesystem::path> legacy_cache;
  std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
  bool resume = false;
  bool summary = false;
  bool help = false;

  static constexpr std::string_view usage =
      "usage: batch_renderer [LIST | DIRECTORY] [options]\n"
      "Renders every file into a PNG minimap, each character a pixel, and records each in a store.\n"
      "  LIST                 a file with one path a line; blank lines are skipped, CRLF is fine\n"
      "  DIRECTORY            every regular file below it (default: /usr/include)\n"
      "  -o, --out OUT_DIR    where the pictures go (default: batch_renderer.out)\n"
      "  -c, --cache DIR      the store of finished files (default: batch_renderer.cache)\n"
      "  --backend NAME       how the store keeps its records: file_per_key (default) or segment_log\n"
      "  -j N                 files in work at once (default: one per core)\n"
      "  --resume             skip what is done, retry what failed\n"
      "  --legacy-cache FILE  first import an old cache: one JSON object, path to entry\n"
      "  --summary            write CACHE_DIR/summary.json at the end and print it\n"
      "  -h, --help           this text\n"
      "exit code: 0 all done, 1 some files failed, 2 wrong usage or nothing could start, 3 stopped because the "
      "pictures\n"
      "or the store could not be written (disk full, …), 130 interrupted\n";

  /// Throws std::invalid_argument with what is wrong.
  static Arguments parse(int argc, char** argv) {
    Arguments arguments;
    bool has_input = false;
    bool only_paths = false;
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument{argv[i]};
      // --name=VALUE is --name VALUE.
      const std::size_t equals = !only_paths && argument.starts_with("--") ? argument.find('=') : argument.npos;
      const std::string_view option = argument.substr(0, equals);
      bool joined = equals != argument.npos;
      const auto value = [&]() -> std::string_view {
        if (joined && equals + 1 < argument.size()) {
          joined = false;
          return argument.substr(equals + 1);
        }
        if (joined || i + 1 >= argc || argv[i + 1][0] == '\0' || argv[i + 1][0] == '-') {
          throw std::invalid_argument(std::string{option} +
                                      " needs a value (write ./-name for one that begins with -)");
        }
        return argv[++i];
      };
      if (only_paths || option == "--") {
        if (only_paths) set_input(arguments, has_input, option);
        only_paths = true;
      } else if (option == "-h" || option == "--help") {
        arguments.help = true;
      } else if (option == "-o" || option == "--out") {
        arguments.output = value();
      } else if (option == "-c" || option == "--cache" || option == "--cache-dir") {
        arguments.cache = value();
      } else if (option == "--backend") {
        arguments.backend = value();
        if (arguments.backend != "file_per_key" && arguments.backend != "segment_log") {
          throw std::invalid_argument("--backend takes file_per_key or segment_log, not '" + arguments.backend + "'");
        }
      } else if (option == "-j" || option == "--jobs") {
        arguments.workers = count(option, value());
      } else if (option.starts_with("-j")) {
        arguments.workers = count("-j", option.substr(2));
      } else if (option == "--resume") {
        arguments.resume = true;
      } else if (option == "--legacy-cache") {
        arguments.legacy_cache = value();
      } else if (option == "--summary") {
        arguments.summary = true;
      } else if (option.starts_with('-') && option.size() > 1) {
        throw std::invalid_argument("unknown option '" + std::string{option} + "'");
      } else {
        set_input(arguments, has_input, option);
      }
      if (joined) throw std::invalid_argument(std::string{option} + " takes no value");
    }
    return arguments;
  }

 private:
  static void set_input(Arguments& arguments, bool& has_input, std::string_view path) {
    if (path.empty()) throw std::invalid_argument("the LIST or DIRECTORY is empty");
    if (has_input)
      throw std::invalid_argument("one LIST or DIRECTORY is enough; '" + std::string{path} + "' is a second");
    arguments.input = path;
    has_input = true;
  }

  static std::size_t count(std::string_view option, std::string_view text) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || n == 0 || n > 256) {
      throw std::invalid_argument(std::string{option} + " takes a number from 1 to 256, not '" + std::string{text} +
                                  "'");
    }
    return n;
  }
};
