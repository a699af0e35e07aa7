// MoldUDP64 packets: packs what is ready, and numbers it.
//
// Threads: one.
// Always: messages are numbered from 1 without a gap within a session; a packet is at most
// packet_bytes_max long and holds whole messages of one session. Lines A and B send these very
// bytes.
#pragma once

#include <span>
#include <vector>

#include "marketdata/wire.h"

namespace carbonx::marketdata {

struct Packet {
    std::size_t size = 0;
    std::array<unsigned char, wire::packet_bytes_max> bytes;

    Packet() = default;
    // A heartbeat or an end of session, or the start of a packet with messages.
    Packet(const wire::SessionName& session, uint64_t sequence, uint16_t count);
    wire::PacketHeader header() const { return wire::as<wire::PacketHeader>(bytes.data()); }
    // Of the message behind this packet's last one.
    uint64_t next_sequence() const;
    std::span<const unsigned char> view() const { return {bytes.data(), size}; }

    // False when there is no room. The block is a length and its message.
    bool append(std::span<const unsigned char> block);
};

// The first block of these: its length and its message. Requires: there is one, whole.
std::span<const unsigned char> first_block(std::span<const unsigned char> blocks);

class Packetiser {
public:
    // Messages that follow are of this session, the first with this sequence. Requires: flushed.
    void begin(const wire::SessionName& session, uint64_t sequence);
    // The block gets the next sequence.
    void append(std::span<const unsigned char> block);
    // Closes the packet that is being filled, if any.
    void flush();

    // Packets that are closed and wait to be sent.
    std::span<const Packet> ready() const { return ready_; }
    void clear() { ready_.clear(); }

private:
    wire::SessionName session_;
    uint64_t next_ = 1;  // sequence of the next message
    Packet open_;        // size 0: none is open
    std::vector<Packet> ready_;
};

}  // namespace carbonx::marketdata
