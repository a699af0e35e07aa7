// A whole subscriber of the books: the stream put together, and the picture of the market that it
// makes.
//
// Threads: one, which steps it with poll().
// Always: it may start at any time of the day. The picture is right when status() is not stale;
// while it is, the picture stands at the first message that is missing. It is never half of a
// snapshot.
#pragma once

#include "marketdata/receiver/image.h"
#include "marketdata/receiver/stream_receiver.h"

namespace carbonx::marketdata {

class Receiver : private StreamHandler {
public:
    // Functions that may be left out.
    struct Observer {
        // Sees each message in sequence, after the picture has taken it.
        std::function<void(uint64_t sequence, std::span<const unsigned char> message)> message;
        // The picture is another one: empty, for a new session, or a snapshot's.
        std::function<void()> replaced;
    };

    // Throws std::runtime_error that names the mend.
    explicit Receiver(const Subscription& subscription, Observer observer = {},
                      const ReceiverLimits& limits = {})
        : observer_(std::move(observer)), stream_(subscription, *this, limits) {}

    // Takes what has come and asks for what is missing; the monotonic clock. Returns the work done:
    // 0 is a moment to rest.
    std::size_t poll(uint64_t now_ns) { return stream_.poll(now_ns); }

    const Image& image() const { return image_; }
    Status status(uint64_t now_ns) const { return stream_.status(now_ns); }
    const StreamReceiver& stream() const { return stream_; }
    const Arbiter& arbiter() const { return stream_.arbiter(); }

private:
    void session_begins(const wire::SessionName&) override { replace_by(Image()); }
    void message(uint64_t sequence, std::span<const unsigned char> message) override {
        image_.apply(message);
        if (observer_.message) observer_.message(sequence, message);
    }
    void snapshot_begins() override { aside_.clear(); }
    void snapshot_message(std::span<const unsigned char> message) override {
        aside_.apply(message);
    }
    void snapshot_taken(uint64_t) override { replace_by(std::exchange(aside_, Image())); }
    void replace_by(Image image) {
        image_ = std::move(image);
        if (observer_.replaced) observer_.replaced();
    }

    const Observer observer_;
    Image image_;
    Image aside_;  // of a snapshot that is being loaded
    StreamReceiver stream_;
};

}  // namespace carbonx::marketdata
