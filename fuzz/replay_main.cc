// Replays a corpus through a fuzz target where there is no libFuzzer (g++).
//   replay_<target> FOLDER_OR_FILE...
// Runs the empty input, then every file in the order of its name, so a failure names the same file
// every time. A folder without files is an error: a lost corpus must not look like a passing test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

/// The files of `root` and below, or `root` itself; empty when there are none.
std::vector<fs::path> files_of(fs::path const& root) {
  std::error_code error;
  if (fs::is_regular_file(root, error)) return {root};
  std::vector<fs::path> files;
  fs::recursive_directory_iterator it(root, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error)) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void run_one(std::string const& input) {
  // A copy of exactly this size on the heap lets a sanitizer see one byte read too far.
  std::vector<std::uint8_t> const bytes(input.begin(), input.end());
  static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER_OR_FILE...\n", argv[0]);
    return EXIT_FAILURE;
  }
  run_one("");
  std::size_t replayed = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<fs::path> const files = files_of(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "no input in %s\n", argv[i]);
      return EXIT_FAILURE;
    }
    for (fs::path const& file : files) {
      // Printed first and flushed, since the target aborts on a failure.
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);
      std::ifstream stream(file, std::ios::binary);
      std::string const input((std::istreambuf_iterator<char>(stream)), {});
      if (stream.bad() || !stream.is_open()) {
        std::fprintf(stderr, "cannot read %s\n", file.c_str());
        return EXIT_FAILURE;
      }
      run_one(input);
      ++replayed;
    }
  }
  std::printf("%zu inputs and the empty one\n", replayed);
  return EXIT_SUCCESS;
}
