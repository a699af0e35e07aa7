// What brokers are told of their accounts: RequestForPositionsAck AO and PositionReport AP of
// credits, CollateralReport BA and CollateralInquiryAck BG of cash.
//
// Threads: any; functions of the directory.
// Always: each message is begun and written whole. Where FIX requires a field that says nothing
// here it has one fixed value (gateway/README.md).
#pragma once

#include <string_view>

#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

// AO, which comes before the rows of credits. id: PosMaintRptID (721).
void positions_ack(MessageWriter& message, const Directory& directory, const AccountState& answer,
                   std::string_view id);
// AP, one row. A row of an answer to `holding` is a change that was subscribed to (325=Y).
void position_report(MessageWriter& message, const Directory& directory, const AccountState& answer,
                     const HoldingState& row, std::string_view id);
// BG, in place of rows of cash where there are none.
void no_collateral(MessageWriter& message, const Directory& directory, const AccountState& answer);
// BA, one row. id: CollRptID (908).
void collateral_report(MessageWriter& message, const Directory& directory,
                       const AccountState& answer, const CashState& row, std::string_view id);

// AO: the subscription to changes has ended, as the request asked.
void positions_unsubscribed(MessageWriter& message, const MessageView& request,
                            std::string_view id);
// AO or BG: the exchange, or the gateway, said no to AN or BB.
void refuse_query(MessageWriter& message, const Directory& directory, const Rejected& event,
                  std::string_view id);
void refuse_query(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                  std::string_view id);

}  // namespace carbonx::gateway
