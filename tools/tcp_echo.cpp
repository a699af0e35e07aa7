#include "tools/tcp_echo.h"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace carbonx::tools {

namespace asio = boost::asio;
using asio::ip::tcp;

TcpEcho::TcpEcho(asio::io_context& io, std::size_t request_bytes, std::size_t answer_bytes,
                 const ThreadSettings& far_end)
    : request_(request_bytes, 'q'), answer_(answer_bytes, 'a'), socket_(io), input_(64 * 1024) {
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    socket_.connect(acceptor.local_endpoint());
    tcp::socket far = acceptor.accept();
    for (tcp::socket* socket : {&socket_, &far}) {
        socket->set_option(tcp::no_delay(true));
        socket->non_blocking(true);
    }
    far_end_ = std::jthread(
        [this, far_end, socket = std::move(far)]() mutable { answer(std::move(socket), far_end); });
}

TcpEcho::~TcpEcho() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

void TcpEcho::send(uint64_t intended_ns) {
    intended_ns_.push_back(intended_ns);
    boost::system::error_code error;
    asio::write(socket_, asio::buffer(request_), error);
}

std::size_t TcpEcho::poll() {
    boost::system::error_code error;
    received_ += socket_.read_some(asio::buffer(input_), error);
    std::size_t answers = 0;
    for (; received_ >= answer_.size() && !intended_ns_.empty(); ++answers) {
        received_ -= answer_.size();
        latency_.add(monotonic_ns() - intended_ns_.front());
        intended_ns_.pop_front();
    }
    return answers;
}

void TcpEcho::answer(tcp::socket socket, const ThreadSettings& thread) {
    enter_thread("echo", thread.core);
    Idle idle(thread.idle);
    std::vector<char> input(64 * 1024);
    std::size_t received = 0;
    while (!stopped()) {
        boost::system::error_code error;
        received += socket.read_some(asio::buffer(input), error);
        if (error && error != asio::error::would_block) return;
        std::size_t answers = 0;
        for (; received >= request_.size(); ++answers) {
            received -= request_.size();
            asio::write(socket, asio::buffer(answer_), error);
        }
        idle(answers);
    }
}

}  // namespace carbonx::tools
