// The archive: segments of the journal that are full, compressed, one file each.
//
// Threads: any; one at a time writes into a directory.
// Always: a file under its final name is whole, durable, and was read back before it got that name.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/segments.h"

namespace carbonx {

std::filesystem::path archive_file(const std::filesystem::path& archive, uint64_t first);
// All archived segments of a directory, in order; none when it does not exist.
std::vector<Segment> list_archive(const std::filesystem::path& archive);

// Puts the frames of a full segment into the archive, if they are not there already. Throws
// std::system_error, and std::runtime_error when its frames do not reach the next segment.
// Requires: the journal goes on in the next segment, which is in the same directory.
void archive_segment(const Segment& segment, const std::filesystem::path& archive,
                     const DiskCalls& calls = {});

// The frames of an archived segment. Throws std::runtime_error when the file is damaged.
std::vector<unsigned char> read_archived(const std::filesystem::path& file);

}  // namespace carbonx
