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

EventFile::EventFile(const std::filesystem::path& data) {
    const auto path = event_log::history_file(data);
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (file_) slots_ = std::filesystem::file_size(path) / 4096 * event_log::block_slots;
}

const EventHead* EventFile::next() {
    Slot slot;
    const uint64_t first = next_slot_;
    if (!read_slot(slot)) return nullptr;
    auto* slots = reinterpret_cast<unsigned char*>(&event_);
    std::memcpy(slots, &slot, sizeof slot);
    for (unsigned i = 1; i < event_.head.slots; ++i) {
        if (i >= limits::record_slots_max || !read_slot(slot)) return nullptr;
        std::memcpy(slots + i * sizeof slot, &slot, sizeof slot);
    }
    sequence_ = first;
    return &event_.head;
}

bool EventFile::read_slot(Slot& slot) {
    const uint64_t place = (next_slot_ - 1) % event_log::block_slots;
    if (place == 0 && !read_block()) return false;
    if (place >= head_.filled) return false;
    slot = block_[place];
    ++next_slot_;
    return true;
}

bool EventFile::read_block() {
    if (!file_ || std::fread(&head_, sizeof head_, 1, file_.get()) != 1) return false;
    damaged_ = std::fread(block_, sizeof block_, 1, file_.get()) != 1 ||
               head_.magic != event_log::BlockHead::magic_value || head_.first != next_slot_ ||
               head_.filled == 0 || head_.filled > event_log::block_slots ||
               head_.crc != crc32c(block_, head_.filled * sizeof(Slot));
    return !damaged_;
}

}  // namespace carbonx::tools
