#include "engine/snapshot.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "engine/api/checksum.h"
#include "engine/exchange/state.h"

namespace carbonx {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

struct Head {
    uint64_t magic = magic_value;
    uint32_t version = version_value;
    uint32_t state_crc = 0;  // CRC32C of the state
    uint64_t next_command = 0;
    journal::Hash journal_hash{};  // of the journal's frame before
    uint64_t next_event = 0;
    uint64_t state_hash = 0;
    uint64_t state_bytes = 0;  // that follow
    Capacities capacities;
    unsigned char reserved[32] = {};
    uint32_t head_crc = 0;  // CRC32C of all before it

    static constexpr uint64_t magic_value = 0x504e534258424143;  // "CABXBSNP"
    static constexpr uint32_t version_value = 1;
};
static_assert(sizeof(Head) == 160);
static_assert(std::has_unique_object_representations_v<Head>);

uint32_t head_crc(const Head& head) { return crc32c(&head, offsetof(Head, head_crc)); }

[[noreturn]] void damaged(const std::filesystem::path& file, const std::string& what) {
    throw std::runtime_error(file.string() + " " + what);
}

// The state's bytes on their way into the file, behind the head.
class Sink {
public:
    Sink(const File& file, const DiskCalls& calls) : file_(file), calls_(calls) {}

    void operator()(const void* data, std::size_t size) {
        file_.write(calls_, data, size, sizeof(Head) + bytes_);
        crc_ = crc32c(data, size, crc_);
        bytes_ += size;
    }
    uint64_t bytes() const { return bytes_; }
    uint32_t crc() const { return crc_; }

private:
    const File& file_;
    const DiskCalls& calls_;
    uint64_t bytes_ = 0;
    uint32_t crc_ = 0;
};

Head read_head(const File& file) {
    Head head;
    if (file.read(&head, sizeof head, 0) != sizeof head || head.magic != Head::magic_value ||
        head.head_crc != head_crc(head)) {
        damaged(file.path(), "is damaged in its head");
    }
    if (head.version != Head::version_value) {
        damaged(file.path(), "is of a format that this build does not know");
    }
    return head;
}

void check_body(const File& file, const Head& head) {
    const auto buffer = std::make_unique<unsigned char[]>(buffer_bytes);
    uint32_t crc = 0;
    for (uint64_t at = 0; at < head.state_bytes;) {
        const auto wanted = std::min<uint64_t>(buffer_bytes, head.state_bytes - at);
        const std::size_t have = file.read(buffer.get(), wanted, sizeof head + at);
        if (have == 0) break;
        crc = crc32c(buffer.get(), have, crc);
        at += have;
    }
    if (crc != head.state_crc) damaged(file.path(), "is damaged: its checksum is wrong");
}

}  // namespace

void write_snapshot(const std::filesystem::path& directory, const Exchange& exchange,
                    const SnapshotPlace& place, const DiskCalls& calls) {
    std::filesystem::create_directories(directory);
    char name[48];
    std::snprintf(name, sizeof name, "snapshot-%016llu.state",
                  static_cast<unsigned long long>(place.journal.next));
    const auto making = directory / "next-snapshot";
    try {
        const File file(making, O_RDWR | O_CREAT | O_TRUNC);
        Sink sink(file, calls);
        StateWriter writer([&](const void* data, std::size_t size) { sink(data, size); });
        exchange.save(writer);
        Head head;
        head.next_command = place.journal.next;
        head.journal_hash = place.journal.hash;
        head.next_event = place.next_event;
        head.state_hash = exchange.state_hash();
        head.state_bytes = sink.bytes();
        head.state_crc = sink.crc();
        head.capacities = exchange.capacities();
        head.head_crc = head_crc(head);
        file.write(calls, &head, sizeof head, 0);
        file.sync(calls);
        ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
        check_body(file, read_head(file));  // from the disk, before older ones go
    } catch (...) {
        calls.remove(making.c_str());  // the room is wanted
        throw;
    }
    rename_file(calls, making, directory / name);
    sync_directory(calls, directory);
    sync_directory(calls, std::filesystem::absolute(directory).parent_path());
}

std::vector<SnapshotFile> list_snapshots(const std::filesystem::path& directory) {
    const auto numbered = list_numbered(directory, "snapshot-", ".state");
    std::vector<SnapshotFile> files;
    for (auto one = numbered.rbegin(); one != numbered.rend(); ++one) {
        files.push_back({one->file, one->first});
    }
    return files;
}

LoadedSnapshot load_snapshot(const std::filesystem::path& path, Populate populate) {
    const File file(path, O_RDONLY);
    const Head head = read_head(file);
    check_body(file, head);
    LoadedSnapshot loaded;
    loaded.place = {{head.next_command, head.journal_hash}, head.next_event};
    loaded.exchange = std::make_unique<Exchange>(head.capacities, populate);
    uint64_t at = 0;
    StateReader reader([&](void* data, std::size_t size) {
        const auto wanted = std::min<uint64_t>(size, head.state_bytes - at);
        const std::size_t have = file.read(data, wanted, sizeof head + at);
        at += have;
        return have;
    });
    loaded.exchange->load(reader);
    if (loaded.exchange->state_hash() != head.state_hash) {
        damaged(path, "gives another state than was saved: this build reads it wrongly");
    }
    return loaded;
}

}  // namespace carbonx
