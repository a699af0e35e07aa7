#include "marketdata/cursor.h"

#include <cstddef>

#include "engine/api/checksum.h"

namespace carbonx::marketdata {
namespace {

struct Record {
    uint64_t magic = magic_value;
    uint64_t venue = 0;
    uint64_t next = 0;
    wire::SessionName session;
    unsigned char reserved[6] = {};
    uint32_t content = 0;
    uint32_t crc = 0;  // CRC32C of what stands before it

    static constexpr uint64_t magic_value = 0x5352554358424143;  // "CABXCURS"
};
static_assert(sizeof(Record) == 48 && offsetof(Record, crc) == 44);

uint32_t checksum(const Record& record) { return crc32c(&record, offsetof(Record, crc)); }

}  // namespace

Cursor::Cursor(const std::filesystem::path& file, uint64_t venue)
    : file_(file, O_RDWR | O_CREAT), venue_(venue) {}

std::optional<SentPosition> Cursor::load() const {
    Record record;
    if (file_.read(&record, sizeof record, 0) != sizeof record) return std::nullopt;
    const bool whole = record.magic == Record::magic_value && record.crc == checksum(record);
    if (!whole || record.venue != venue_) return std::nullopt;
    return SentPosition{record.session, record.next, record.content};
}

void Cursor::store(const SentPosition& position) const {
    Record record;
    record.venue = venue_;
    record.next = position.next;
    record.session = position.session;
    record.content = position.content;
    record.crc = checksum(record);
    file_.write(DiskCalls{}, &record, sizeof record, 0);
}

}  // namespace carbonx::marketdata
