// A whole replay: from where it is asked to begin to where it is asked to end, with everything
// that looks at it on the way, and what is shown there.
//
// Threads: one; ReplayPass has its own. Always: changes nothing of the venue's.
#pragma once

#include <list>
#include <memory>
#include <optional>

#include "tools/order_life.h"
#include "tools/replay_export.h"
#include "tools/replay_hashes.h"
#include "tools/replay_options.h"
#include "tools/replay_pace.h"
#include "tools/replay_pass.h"
#include "tools/replay_progress.h"
#include "tools/replay_publish.h"
#include "tools/replay_start.h"
#include "tools/replay_until.h"
#include "tools/serial_path.h"

namespace carbonx::tools {

class ReplayRun {
public:
    // Throws std::runtime_error for an option that cannot be done.
    explicit ReplayRun(const ReplayOptions& options);

    // The exit status: 0 when all is as it should be.
    int run();

private:
    bool is_over(const CommandHead& coming) const;
    bool looks() const;
    void prepare_publishing();
    void look();
    void look_at(uint64_t sequence, const EventHead& event);
    void step(const CommandHead& command);
    bool go(ReplayProgress& progress);
    bool pause(const CommandHead& coming);
    bool at_pace() const;
    int report_difference(const EventCheck& check) const;
    void show();
    void summarize(const EventCheck& check, bool complete, double seconds) const;
    std::ostream& out() const;

    const ReplayOptions options_;
    Until until_;
    ReplayPace pace_;
    std::optional<ReplayHashes> hashes_;
    std::optional<ReplayPublish> publish_;
    std::optional<ReplayPass> pass_;
    bool interrupted_ = false;

    uint64_t begin_ = 1;  // the first command that is applied

    // What looks at each event.
    Names names_;
    OrderMirror mirror_;
    std::list<OrderLife> lives_;
    std::list<SerialPath> paths_;
    std::list<ReplayExport> exports_;
};

}  // namespace carbonx::tools
