// A pcap file of raw IP packets, made by hand: what decoders and dissectors are tried on.
#pragma once

#include <arpa/inet.h>

#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "engine/api/settings.h"
#include "marketdata/wire.h"

namespace carbonx::tests {

class CaptureFile {
public:
    explicit CaptureFile(const char* file) : out_(file, std::ios::binary) {
        put32(0xa1b2c3d4);
        put32(0x00040002);
        put32(0);
        put32(0);
        put32(65535);
        put32(101);  // raw IP
    }

    void add_udp(const Endpoint& from, const Endpoint& to, std::span<const unsigned char> payload) {
        using marketdata::wire::U16;
        const U16 header[] = {from.port, to.port, 8 + payload.size(), 0};
        add(17, from, to, header, payload);
    }
    // A segment behind those so far in its direction; sequence is what is kept of them.
    void add_tcp(const Endpoint& from, const Endpoint& to, uint32_t& sequence,
                 std::span<const unsigned char> payload) {
        using marketdata::wire::U16;
        const U16 header[] = {from.port, to.port, sequence >> 16, sequence & 0xFFFF,
                              0,         1,       0x5018,         0xFFFF,
                              0,         0};  // PSH, ACK
        add(6, from, to, header, payload);
        sequence += static_cast<uint32_t>(payload.size());
    }

private:
    void put32(uint32_t value) { out_.write(reinterpret_cast<const char*>(&value), 4); }
    void add(uint8_t protocol, const Endpoint& from, const Endpoint& to,
             std::span<const marketdata::wire::U16> header,
             std::span<const unsigned char> payload) {
        using marketdata::wire::U16;
        const std::size_t size = 20 + header.size_bytes() + payload.size();
        put32(seconds_ += count_++ % 100 == 0 ? 1 : 0);
        put32(0);
        put32(static_cast<uint32_t>(size));
        put32(static_cast<uint32_t>(size));
        const uint32_t source = ntohl(::inet_addr(from.address.c_str()));
        const uint32_t target = ntohl(::inet_addr(to.address.c_str()));
        uint64_t words[] = {0x4500,
                            size,
                            0,
                            0,
                            0x0100U | protocol,
                            0,  // time to live 1
                            source >> 16,
                            source & 0xFFFF,
                            target >> 16,
                            target & 0xFFFF};
        uint64_t sum = 0;
        for (const uint64_t word : words) sum += word;
        words[5] = ~((sum & 0xFFFF) + (sum >> 16)) & 0xFFFF;
        for (const U16 word : words) write(&word, sizeof word);
        write(header.data(), header.size_bytes());
        write(payload.data(), payload.size());
    }
    void write(const void* data, std::size_t size) {
        out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    }

    std::ofstream out_;
    uint32_t seconds_ = 1'795'395'600;
    uint32_t count_ = 0;
};

}  // namespace carbonx::tests
