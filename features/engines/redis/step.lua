-- One step of the state, whole or not at all: a question, an order, news of an order, or a question
-- and the order that asked it.
--
-- Keys of a namespace, all under one prefix:
--   s<ref>  events of one key of an entity by when they happened: the only truth about them
--   c<ref>, l<ref>  cursor of a busy key, and its events by when they became known, of late
--   o<id>   an order: version, key, clocks and columns (order), news, and its events in packed
--           groups that differ in their keys only: its own (events) and those of its news (later)
--   x       log of what copies of the identity links are told, each entry with its latest instant
--   d, f    queues of events to be dropped and of orders to be forgotten
--   m       when the newest order was received (now), whether anything was dropped (cut), how many
--           orders there are (n), and with what history they were filled

local REF = 11

local function groups(packed, see)
  local at = 1
  while at <= string.len(packed) do
    local happened, known = struct.unpack('<i7i7', packed, at + 2)
    local values, others, refs, upto = struct.unpack('<I2c0I2c0I2c0', packed, at + 16)
    see({
      packed = string.sub(packed, at, upto - 1), latest = math.max(happened, known),
      stream = string.byte(packed, at), ordinal = string.sub(packed, at, at + 1),
      clocks = string.sub(packed, at + 2, at + 15), values = values, others = others, refs = refs,
    })
    at = upto
  end
end

local function member_of(track, id, group)
  local pieces = { group.ordinal, id, group.clocks }
  for _, position in ipairs(track.values) do
    pieces[#pieces + 1] = string.sub(group.values, 8 * position - 7, 8 * position)
  end
  for _, position in ipairs(track.others) do
    pieces[#pieces + 1] = string.sub(group.others, 10 * position - 9, 10 * position)
  end
  return table.concat(pieces)
end

-- Put a group of events in their places, or take them out again.
local function place(call, id, group, change)
  for first = 1, string.len(group.refs), REF do
    local slot = slot_of(call, string.sub(group.refs, first, first + REF - 1))
    change(slot, member_of(slot.entity.tracks[group.stream], id, group))
  end
end

local function place_all(call, id, packed, change)
  groups(packed or '', function(group)
    place(call, id, group, change)
  end)
end

-- Forgetting -------------------------------------------------------------------------------------

local PER_STEP = 4

local function queue(call, name, due, id)
  redis.call('RPUSH', call.prefix .. name, struct.pack('<dc10', due, id))
end

local function queue_events(call, id, packed)
  local latest
  groups(packed, function(group)
    latest = math.max(latest or group.latest, group.latest)
  end)
  if latest then
    queue(call, 'd', latest, id)
  end
end

-- Take out those of an order's events that no window can reach any more.
local function prune(call, id, bound)
  local name = call.prefix .. 'o' .. id
  for _, field in ipairs({ 'events', 'later' }) do
    local kept = {}
    groups(redis.call('HGET', name, field) or '', function(group)
      if group.latest < bound then
        place(call, id, group, remove)
        redis.call('HSET', call.prefix .. 'm', 'cut', 1)
      else
        kept[#kept + 1] = group.packed
      end
    end)
    if #kept > 0 then
      redis.call('HSET', name, field, table.concat(kept))
    else
      redis.call('HDEL', name, field)
    end
  end
end

local function forget(call, id, bound, due)
  local name = call.prefix .. 'o' .. id
  local record = redis.call('HMGET', name, 'due', 'events', 'later', 'key')
  if record[1] ~= score(due) then
    return
  end
  if record[2] or record[3] then
    queue(call, 'f', due, id)
  else
    redis.call('DEL', name)
    if record[4] then
      redis.call('HINCRBY', call.prefix .. 'm', 'n', -1)
    end
  end
end

-- Do what is due of a queue, a little at every step; tell whether more may be due.
local function work_off(call, name, bound, act)
  for _ = 1, PER_STEP do
    local packed = redis.call('LINDEX', call.prefix .. name, 0)
    local due, id
    if packed then
      due, id = struct.unpack('<dc10', packed)
    end
    if not packed or due >= bound then
      return 0
    end
    redis.call('LPOP', call.prefix .. name)
    act(call, id, bound, due)
  end
  return 1
end

-- Drop the log's entries that no copy needs any more, a little at every step.
local function trim_log(call, bound)
  local name = call.prefix .. 'x'
  for _, entry in ipairs(redis.call('XRANGE', name, '-', '+', 'COUNT', PER_STEP)) do
    if tonumber(entry[2][2]) >= bound then
      return
    end
    redis.call('XDEL', name, entry[1])
  end
end

local function advance(call, received)
  local state = redis.call('HMGET', call.prefix .. 'm', 'now', 'cut')
  local now = tonumber(state[1] or 0)
  if received > now then
    redis.call('HSET', call.prefix .. 'm', 'now', score(received))
    now = received
  end
  if LINKS > 0 then
    trim_log(call, now - LINKS)
  end
  local more = work_off(call, 'd', now - REACH, prune)
  return now, more + work_off(call, 'f', now - MEMORY, forget)
end

-- Steps ------------------------------------------------------------------------------------------

local function keep_order(call, id, record, given)
  local name = call.prefix .. 'o' .. id
  redis.call('HSET', name, 'order', given.order, 'key', given.key, 'due', given.due)
  if not record.key then
    redis.call('HINCRBY', call.prefix .. 'm', 'n', 1)
  end
  if given.events ~= '' then
    redis.call('HSET', name, 'events', given.events)
  else
    redis.call('HDEL', name, 'events')
  end
  place_all(call, id, given.events, insert)
  queue_events(call, id, given.events)
  queue(call, 'f', tonumber(given.due), id)
end

local function keep_news(call, id, record, given)
  local name = call.prefix .. 'o' .. id
  if given.news ~= '' then
    redis.call('HSET', name, 'news', given.news)
  end
  if given.later ~= '' then
    redis.call('HSET', name, 'later', given.later)
  else
    redis.call('HDEL', name, 'later')
  end
  if not record.due and given.order == '' then
    redis.call('HSET', name, 'due', given.due)
    queue(call, 'f', tonumber(given.due), id)
  end
  place_all(call, id, given.later, insert)
  queue_events(call, id, given.later)
end

-- An order may be written unseen when there is no news of it that would have to move along, and
-- one out of a history (`older`) moreover only where no newer one stands; else by who knows the version.
local function refusal(record, given)
  if given.expected == 'older' and record.order and tonumber(record.due) > tonumber(given.due) then
    return 'kept'
  end
  local unseen = given.expected == 'any' or given.expected == 'older'
  if unseen and not record.news or given.expected == record.version then
    return nil
  end
  return 'news'
end

local ARGUMENTS = {
  'id', 'placed', 'received', 'refs', 'seen',
  'expected', 'order', 'key', 'due', 'events', 'news', 'later', 'log',
}
local FIELDS = { 'version', 'order', 'key', 'due', 'events', 'news', 'later' }

local function step(keys, args)
  local call = { prefix = keys[1], slots = {}, numbers = {}, lasts = {} }
  local given, record = {}, {}
  for i, name in ipairs(ARGUMENTS) do
    given[name] = args[i]
  end
  local id = given.id
  local values = redis.call('HMGET', call.prefix .. 'o' .. id, unpack(FIELDS))
  for i, name in ipairs(FIELDS) do
    record[name] = values[i]
  end
  record.version = record.version or '0'
  local writes = given.expected ~= ''
  local refused = writes and refusal(record, given)
  if refused then
    return { refused, record.version, record.order or '', record.news or '' }
  end

  local asks = given.placed ~= ''
  local moves = writes and given.order ~= ''
  if asks or moves then
    place_all(call, id, record.events, remove)
  end
  place_all(call, id, record.later, remove)
  if asks then
    for first = 1, string.len(given.refs), REF do
      ask(call, string.sub(given.refs, first, first + REF - 1), tonumber(given.placed),
        tonumber(given.received))
    end
  end
  local added = {}
  if given.seen ~= '' then
    added = redis.call('XRANGE', call.prefix .. 'x', '(' .. given.seen, '+')
  end
  if moves then
    keep_order(call, id, record, given)
  elseif asks then
    place_all(call, id, record.events, insert)
  end
  if writes then
    keep_news(call, id, record, given)
    redis.call('HINCRBY', call.prefix .. 'o' .. id, 'version', 1)
    if given.log ~= '' then
      redis.call('XADD', call.prefix .. 'x', '*', 'due', given.due, 'entry', given.log)
    end
  else
    place_all(call, id, record.later, insert)
  end

  local now, more = advance(call, moves and tonumber(given.due) or 0)
  for _, slot in pairs(call.slots) do
    if slot.moved then
      keep_cursor(slot)
    end
  end
  local cut = redis.call('HGET', call.prefix .. 'm', 'cut') and 1 or 0
  local state = struct.pack('<ddd', now, cut, more)
  return { 'done', state, table.concat(call.numbers), call.lasts, added }
end

redis.register_function(NAME, step)
