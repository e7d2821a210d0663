#pragma once
// Files read with a bound and written whole or not at all.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tito {

// Throws UserError naming the file when it is missing, not a regular file, or above `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit = 16u << 20);
// Through a temporary file beside it, fsync and rename: a reader, or a run after Ctrl-C or a power
// cut, sees the old content or the new. Creates the folders above. Throws InternalError.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);
// Lower-case hex.
std::string sha256(std::string_view content);

}  // namespace tito
