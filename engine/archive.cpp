#include "engine/archive.h"

#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "engine/api/checksum.h"
#include "engine/frame.h"

namespace carbonx {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr int level = 3;

// What is to be archived of a segment.
struct Content {
    uint64_t bytes = 0;
    uint32_t crc = 0;
    uint64_t next = 0;  // sequence of the command behind it
    bool operator==(const Content&) const = default;
};

// The whole frames at a segment's begin.
Content content_of(const File& file, uint64_t first) {
    Content content{0, 0, first};
    const auto buffer = std::make_unique<unsigned char[]>(piece_bytes);
    while (true) {
        const std::size_t have = file.read(buffer.get(), piece_bytes, content.bytes);
        std::size_t at = 0;
        while (journal::valid_frame(buffer.get() + at, have - at)) {
            const journal::FrameHead head = journal::head_at(buffer.get() + at);
            if (head.first != content.next) break;
            content.next += head.slots;
            at += journal::frame_bytes(head.slots);
        }
        if (at == 0) return content;
        content.crc = crc32c(buffer.get(), at, content.crc);
        content.bytes += at;
    }
}

// Behind the packed frames: a frame that zstd passes over, with a checksum of the file. zstd's own
// is of the content, which a flipped bit need not change.
struct Trailer {
    uint32_t magic = 0x184d2a50;
    uint32_t bytes = sizeof crc;
    uint32_t crc = 0;  // CRC32C of all before the trailer
    bool operator==(const Trailer&) const = default;
};
static_assert(sizeof(Trailer) == 12);

[[noreturn]] void damaged(const std::filesystem::path& file, const std::string& how) {
    throw std::runtime_error(file.string() + " is damaged (" + how +
                             "): restore this file from another copy of the archive");
}

std::size_t checked(std::size_t result, const std::filesystem::path& file) {
    if (ZSTD_isError(result) != 0) damaged(file, ZSTD_getErrorName(result));
    return result;
}

// The bytes before a right trailer. Throws std::runtime_error.
uint64_t packed_bytes(const File& file) {
    const uint64_t size = std::filesystem::file_size(file.path());
    const uint64_t packed = size - std::min<uint64_t>(size, sizeof(Trailer));
    const auto buffer = std::make_unique<unsigned char[]>(piece_bytes);
    Trailer expected, found;
    for (uint64_t at = 0; at < packed;) {
        const std::size_t have =
            file.read(buffer.get(), std::min<uint64_t>(piece_bytes, packed - at), at);
        if (have == 0) damaged(file.path(), "it ends too early");
        expected.crc = crc32c(buffer.get(), have, expected.crc);
        at += have;
    }
    if (file.read(&found, sizeof found, packed) != sizeof found || found != expected)
        damaged(file.path(), "wrong checksum");
    return packed;
}

// Calls use(bytes, size) for each piece of an archived file, unpacked. Throws std::runtime_error.
template <class Use>
void unpack(const std::filesystem::path& path, Use use) {
    const File file(path, O_RDONLY);
    const uint64_t packed = packed_bytes(file);
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       ZSTD_freeDCtx);
    std::vector<unsigned char> from(piece_bytes), to(piece_bytes);
    ZSTD_inBuffer in{from.data(), 0, 0};
    for (uint64_t offset = 0;;) {
        if (in.pos == in.size) {
            in.size =
                file.read(from.data(), std::min<uint64_t>(piece_bytes, packed - offset), offset);
            in.pos = 0;
            offset += in.size;
        }
        ZSTD_outBuffer out{to.data(), to.size(), 0};
        const std::size_t left = checked(ZSTD_decompressStream(context.get(), &out, &in), path);
        use(to.data(), out.pos);
        if (left == 0) return;
        if (in.size == 0 && out.pos == 0) damaged(path, "it ends too early");
    }
}

// Whether a file unpacks to this content.
bool holds(const std::filesystem::path& file, const Content& content) {
    uint64_t bytes = 0;
    uint32_t crc = 0;
    unpack(file, [&](const unsigned char* piece, std::size_t size) {
        crc = crc32c(piece, size, crc);
        bytes += size;
    });
    return bytes == content.bytes && crc == content.crc;
}

bool already_holds(const std::filesystem::path& file, const Content& content) {
    if (!std::filesystem::exists(file)) return false;
    try {
        return holds(file, content);
    } catch (const std::runtime_error&) {
        return false;  // it is written anew: the segment is still there
    }
}

void pack(const File& from, const Content& content, const File& to, const DiskCalls& calls) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setPledgedSrcSize(context.get(), content.bytes);
    std::vector<unsigned char> read(piece_bytes), packed(piece_bytes);
    uint64_t written = 0;
    Trailer trailer;
    for (uint64_t offset = 0; offset < content.bytes;) {
        const std::size_t size = std::min<uint64_t>(piece_bytes, content.bytes - offset);
        if (from.read(read.data(), size, offset) != size) damaged(from.path(), "it became shorter");
        offset += size;
        const auto mode = offset == content.bytes ? ZSTD_e_end : ZSTD_e_continue;
        ZSTD_inBuffer in{read.data(), size, 0};
        std::size_t left = 1;
        while (mode == ZSTD_e_end ? left > 0 : in.pos < in.size) {
            ZSTD_outBuffer out{packed.data(), packed.size(), 0};
            left = checked(ZSTD_compressStream2(context.get(), &out, &in, mode), to.path());
            to.write(calls, packed.data(), out.pos, written);
            written += out.pos;
            trailer.crc = crc32c(packed.data(), out.pos, trailer.crc);
        }
    }
    to.write(calls, &trailer, sizeof trailer, written);
}

}  // namespace

std::filesystem::path archive_file(const std::filesystem::path& archive, uint64_t first) {
    return archive / (segment_file("", first).string() + ".zst");
}

std::vector<Segment> list_archive(const std::filesystem::path& archive) {
    return list_numbered(archive, "journal-", ".seg.zst");
}

void archive_segment(const Segment& segment, const std::filesystem::path& archive,
                     const DiskCalls& calls) {
    const File file(segment.file, O_RDONLY);
    const Content content = content_of(file, segment.first);
    if (!std::filesystem::exists(segment_file(segment.file.parent_path(), content.next)) ||
        content.bytes == 0) {
        throw std::runtime_error(segment.file.string() + ": its whole frames end before command " +
                                 std::to_string(content.next) +
                                 ", where no segment begins: it is damaged, and is not archived. "
                                 "Restore the journal's directory from a copy");
    }
    const std::filesystem::path packed = archive_file(archive, segment.first);
    if (already_holds(packed, content)) return;
    std::filesystem::path making = packed;
    making += ".new";
    try {
        const File to(making, O_RDWR | O_CREAT | O_TRUNC);
        pack(file, content, to, calls);
        to.sync(calls);
        ::posix_fadvise(to.descriptor(), 0, 0, POSIX_FADV_DONTNEED);  // it is read from the disk
    } catch (...) {
        calls.remove(making.c_str());  // the room is wanted
        throw;
    }
    if (!holds(making, content)) damaged(making, "it is not what was written");
    rename_file(calls, making, packed);
    sync_directory(calls, archive);
}

std::vector<unsigned char> read_archived(const std::filesystem::path& file) {
    std::vector<unsigned char> content;
    unpack(file, [&](const unsigned char* piece, std::size_t size) {
        content.insert(content.end(), piece, piece + size);
    });
    return content;
}

}  // namespace carbonx
