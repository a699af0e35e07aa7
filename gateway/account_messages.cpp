#include "gateway/account_messages.h"

#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

constexpr std::string_view not_asked = "[N/A]";  // Account (1) where none was asked for
constexpr int own_account = 1;                   // AccountType (581)

void add_account(MessageWriter& message, std::string_view name) {
    message.add(tags::Account, name.empty() ? not_asked : name);
    message.add(tags::AccountType, own_account);
}

enum AckStatus { completed = 0, rejected = 2 };  // PosReqStatus (729)

void begin_ack(MessageWriter& message, std::string_view id, std::string_view request_id,
               uint32_t count, int result, int status) {
    message.begin(FIX::MsgType_RequestForPositionsAck);
    message.add(tags::PosMaintRptID, id);
    message.add(tags::PosReqID, request_id);
    message.add(tags::TotalNumPosReports, count);
    message.add(tags::PosReqResult, result);
    message.add(tags::PosReqStatus, status);
}

enum InquiryStatus { inquiry_completed = 2, inquiry_rejected = 4 };  // CollInquiryStatus (945)

void begin_inquiry_ack(MessageWriter& message, std::string_view request_id, int status,
                       int result) {
    message.begin(FIX::MsgType_CollateralInquiryAck);
    message.add(tags::CollInquiryID, request_id);
    message.add(tags::CollInquiryStatus, status);
    message.add(tags::CollInquiryResult, result);
    message.add(tags::TotNumReports, 0);
}

void refuse_positions(MessageWriter& message, std::string_view id, std::string_view request_id,
                      std::string_view account, const Refusal& refusal) {
    begin_ack(message, id, request_id, 0, pos_req_result(refusal.reason), rejected);
    add_account(message, account);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

void refuse_collateral(MessageWriter& message, std::string_view request_id,
                       std::string_view account, const Refusal& refusal) {
    begin_inquiry_ack(message, request_id, inquiry_rejected, coll_inquiry_result(refusal.reason));
    if (!account.empty()) message.add(tags::Account, account);
    message.add(tags::Text, refusal_text(refusal.reason, refusal.detail));
}

// At the last close: SettlPrice (730), and what stood before it (734); of the instrument's first
// counter, or 0 while it has none.
Price add_prices(MessageWriter& message, const Counter* counter) {
    constexpr int final_price = 1;
    constexpr int theoretical_price = 2;
    if (counter != nullptr) message.add(tags::Currency, iso_code(counter->currency));
    const Price price = counter == nullptr ? Price{} : counter->reference;
    const Price before = counter == nullptr ? Price{} : counter->previous_reference;
    message.add_decimal(tags::SettlPrice, price.value);
    message.add(tags::SettlPriceType, counter == nullptr ? theoretical_price : final_price);
    message.add_decimal(tags::PriorSettlPrice, before.value);
    return price;
}

// ClearingBusinessDate (715): the trading day, and before the first one the day by UTC.
void add_day(MessageWriter& message, const Directory& directory, uint64_t utc_ns) {
    constexpr std::size_t date_chars = 8;  // yyyymmdd
    if (directory.trading_day() != 0) {
        return message.add(tags::ClearingBusinessDate, directory.trading_day());
    }
    Timestamp time;
    message.add(tags::ClearingBusinessDate, time.text(utc_ns).substr(0, date_chars));
}

// CollStatus (910): nothing, some or all of it is reserved.
int coll_status(const CashState& row) {
    constexpr int unassigned = 0;
    constexpr int partially_assigned = 1;
    constexpr int assigned = 3;
    if (row.in_orders == 0) return unassigned;
    return row.in_orders < row.total ? partially_assigned : assigned;
}

}  // namespace

void positions_ack(MessageWriter& message, const Directory& directory, const AccountState& answer,
                   std::string_view id) {
    constexpr int valid = 0;
    constexpr int nothing_found = 2;
    begin_ack(message, id, answer.client_id.view(), answer.count,
              answer.count > 0 ? valid : nothing_found, completed);
    add_account(message, directory.account_name(answer.account));
    if (const Instrument* instrument = directory.instrument(answer.instrument)) {
        message.add(tags::Symbol, instrument->name.view());
    }
}

void position_report(MessageWriter& message, const Directory& directory, const AccountState& answer,
                     const HoldingState& row, std::string_view id) {
    message.begin(FIX::MsgType_PositionReport);
    message.add(tags::PosMaintRptID, id);
    message.add(tags::PosReqID, answer.client_id.view());
    message.add(tags::PosReqType, 0);
    message.add(tags::TotalNumPosReports, answer.count);
    if (answer.content == AccountContent::holding) message.add(tags::UnsolicitedIndicator, 'Y');
    message.add(tags::PosReqResult, 0);
    add_day(message, directory, row.head.time_ns);
    add_account(message, directory.account_name(row.account));
    const Instrument* instrument = directory.instrument(row.instrument);
    if (instrument == nullptr) return;
    message.add(tags::Symbol, instrument->name.view());
    const Price price = add_prices(message, directory.counter(instrument->counter));
    message.add(tags::NoPositions, 2);
    message.add(tags::PosType, "TOT");
    message.add(tags::LongQty, row.total.value);
    message.add(tags::PosType, "DLV");
    message.add(tags::ShortQty, row.in_orders.value);
    int64_t worth = 0;
    if (__builtin_mul_overflow(row.total.value, int64_t{price.value}, &worth)) return;
    message.add(tags::NoPosAmt, 1);
    message.add(tags::PosAmtType, "FMTM");
    message.add_decimal(tags::PosAmt, worth);
}

void no_collateral(MessageWriter& message, const Directory& directory, const AccountState& answer) {
    begin_inquiry_ack(message, answer.client_id.view(), inquiry_completed, 0);
    const std::string_view account = directory.account_name(answer.account);
    if (!account.empty()) message.add(tags::Account, account);
}

void collateral_report(MessageWriter& message, const Directory& directory,
                       const AccountState& answer, const CashState& row, std::string_view id) {
    message.begin(FIX::MsgType_CollateralReport);
    message.add(tags::CollRptID, id);
    message.add(tags::CollInquiryID, answer.client_id.view());
    message.add(tags::CollStatus, coll_status(row));
    message.add(tags::TotNumReports, answer.count);
    message.add(tags::LastRptRequested, row.remaining == 0 ? 'Y' : 'N');
    add_account(message, directory.account_name(row.account));
    message.add(tags::Currency, iso_code(row.currency));
    message.add_decimal(tags::MarginExcess, row.total - row.in_orders);
    message.add_decimal(tags::TotalNetValue, row.total);
    message.add_decimal(tags::CashOutstanding, row.in_orders);
    add_day(message, directory, row.head.time_ns);
}

void positions_unsubscribed(MessageWriter& message, const MessageView& request,
                            std::string_view id) {
    begin_ack(message, id, request[tags::PosReqID], 0, 0, completed);
    add_account(message, request[tags::Account]);
}

void refuse_query(MessageWriter& message, const Directory& directory, const Rejected& event,
                  std::string_view id) {
    const std::string_view account = directory.account_name(event.account);
    const Refusal refusal{event.reason, {}, false};
    if (event.content == AccountContent::cash) {
        return refuse_collateral(message, event.client_id.view(), account, refusal);
    }
    refuse_positions(message, id, event.client_id.view(), account, refusal);
}

void refuse_query(MessageWriter& message, const MessageView& request, const Refusal& refusal,
                  std::string_view id) {
    const std::string_view account = request[tags::Account];
    if (request.msg_type() == FIX::MsgType_CollateralInquiry) {
        return refuse_collateral(message, request[tags::CollInquiryID], account, refusal);
    }
    refuse_positions(message, id, request[tags::PosReqID], account, refusal);
}

}  // namespace carbonx::gateway
