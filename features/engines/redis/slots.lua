-- Slots: the events of one key of one entity, and the cursor of a key that is busy.
--
-- A cursor is the sums of a slot's windows as of the last question (placed, asof). It is moved to
-- the next question over the events that lie between the two, and only remembers: without it the
-- answers are the same, and slower.

local MARGIN = 3600000000 -- how far back, in microseconds, a cursor follows questions

local function score(instant)
  return string.format('%.0f', instant)
end

local function packing(size)
  return '<' .. string.rep('d', size)
end

local function decoded(entity, member)
  local track = entity.tracks[string.byte(member)]
  local event = { struct.unpack(track.format, member) }
  event.stream, event.order, event.happened, event.known = event[1], event[3], event[4], event[5]
  return event
end

local function all_decoded(entity, members)
  local events = {}
  for i, member in ipairs(members) do
    events[i] = decoded(entity, member)
  end
  return events
end

local function between(key, entity, from, to)
  return all_decoded(entity, redis.call('ZRANGEBYSCORE', key, score(from), '(' .. score(to)))
end

-- Cursor -----------------------------------------------------------------------------------------

local function counter(slot)
  return function(field, sign)
    local times = redis.call('HINCRBY', slot.cursor_key, field, sign)
    if times == 0 then
      redis.call('HDEL', slot.cursor_key, field)
    end
    return times
  end
end

local function open_cursor(slot)
  local packed = redis.call('HGET', slot.cursor_key, '')
  if packed then
    local size = slot.entity.size
    local numbers = { struct.unpack(packing(size + 3), packed) }
    slot.sums = numbers
    slot.placed, slot.asof, slot.floor = numbers[size + 1], numbers[size + 2], numbers[size + 3]
  end
end

local function keep_cursor(slot)
  local numbers, size = slot.sums, slot.entity.size
  numbers[size + 1], numbers[size + 2], numbers[size + 3] = slot.placed, slot.asof, slot.floor
  local packed = struct.pack(packing(size + 3), unpack(numbers, 1, size + 3))
  redis.call('HSET', slot.cursor_key, '', packed)
end

local function drop_cursor(slot)
  redis.call('DEL', slot.cursor_key, slot.late_key)
  slot.sums, slot.moved = nil, nil
end

-- Walk over all events of a key that has become busy, once.
local function begin_cursor(slot, placed, received)
  local entity, count = slot.entity, counter(slot)
  slot.sums, slot.moved = zeros(entity.size), true
  slot.placed, slot.asof, slot.floor = placed, received, received - MARGIN
  for _, member in ipairs(redis.call('ZRANGE', slot.key, 0, -1)) do
    local event = decoded(entity, member)
    if event.known >= slot.floor then
      redis.call('ZADD', slot.late_key, score(event.known), member)
    end
    if event.known < received then
      add_to_all(slot.sums, entity, event, placed, 1, count)
    end
  end
end

local function move_in_time(slot, placed, count)
  local from, to, sign = slot.placed, placed, 1
  if to < from then
    from, to, sign = to, from, -1
  end
  for _, edge in ipairs(from < to and slot.entity.edges or {}) do
    for _, event in ipairs(between(slot.key, slot.entity, from - edge.age, to - edge.age)) do
      for _, crossed in ipairs(event.known < slot.asof and edge.crossed[event.stream] or {}) do
        add(slot.sums, crossed.frame, event, sign * crossed.sign, count)
      end
    end
  end
  slot.placed = placed
end

local function move_in_knowledge(slot, received, count)
  local from, to, sign = slot.asof, received, 1
  if to < from then
    from, to, sign = to, from, -1
  end
  if from < to then
    for _, event in ipairs(between(slot.late_key, slot.entity, from, to)) do
      add_to_all(slot.sums, slot.entity, event, slot.placed, sign, count)
    end
  end
  slot.asof = received
  if received - slot.floor > 2 * MARGIN then
    slot.floor = received - MARGIN
    redis.call('ZREMRANGEBYSCORE', slot.late_key, '-inf', '(' .. score(slot.floor))
  end
end

-- Move a cursor to a question, whichever way.
local function move_cursor(slot, placed, received)
  local count = counter(slot)
  move_in_time(slot, placed, count)
  move_in_knowledge(slot, received, count)
  slot.moved = true
end

-- Slot -------------------------------------------------------------------------------------------

local function slot_of(call, ref)
  local slot = call.slots[ref]
  if slot == nil then
    slot = {
      entity = ENTITIES[string.byte(ref)],
      key = call.prefix .. 's' .. ref,
      cursor_key = call.prefix .. 'c' .. ref,
      late_key = call.prefix .. 'l' .. ref,
    }
    open_cursor(slot)
    call.slots[ref] = slot
  end
  return slot
end

local function count_in(slot, event, sign)
  if event.known < slot.asof then
    add_to_all(slot.sums, slot.entity, event, slot.placed, sign, counter(slot))
    slot.moved = true
  end
end

local function insert(slot, member)
  local event = decoded(slot.entity, member)
  local is_new = redis.call('ZADD', slot.key, score(event.happened), member) == 1
  if is_new and slot.sums then
    if event.known >= slot.floor then
      redis.call('ZADD', slot.late_key, score(event.known), member)
    end
    count_in(slot, event, 1)
  end
end

local function remove(slot, member)
  local was_there = redis.call('ZREM', slot.key, member) == 1
  if was_there and slot.sums then
    redis.call('ZREM', slot.late_key, member)
    count_in(slot, decoded(slot.entity, member), -1)
    if redis.call('ZCARD', slot.key) * 2 < HOT then
      drop_cursor(slot)
    end
  end
end
