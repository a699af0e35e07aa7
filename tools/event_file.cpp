// The file of the event log: see event_file.h.
#include "tools/event_file.h"

#include <stdexcept>

#include "engine/api/checksum.h"
#include "engine/api/settings.h"

namespace carbonx::tools {

std::filesystem::path data_directory(const std::filesystem::path& directory,
                                     const std::filesystem::path& settings) {
    if (!settings.empty()) return load_settings(settings, directory).data_directory;
    for (const auto& data : {directory, directory / "data"}) {
        if (std::filesystem::exists(data / "journal")) return data;
    }
    throw std::runtime_error("there is no venue's data in " + directory.string() +
                             ": name the directory that holds `journal`, or --settings FILE");
}

std::filesystem::path archive_directory(const std::filesystem::path& given,
                                        const std::filesystem::path& directory,
                                        const std::filesystem::path& settings) {
    if (!given.empty()) return given;
    if (!settings.empty()) return load_settings(settings, directory).archive_directory;
    const auto journal = std::filesystem::absolute(data_directory(directory, settings) / "journal");
    const auto beside = journal.parent_path().parent_path() / "archive";
    return std::filesystem::exists(beside) ? beside : std::filesystem::path();
}

EventFile::EventFile(const std::filesystem::path& data, uint64_t from)
    : next_slot_(from), blocks_(new Block[blocks_max]) {
    const auto path = event_log::history_file(data);
    if (!std::filesystem::exists(path)) return;
    file_ = File(path, O_RDONLY);
    slots_ = std::filesystem::file_size(path) / sizeof(Block) * event_log::block_slots;
}

const EventHead* EventFile::next() {
    const uint64_t first = next_slot_;
    const Slot* slot = next_slot();
    if (slot == nullptr) return nullptr;
    const auto* head = reinterpret_cast<const EventHead*>(slot);
    const unsigned slots = head->slots;
    if (slots > limits::record_slots_max) return nullptr;
    sequence_ = first;
    if (slots <= 1) return head;
    auto* to = reinterpret_cast<Slot*>(&event_);
    to[0] = *slot;
    for (unsigned i = 1; i < slots; ++i) {
        slot = next_slot();
        if (slot == nullptr) return nullptr;
        to[i] = *slot;
    }
    return &event_.head;
}

const Slot* EventFile::next_slot() {
    const uint64_t place = (next_slot_ - 1) % event_log::block_slots;
    if ((place == 0 || block_ == nullptr) && !enter_block()) return nullptr;
    if (place >= block_->head.filled) return nullptr;
    ++next_slot_;
    return &block_->slots[place];
}

// Has the block of the next slot in memory. False where the file ends, or the block is damaged.
bool EventFile::enter_block() {
    if (damaged_ || file_.descriptor() < 0) return false;
    const uint64_t number = event_log::block_of(next_slot_);
    block_ = nullptr;
    std::size_t at = (number - blocks_first_) * sizeof(Block);
    if (number < blocks_first_ || at >= blocks_bytes_) {
        blocks_first_ = number;
        at = 0;
        blocks_bytes_ =
            file_.read(blocks_.get(), blocks_max * sizeof(Block), number * sizeof(Block));
        if (blocks_bytes_ == 0) return false;
    }
    const Block& block = blocks_[number - blocks_first_];
    const event_log::BlockHead& head = block.head;
    damaged_ = blocks_bytes_ - at < sizeof(Block) ||
               head.magic != event_log::BlockHead::magic_value ||
               head.first != number * event_log::block_slots + 1 || head.filled == 0 ||
               head.filled > event_log::block_slots ||
               head.crc != crc32c(block.slots, head.filled * sizeof(Slot));
    if (!damaged_) block_ = &block;
    return !damaged_;
}

}  // namespace carbonx::tools
