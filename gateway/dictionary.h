// The FIX 4.4 dictionary, cut to the rules of engagement: what a broker may send and what we send.
//
// Threads: any; built once at start.
// Always: a field that the dictionary does not list for a message is refused by the session layer
// (Reject 3 with 371 and 373), so what reaches the gateway holds no unknown field. Values that FIX
// 4.4 knows but we do not support pass, for the gateway to answer by the rulebook.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/quickfix.h"

namespace carbonx::gateway {

// Our own tags. 5001-5099 are the exchange's; a number once given is never used for anything else.
namespace tag {
constexpr int cancel_on_disconnect = 5001;  // Logon: Y, N or G
constexpr int no_serial_ranges = 5002;      // ExecutionReport: group of 5003, 5007, 5004, 5005
constexpr int lot_id = 5003;
constexpr int serial_first = 5004;
constexpr int serial_last = 5005;
constexpr int fee = 5006;            // ExecutionReport: in the counter's currency
constexpr int serial_prefix = 5007;  // ExecutionReport: stands before the numbers of the range
// SecurityList, SecurityDefinition: what the credits of a counter are (carbon_attributes.h).
constexpr int no_carbon_attributes = 5010;
constexpr int carbon_symbol = 5011;
constexpr int registry = 5012;
constexpr int registry_project_id = 5013;
constexpr int project_name = 5014;
constexpr int methodology = 5015;
constexpr int host_country = 5016;
constexpr int vintage = 5017;
constexpr int credit_effect = 5018;
constexpr int credit_labels = 5019;
constexpr int halt_reason = 5020;  // SecurityStatus: as the operators gave it
}  // namespace tag

// The dictionary as XML in QuickFIX's form, which brokers may load into their own engines.
extern const char* const dictionary_xml;

std::shared_ptr<FIX::DataDictionary> load_dictionary();

// A message that brokers may send us, session messages aside.
bool is_supported_inbound(std::string_view msg_type);
// An application message of FIX 4.4, supported or not. Others are no FIX messages at all.
bool is_fix44_application(std::string_view msg_type);

}  // namespace carbonx::gateway
