#include "bench/flow_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace carbonx::bench {
namespace {

constexpr char magic[9] = "FLOWGEN1";

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
    throw std::runtime_error(file.string() + ": " + what + "; make it again with carbonx-flowgen");
}

bool sound(const FlowRecord& record, const FlowHeader& header) {
    return record.id != 0 && record.symbol < header.instruments &&
           record.price >= header.price_min && record.price <= header.price_max &&
           record.operation <= FlowOperation::modify && record.side <= FlowSide::sell &&
           record.quantity > 0;
}

}  // namespace

Flow load_flow(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot open " + file.string());
    Flow flow;
    in.read(reinterpret_cast<char*>(&flow.header), sizeof(FlowHeader));
    const FlowHeader& header = flow.header;
    if (!in || std::memcmp(header.magic, magic, sizeof(header.magic)) != 0 || header.version != 1 ||
        header.record_bytes != sizeof(FlowRecord)) {
        fail(file, "this is no flow of version 1");
    }
    const uint64_t bytes = std::filesystem::file_size(file) - sizeof(FlowHeader);
    if (header.count != bytes / sizeof(FlowRecord) || bytes % sizeof(FlowRecord) != 0 ||
        header.prefill >= header.count || header.instruments == 0 || header.price_min < 1) {
        fail(file, "the header does not fit the file");
    }
    flow.records.resize(header.count);
    in.read(reinterpret_cast<char*>(flow.records.data()), static_cast<std::streamsize>(bytes));
    if (!in) fail(file, "cannot be read whole");
    for (const FlowRecord& record : flow.records) {
        if (!sound(record, header)) fail(file, "a record is outside the header's bounds");
    }
    return flow;
}

void save_flow(const Flow& flow, const std::filesystem::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(&flow.header), sizeof(FlowHeader));
    out.write(reinterpret_cast<const char*>(flow.records.data()),
              static_cast<std::streamsize>(flow.records.size() * sizeof(FlowRecord)));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace carbonx::bench
