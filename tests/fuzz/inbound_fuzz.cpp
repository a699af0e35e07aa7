// Fuzzing of the way from a message's bytes to a command: what goes round QuickFIX (is_hot) is what
// QuickFIX, the dictionary and the session rules would have let in, and becomes the same command.
//
// Input: a byte that says what is before it (a right header of D, F or G, or nothing), and fields.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "engine/api/check.h"
#include "gateway/dictionary.h"
#include "gateway/framing.h"
#include "gateway/hot_path.h"
#include "gateway/session_rules.h"
#include "tests/fuzz/fuzz_market.h"

namespace carbonx::gateway {
namespace {

constexpr uint64_t number = 7;
const std::string now_text = "20260302-02:00:00.000";
const uint64_t now_ms = parse_timestamp(now_text).value();
const std::string header_rest =
    "\x01"
    "34=7\x01"
    "49=BROKER1\x01"
    "56=CARBONX\x01"
    "52=" +
    now_text + "\x01";

// What became of a message.
struct Outcome {
    bool refused = false;
    Reject reason{};
    std::string detail;
    bool too_late = false;
    Translation::Kind kind{};
    bool essential = false;
    OrderId order{};
    std::string command;
    bool operator==(const Outcome&) const = default;
};

Outcome translated(const Inbound& inbound, const MessageView& message) {
    Outcome outcome;
    try {
        const Translation translation =
            inbound.translate(fuzz::broker1, message, {number, false, false});
        outcome.kind = translation.kind;
        outcome.essential = translation.essential;
        outcome.order = translation.order;
        if (translation.kind != Translation::Kind::command) return outcome;
        const CommandHead& head = translation.command.head;
        CARBONX_CHECK(head.slots == slots_of(head.type));
        outcome.command.assign(reinterpret_cast<const char*>(&translation.command),
                               head.slots * limits::slot_bytes);
    } catch (const Refusal& refusal) {
        outcome.refused = true;
        outcome.reason = refusal.reason;
        outcome.detail = refusal.detail;
        outcome.too_late = refusal.too_late;
    }
    return outcome;
}

// That each field of the view is where the bytes have it.
void check_view(const MessageView& message, std::string_view text) {
    std::string again;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const MessageView::Field& field = message.field(i);
        again.append(std::to_string(field.tag)).append("=").append(message.value(field));
        again += '\x01';
    }
    CARBONX_CHECK(again == text);
}

bool is_translated(std::string_view type) {
    for (const char* known : {"D", "F", "G", "q", "H", "AF", "AN", "BB"}) {
        if (type == known) return true;
    }
    return false;
}

// What QuickFIX would have handed on.
void check_slow_way(const Inbound& inbound, const std::string& text, const MessageView& message) {
    static const std::shared_ptr<FIX::DataDictionary> dictionary = load_dictionary();
    static const FIX::UtcTimeStamp now = FIX::UtcTimeStampConvertor::convert(now_text);
    static const Expected expected{"BROKER1", "CARBONX", static_cast<int>(number)};
    const FIX::Message parsed(text, *dictionary, true);
    CARBONX_CHECK(judge(parsed, expected, now, false).kind == Verdict::Kind::process);
    dictionary->validate(parsed);
    const std::string handed_on = parsed.toString();
    const MessageView slow(handed_on);
    CARBONX_CHECK(translated(inbound, message) == translated(inbound, slow));
}

}  // namespace
}  // namespace carbonx::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    using namespace carbonx::gateway;
    static const fuzz::Market market;
    static std::string fields;
    static std::string text;
    if (size < 1) return 0;
    fields.clear();
    constexpr std::array types = {"D", "F", "G"};
    const std::size_t type = data[0] % 4;
    if (type < types.size()) fields.append("35=").append(types[type]).append(header_rest);
    fields.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (!fields.ends_with('\x01')) fields += '\x01';
    fuzz::frame(fields, text);

    const Frame frame = next_frame(text, fields.size());
    CARBONX_CHECK(frame.kind == Frame::Kind::message && frame.skipped == 0);
    CARBONX_CHECK(frame.size == text.size());
    MessageView message;
    if (!message.parse(text)) {
        CARBONX_CHECK(message.size() == 0);
        return 0;
    }
    check_view(message, text);
    if (message.field(0).tag != 8) return 0;
    const ExpectedHeader expected{"BROKER1", "CARBONX", number, now_ms};
    if (is_hot(message, expected)) {
        check_slow_way(market.inbound, text, message);
    } else if (is_translated(message.msg_type())) {
        translated(market.inbound, message);
    }
    return 0;
}
