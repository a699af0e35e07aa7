// What brokers ask about themselves: UserRequest BE, by which a session changes its password, and
// its answer BF.
#include <spdlog/spdlog.h>

#include "gateway/gateway.h"
#include "gateway/quickfix.h"
#include "gateway/reject_codes.h"

namespace carbonx::gateway {
namespace {

namespace tags = FIX::FIELD;

}  // namespace

// Never says what the client put into 553: it may be a password that went to the wrong place.
void Gateway::answer_user(SessionIndex session, std::string_view request_id, int status,
                          std::string_view text) {
    answer_.begin(FIX::MsgType_UserResponse);
    answer_.add(tags::UserRequestID, request_id);
    answer_.add(tags::Username, clients_[session].comp_id);
    answer_.add(tags::UserStatus, status);
    answer_.add(tags::UserStatusText, text);
    answer(session);
}

// Hashing takes a while, so what the session sends behind it may be answered before.
void Gateway::change_password(SessionIndex session, const MessageView& request,
                              const Arrival& arrival) {
    Client& client = clients_[session];
    Passwords& passwords = sessions_.passwords();
    const std::string id(request[tags::UserRequestID]);
    const std::string_view password = request[tags::Password];
    const std::string new_password(request[tags::NewPassword]);
    const auto refuse = [&](Reject reason, const std::string& detail) {
        ++client.refused_count;
        answer_user(session, id, FIX::UserStatus_OTHER, refusal_text(reason, detail));
    };
    if (request[tags::UserRequestType] != "3") {
        return refuse(Reject::unsupported,
                      "924 must be 3, change password: logging on and off is A and 5");
    }
    if (request[tags::Username] != client.comp_id) {
        ++client.refused_count;
        return answer_user(session, id, FIX::UserStatus_USER_NOT_RECOGNISED,
                           refusal_text(Reject::value_out_of_range,
                                        "553 must be the session's CompID, " + client.comp_id));
    }
    if (password.empty() || new_password.empty()) {
        return refuse(Reject::value_out_of_range,
                      "554, the present password, and 925, the new one, are needed");
    }
    if (client.password_pending) {
        return refuse(Reject::exchange_busy, "the change asked for before is under way");
    }
    if (!client.password_tries.begin(monotonic_ns_)) {
        return refuse(Reject::throttled, "at most " +
                                             std::to_string(PasswordTries::tries_a_minute) +
                                             " tries to change a password in a minute");
    }
    // It was done when it came first.
    const bool is_again = arrival.poss_dup || arrival.poss_resend;
    if (is_again && passwords.is_known(client.comp_id, new_password)) {
        return answer_user(session, id, FIX::UserStatus_PASSWORD_CHANGED,
                           "the new password holds already");
    }
    if (password == new_password) {
        return refuse(Reject::value_out_of_range, "the new password is the same as 554");
    }
    const std::string obstacle =
        passwords.change(client.comp_id, password, new_password, alive_,
                         [this, session, id](bool changed) { on_password(session, id, changed); });
    if (!obstacle.empty()) return refuse(Reject::value_out_of_range, obstacle);
    client.password_pending = true;
}

// What is changed is on the disk by now.
void Gateway::on_password(SessionIndex session, const std::string& request_id, bool changed) {
    Client& client = clients_[session];
    client.password_pending = false;
    if (changed) {
        client.password_tries.note_right();
        spdlog::info("fix {}: the password was changed", client.comp_id);
        return answer_user(session, request_id, FIX::UserStatus_PASSWORD_CHANGED,
                           "the new password holds from now on");
    }
    ++client.refused_count;
    spdlog::warn("fix {}: the password was not changed: the present one was given wrong",
                 client.comp_id);
    answer_user(session, request_id, FIX::UserStatus_PASSWORD_INCORRECT,
                "554 is not the present password");
    if (!client.password_tries.note_wrong()) return;
    spdlog::warn("fix {}: logged out: too many wrong passwords in a row", client.comp_id);
    sessions_.logout(
        session, std::to_string(PasswordTries::wrong_in_a_row_max) + " wrong passwords in a row");
}

}  // namespace carbonx::gateway
