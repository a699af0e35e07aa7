-- A Wireshark dissector of the carbon channel: every field of its messages, as marketdata/README.md has
-- them, inside the built-in dissectors of MoldUDP64 (lines and re-requests) and SoupBinTCP (snapshots).
-- Those register no ports and no names, so Decode As has to say where they are:
--
--   tshark -X lua_script:tools/carbon.lua -d udp.port==26401,moldudp64 -d udp.port==26411,moldudp64 \
--       -d tcp.port==26421,soupbintcp -d moldudp64.payload,carbon -r capture.pcap -Y carbon -V
--
-- The books' messages on the same port are left as they are, by the session's name; a snapshot server's by
-- its port, a preference: -o carbon.snapshot_port:26421.

local carbon = Proto("carbon", "CarbonX carbon channel")
carbon.prefs.snapshot_port = Pref.uint("TCP port of snapshots", 26421)

local unknown_type = ProtoExpert.new("carbon.unknown_type", "A type that this dissector does not know",
                                     expert.group.UNDECODED, expert.severity.WARN)
local wrong_length = ProtoExpert.new("carbon.wrong_length", "Not the length of its type",
                                     expert.group.MALFORMED, expert.severity.ERROR)
local unknown_value = ProtoExpert.new("carbon.unknown_value", "A value that this dissector does not know",
                                      expert.group.UNDECODED, expert.severity.WARN)
carbon.experts = {unknown_type, wrong_length, unknown_value}

-- What stands behind a value, in brackets or as its unit.

local function ten_thousandths(value)
    local digits = string.format("%05s", tostring(value)):gsub(" ", "0")
    return " (" .. digits:sub(1, -5) .. "." .. digits:sub(-4) .. ")"
end
local function notional(value)
    if value == UInt64.new(0xffffffff, 0xffffffff) then return " (too large for its field)" end
    return ten_thousandths(value)
end
local function tonnes() return " t" end
local function basis_points(value) return string.format(" (%.2f %%)", value / 100) end
local function millionths(value) return string.format(" (%.4f %%)", value / 10000) end
local function time_of_day(value)
    local seconds, rest = (value / 1000000000):tonumber(), (value % 1000000000):tonumber()
    return string.format(" (%02d:%02d:%02d.%09d)", math.floor(seconds / 3600),
                         math.floor(seconds / 60) % 60, seconds % 60, rest)
end

-- Fields in the order of the specification: length, label, and what else is known: the meaning of each
-- value, what stands behind it, or the bits that it is a sum of. What is no integer is text.

local integer = true
local labels = {{1, "ICVCM Core Carbon Principles"}, {2, "CORSIA"}, {4, "Article 6"},
                {8, "Climate, Community and Biodiversity"}}
local yes_no = {Y = "yes", N = "no"}

local header = {
    {1, "Message type"},
    {2, "Locate", integer},
    {2, "Tracking number", integer},
    {6, "Timestamp", integer, note = time_of_day},
}
local messages = {
    S = {"System event", {
        {1, "Event code", values = {
            O = "start of messages", S = "start of system hours", Q = "start of market hours",
            M = "end of market hours", E = "end of system hours", C = "end of messages"}},
    }},
    p = {"Project", {
        {2, "Project", integer},
        {1, "Registry", values = {
            V = "Verra", G = "Gold Standard", A = "American Carbon Registry",
            C = "Climate Action Reserve", T = "ART TREES", E = "China's CCER"}},
        {32, "Key"},
        {2, "Host country"},
        {1, "Effect", values = {A = "emissions avoided or reduced", R = "carbon removed"}},
        {96, "Methodology"},
        {96, "Name"},
    }},
    i = {"Instrument", {
        {2, "Instrument", integer},
        {8, "Name"},
        {2, "Project", integer},
        {2, "Vintage", integer},
        {4, "Labels", integer, bits = labels},
        {4, "Round lot", integer, note = tonnes},
        {4, "Maximum quantity of an order", integer, note = tonnes},
    }},
    c = {"Counter", {
        {8, "Symbol"},
        {2, "Instrument", integer},
        {3, "Currency"},
        {4, "Tick", integer, note = ten_thousandths},
        {4, "Reference price", integer, note = ten_thousandths},
        {4, "Band low", integer, note = ten_thousandths},
        {4, "Band high", integer, note = ten_thousandths},
        {4, "Band", integer, note = basis_points},
        {4, "Collar of market orders", integer, note = basis_points},
        {4, "Fee", integer, note = millionths},
    }},
    l = {"Label change", {
        {2, "Instrument", integer},
        {4, "Labels", integer, bits = labels},
        {4, "Previous labels", integer, bits = labels},
    }},
    r = {"Reference change", {
        {4, "Reference price", integer, note = ten_thousandths},
        {4, "Band low", integer, note = ten_thousandths},
        {4, "Band high", integer, note = ten_thousandths},
    }},
    s = {"Status", {
        {1, "State", values = {Q = "quotation only", T = "trading", H = "halted"}},
        {1, "Market phase", values = {P = "pre-open", C = "continuous", H = "halted"}},
        {1, "Halted on its own", values = yes_no},
        {4, "Reason"},
    }},
    t = {"Statistics", {
        {4, "Open", integer, note = ten_thousandths},
        {4, "High", integer, note = ten_thousandths},
        {4, "Low", integer, note = ten_thousandths},
        {4, "Last", integer, note = ten_thousandths},
        {4, "Average", integer, note = ten_thousandths},
        {8, "Volume", integer, note = tonnes},
        {8, "Notional", integer, note = notional},
        {8, "Number of trades", integer},
        {4, "Reference price", integer, note = ten_thousandths},
        {1, "Closing", values = {Y = "the day's last", N = "before"}},
    }},
}
local snapshot_end = {"End of snapshot", {{1, "Message type"}, {20, "Next message"}}}

-- Each field is registered as carbon.MESSAGE.FIELD, such as carbon.statistics.reference_price.

local protos = {}
local function register(prefix, field, bit)
    local length, label, is_integer = table.unpack(field)
    local name = prefix .. "." .. label .. (bit and "." .. bit[2] or "")
    name = name:lower():gsub("[ ,]+", "_")
    local proto
    if bit then
        proto = ProtoField.bool(name, bit[2], 8 * length, nil, bit[1])
    elseif not is_integer then
        proto = ProtoField.string(name, label, base.UNICODE)
    elseif length > 4 then
        proto = ProtoField.uint64(name, label)
    else
        proto = ProtoField["uint" .. 8 * length](name, label)
    end
    table.insert(protos, proto)
    return proto
end
local function register_all(prefix, fields)
    for _, field in ipairs(fields) do
        field.proto = register(prefix, field)
        -- Several fields have the same bits.
        for _, bit in ipairs(field.bits or {}) do bit[field] = register(prefix, field, bit) end
    end
end
register_all("carbon", header)
for _, message in pairs(messages) do register_all("carbon." .. message[1], message[2]) end
register_all("carbon." .. snapshot_end[1], snapshot_end[2])
carbon.fields = protos

local function add_text(tree, field, range)
    local text = range:string(ENC_UTF_8):gsub(" +$", "")
    local item = tree:add(field.proto, range, text)
    if not field.values then return end
    if field.values[text] then
        item:append_text(" (" .. field.values[text] .. ")")
    else
        item:add_proto_expert_info(unknown_value)
    end
end

local function add_integer(tree, field, range)
    local value = range:len() > 4 and range:uint64() or range:uint()
    local item = tree:add(field.proto, range, value)
    if field.note then item:append_text(field.note(value)) end
    local known = 0
    for _, bit in ipairs(field.bits or {}) do
        item:add(bit[field], range)
        known = known + bit[1]
    end
    if field.bits and value > known then item:add_proto_expert_info(unknown_value) end
end

local function add_fields(tree, fields, buffer, offset)
    for _, field in ipairs(fields) do
        local add = field[3] and add_integer or add_text
        add(tree, field, buffer(offset, field[1]))
        offset = offset + field[1]
    end
    return offset
end

local function length_of(fields)
    local length = 0
    for _, field in ipairs(fields) do length = length + field[1] end
    return length
end

local function dissect(buffer, tree)
    if buffer:len() == 0 then return 0 end
    local type = buffer(0, 1):string()
    local is_end = type == "G"
    local message = is_end and snapshot_end or messages[type]
    local subtree = tree:add(carbon, buffer(), "Carbon channel: " .. (message and message[1] or "unknown"))
    if not message then
        subtree:add_proto_expert_info(unknown_type)
        if buffer:len() >= length_of(header) then add_fields(subtree, header, buffer, 0) end
        return buffer:len()
    end
    local all = (is_end and 0 or length_of(header)) + length_of(message[2])
    if buffer:len() ~= all then
        subtree:add_proto_expert_info(wrong_length, string.format("%d bytes, not %d", buffer:len(), all))
        return buffer:len()
    end
    local offset = is_end and 0 or add_fields(subtree, header, buffer, 0)
    add_fields(subtree, message[2], buffer, offset)
    return buffer:len()
end

-- A dissector that takes nothing leaves the bytes to be shown as they are.
local session_of_packet = Field.new("moldudp64.session")
function carbon.dissector(buffer, pinfo, tree)
    local session = session_of_packet()
    if not session or not session.display:find("CC$") then return 0 end
    return dissect(buffer, tree)
end
DissectorTable.get("moldudp64.payload"):add_for_decode_as(carbon)

carbon:register_heuristic("soupbintcp", function(buffer, pinfo, tree)
    local port = carbon.prefs.snapshot_port
    if pinfo.src_port ~= port then return false end
    dissect(buffer, tree)
    return true
end)
