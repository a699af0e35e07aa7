#include "tools/ladder_view.h"

#include <algorithm>
#include <cctype>

namespace carbonx::tools {
namespace {

constexpr long page_rows = 10;
constexpr std::size_t symbol_size_max = 8;

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

std::vector<const LadderInstrument*> LadderView::listed(const LadderMarket& market) const {
    std::vector<const LadderInstrument*> listed;
    for (const LadderInstrument& instrument : market.instruments) listed.push_back(&instrument);
    if (order == LadderOrder::activity) {
        std::ranges::stable_sort(listed, std::greater(), [](const LadderInstrument* instrument) {
            return std::pair(instrument->trade_count, instrument->message_count);
        });
    }
    return listed;
}

std::optional<std::size_t> LadderView::chosen(
    const std::vector<const LadderInstrument*>& listed) const {
    if (listed.empty()) return std::nullopt;
    const auto found = std::ranges::find_if(listed, [&](const LadderInstrument* instrument) {
        return locate_ == 0 ? instrument->symbol == wanted_ : instrument->locate == locate_;
    });
    return found == listed.end() ? 0 : static_cast<std::size_t>(found - listed.begin());
}

std::optional<uint16_t> LadderView::chosen_locate(const LadderMarket& market) const {
    const auto listed = this->listed(market);
    const auto at = chosen(listed);
    return at ? std::optional(listed[*at]->locate) : std::nullopt;
}

void LadderView::press(int key, const LadderMarket& market) {
    word.clear();
    if (search) return type(key, market);
    const bool helping = std::exchange(help, false);  // any key ends it
    constexpr int pages = 3;
    const auto turn = [&](int steps) {
        page = static_cast<LadderPage>((static_cast<int>(page) + steps + pages) % pages);
    };
    switch (key) {
        case 'q':
            quit = true;
            break;
        case '?':
            help = !helping;
            break;
        case '/':
            search = "";
            break;
        case ' ':
            frozen = !frozen;
            break;
        case 'o':
            order = order == LadderOrder::activity ? LadderOrder::symbol : LadderOrder::activity;
            break;
        case ladder_key::tab:
            turn(1);
            break;
        case ladder_key::back_tab:
            turn(-1);
            break;
        case 'j':
        case ladder_key::down:
            move(1, market);
            break;
        case 'k':
        case ladder_key::up:
            move(-1, market);
            break;
        case ladder_key::page_down:
            move(page_rows, market);
            break;
        case ladder_key::page_up:
            move(-page_rows, market);
            break;
        case ladder_key::home:
            move(-static_cast<long>(market.instruments.size()), market);
            break;
        case ladder_key::end:
            move(static_cast<long>(market.instruments.size()), market);
            break;
        default:
            if (!helping) word = "? for the keys";
            break;
    }
}

void LadderView::type(int key, const LadderMarket& market) {
    if (key == ladder_key::enter) {
        find(*search, market);
        search.reset();
    } else if (key == ladder_key::escape) {
        search.reset();
    } else if (key == ladder_key::backspace) {
        if (search->empty()) return search.reset();
        search->pop_back();
    } else if (key > ' ' && key < ladder_key::backspace && search->size() < symbol_size_max) {
        search->push_back(static_cast<char>(key));
    }
}

// The symbol itself, else the first that begins so, else the first that has it in it.
void LadderView::find(const std::string& symbol, const LadderMarket& market) {
    if (symbol.empty()) return;
    const std::string wanted = upper(symbol);
    const LadderInstrument* found = nullptr;
    std::size_t found_at = std::string::npos;
    for (const LadderInstrument& instrument : market.instruments) {
        const std::size_t at = upper(instrument.symbol).find(wanted);
        const bool same = at == 0 && instrument.symbol.size() == wanted.size();
        if (at >= found_at && !same) continue;
        found = &instrument;
        found_at = at;
        if (same) break;
    }
    if (found == nullptr) {
        word = symbol + " is not listed";
        return;
    }
    locate_ = found->locate;
}

void LadderView::move(long steps, const LadderMarket& market) {
    const auto listed = this->listed(market);
    const auto at = chosen(listed);
    if (!at) return;
    const long last = static_cast<long>(listed.size()) - 1;
    const long to = std::clamp(static_cast<long>(*at) + steps, 0L, last);
    locate_ = listed[static_cast<std::size_t>(to)]->locate;
}

}  // namespace carbonx::tools
