#include "gateway/carbon_attributes.h"

#include "gateway/dictionary.h"

namespace carbonx::gateway {
namespace {

template <std::size_t N>
void add_text(MessageWriter& message, int tag, const Text<N>& text) {
    if (!text.view().empty()) message.add(tag, text.view());
}

}  // namespace

std::string labels_text(uint32_t labels) {
    struct Word {
        Label label;
        const char* text;
    };
    constexpr Word words[] = {{label_icvcm_ccp, "CCP"},
                              {label_corsia, "CORSIA"},
                              {label_article6, "ARTICLE6"},
                              {label_ccb, "CCB"}};
    std::string result;
    for (const Word& word : words) {
        if ((labels & word.label) == 0) continue;
        if (!result.empty()) result += ' ';
        result += word.text;
    }
    return result;
}

void add_carbon_attributes(MessageWriter& message, const Directory& directory,
                           const Counter& counter) {
    message.add(tag::carbon_symbol, counter.symbol.view());
    const Instrument* instrument = directory.instrument(counter.instrument);
    if (instrument == nullptr) return;
    if (const Project* project = directory.project(instrument->project)) {
        message.add(tag::registry, registry_name(project->registry));
        add_text(message, tag::registry_project_id, project->key);
        add_text(message, tag::project_name, project->name);
        add_text(message, tag::methodology, project->methodology);
        add_text(message, tag::host_country, project->host_country);
        message.add(tag::vintage, instrument->vintage);
        message.add(tag::credit_effect, project->removal ? "REMOVAL" : "REDUCTION");
    }
    const std::string labels = labels_text(instrument->labels);
    if (!labels.empty()) message.add(tag::credit_labels, labels);
}

}  // namespace carbonx::gateway
