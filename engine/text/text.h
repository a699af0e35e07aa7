// The common text form: a command or an event as one line, `type key=value key=value ...`, and
// back. Listing files, dumps and scenarios are written in it.
//
// A value with a space, a quote or an equals sign, or an empty one, stands in double quotes, with
// \" \\ and \xHH inside. Ids are written by name where the Names know one, else as #7; prices and
// money as decimals; an order id as slot.generation. What is zero or empty is left out, save what
// one would miss (side, type, phase ...). Behind a lone # there may be a remark.
//
// Threads: any, each with its own Names. Always: reading a text gives the record's own bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/event.h"
#include "engine/text/names.h"

namespace carbonx {

std::string to_text(const CommandHead& command, const Names& names);
std::string to_text(const EventHead& event, const Names& names);

// The name of the first text in it with a control character, which would end a line, or a field of
// FIX; empty when there is none.
std::string text_with_control(const CommandHead& command);

// Gives the record whose text the line is; slots and whatever is not given are filled in. False:
// the error says what is wrong and what is expected.
bool parse_command(std::string_view line, const Names& names, Command& out, std::string& error);
bool parse_event(std::string_view line, const Names& names, Event& out, std::string& error);

// One `key=value` of a line, the value without quotes.
struct Field {
    std::string key;
    std::string value;
    bool shown = true;  // false: to_text leaves it out
    bool operator==(const Field&) const = default;
};
// A line taken apart: its type and its fields. False: the error says why.
bool split(std::string_view line, std::string& type, std::vector<Field>& fields,
           std::string& error);
// `key=value`, quoted where it must be.
std::string field_text(const Field& field);
// All fields of an event, also those that to_text leaves out; the type's word is type_text().
std::vector<Field> fields_of(const EventHead& event, const Names& names);
std::string type_text(CommandType type);
std::string type_text(EventType type);

// The empty record of this type, its head filled; slots 0 when there is no such type.
Command empty_command(CommandType type);
Event empty_event(EventType type);

}  // namespace carbonx
