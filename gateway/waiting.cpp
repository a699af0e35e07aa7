#include "gateway/waiting.h"

#include <cstring>
#include <fstream>
#include <stdexcept>

#include "engine/api/check.h"
#include "engine/api/checksum.h"

namespace carbonx::gateway {
namespace {

struct FrameHead {
    uint32_t length;  // of the number and the message
    uint32_t crc;     // of the same
};

constexpr uint64_t first_frame = sizeof(uint64_t);  // behind the offset of the head
constexpr uint64_t gone_bytes_max = 1 << 20;

}  // namespace

WaitingMessages::WaitingMessages(const std::filesystem::path& file, Start start,
                                 const DiskCalls& calls)
    : path_(file), calls_(calls), file_(file, O_RDWR | O_CREAT) {
    start == Start::goes_on ? load() : empty_file();
}

// A torn last frame was never counted: its client sends it again. Killed while it was being
// emptied, the head is behind the end.
void WaitingMessages::load() {
    std::ifstream stream(path_, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)),
                              std::istreambuf_iterator<char>());
    if (content.size() >= first_frame) std::memcpy(&head_, content.data(), sizeof head_);
    if (head_ < first_frame || head_ > content.size()) return empty_file();
    tail_ = head_;
    FrameHead head{};
    uint64_t number = 0;
    while (content.size() - tail_ >= sizeof head) {
        std::memcpy(&head, content.data() + tail_, sizeof head);
        const uint64_t begin = tail_ + sizeof head;
        if (head.length < sizeof number || head.length > content.size() - begin) break;
        if (crc32c(content.data() + begin, head.length) != head.crc) break;
        std::memcpy(&number, content.data() + begin, sizeof number);
        // It may have been handled already, so it counts as sent again.
        queue_.push_back({{content.substr(begin + sizeof number, head.length - sizeof number),
                           {number, true, false}},
                          sizeof head + head.length});
        tail_ = begin + head.length;
    }
}

void WaitingMessages::push(WaitingMessage message) {
    const uint64_t number = message.arrival.msg_seq_num;
    std::string body(reinterpret_cast<const char*>(&number), sizeof number);
    body += message.text;
    const FrameHead head{static_cast<uint32_t>(body.size()), crc32c(body.data(), body.size())};
    std::string frame(reinterpret_cast<const char*>(&head), sizeof head);
    frame += body;
    file_.write(calls_, frame.data(), frame.size(), tail_);
    tail_ += frame.size();
    queue_.push_back({std::move(message), frame.size()});
}

void WaitingMessages::pop() {
    CARBONX_CHECK(!queue_.empty());
    head_ += queue_.front().bytes;
    queue_.pop_front();
    if (queue_.empty()) return empty_file();
    file_.write(calls_, &head_, sizeof head_, 0);
    if (head_ > gone_bytes_max && head_ > bytes()) drop_gone();
}

void WaitingMessages::empty_file() {
    file_.truncate(calls_, first_frame);
    head_ = tail_ = first_frame;
    file_.write(calls_, &head_, sizeof head_, 0);
}

// What still waits moves to a new file, which takes the place of this one when it is whole.
void WaitingMessages::drop_gone() {
    const std::filesystem::path making = path_.string() + ".making";
    std::string content(bytes(), '\0');
    if (file_.read(content.data(), content.size(), head_) != content.size()) {
        throw std::runtime_error(path_.string() + ": cannot be read");
    }
    file_ = File(making, O_RDWR | O_CREAT | O_TRUNC);
    head_ = first_frame;
    tail_ = first_frame + content.size();
    file_.write(calls_, &head_, sizeof head_, 0);
    file_.write(calls_, content.data(), content.size(), first_frame);
    rename_file(calls_, making, path_);
}

}  // namespace carbonx::gateway
