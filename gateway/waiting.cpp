#include "gateway/waiting.h"

#include <cstring>
#include <stdexcept>

#include "engine/api/check.h"
#include "engine/api/checksum.h"

namespace carbonx::gateway {
namespace {

struct FrameHead {
    uint32_t length;  // of the number and the message
    uint32_t crc;     // of the same
};

std::runtime_error failure(const std::filesystem::path& path) {
    return std::runtime_error(path.string() + ": " + std::strerror(errno));
}

}  // namespace

WaitingMessages::WaitingMessages(const std::filesystem::path& file) : path_(file) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (file_ < 0) throw failure(path_);
    load();
}

WaitingMessages::~WaitingMessages() { ::close(file_); }

// A torn last frame was never counted: its client sends it again.
void WaitingMessages::load() {
    std::ifstream stream(path_, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)),
                              std::istreambuf_iterator<char>());
    FrameHead head{};
    uint64_t number = 0;
    while (content.size() - tail_ >= sizeof head) {
        std::memcpy(&head, content.data() + tail_, sizeof head);
        const uint64_t begin = tail_ + sizeof head;
        if (head.length < sizeof number || head.length > content.size() - begin) break;
        if (crc32c(content.data() + begin, head.length) != head.crc) break;
        std::memcpy(&number, content.data() + begin, sizeof number);
        const std::string text = content.substr(begin + sizeof number, head.length - sizeof number);
        queue_.push_back({FIX::Message(text, false), number, true, false});
        tail_ = begin + head.length;
    }
}

void WaitingMessages::push(WaitingMessage message) {
    std::string body(reinterpret_cast<const char*>(&message.msg_seq_num),
                     sizeof message.msg_seq_num);
    body += message.message.toString();
    const FrameHead head{static_cast<uint32_t>(body.size()), crc32c(body.data(), body.size())};
    std::string frame(reinterpret_cast<const char*>(&head), sizeof head);
    frame += body;
    const ssize_t written = ::pwrite(file_, frame.data(), frame.size(), static_cast<off_t>(tail_));
    if (written != static_cast<ssize_t>(frame.size())) throw failure(path_);
    tail_ += frame.size();
    queue_.push_back(std::move(message));
}

void WaitingMessages::pop() {
    CARBONX_CHECK(!queue_.empty());
    queue_.pop_front();
    if (!queue_.empty()) return;
    tail_ = 0;
    if (::ftruncate(file_, 0) != 0) throw failure(path_);
}

}  // namespace carbonx::gateway
