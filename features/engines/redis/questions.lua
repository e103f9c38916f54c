-- Questions: what the windows of one key hold, as of an order.

-- Show the events of a window that were known, from one end, until `see` has seen enough. The
-- batches of a busy key double, so that one event costs little and all of them cost no more.
local function walk(question, answer, newest_first, see)
  local frame, slot = answer.frame, question.slot
  local from, to = question.placed - frame.far, question.placed - frame.near
  local function done_with(events, first, last, step)
    for i = first, last, step do
      local event = events[i]
      if event.stream == answer.stream and event.known < question.received
        and from <= event.happened and event.happened < to and see(event) then
        return true
      end
    end
    return false
  end
  if question.events then
    local n = #question.events
    done_with(question.events, newest_first and n or 1, newest_first and 1 or n,
      newest_first and -1 or 1)
    return
  end
  local offset, batch, members = 0, 16, nil
  repeat
    if newest_first then
      members = redis.call('ZREVRANGEBYSCORE', slot.key, '(' .. score(to), score(from),
        'LIMIT', offset, batch)
    else
      members = redis.call('ZRANGEBYSCORE', slot.key, score(from), '(' .. score(to),
        'LIMIT', offset, batch)
    end
    local full = #members == batch
    offset, batch = offset + batch, batch * 2
  until done_with(all_decoded(slot.entity, members), 1, #members, 1) or not full
end

local function age_of_end(question, answer, newest_first)
  local age = 0 / 0
  walk(question, answer, newest_first, function(event)
    age = question.placed - event.happened
    return true
  end)
  return age
end

local function extreme(question, answer, sign)
  local low, mid, high = 0 / 0, 0 / 0, nil
  walk(question, answer, false, function(event)
    local a, b, c = event[answer.at], event[answer.at + 1], event[answer.at + 2]
    if c ~= NO_VALUE then
      local by = not high and sign or c ~= high and c - high or b ~= mid and b - mid or a - low
      if by * sign > 0 then
        low, mid, high = a, b, c
      end
    end
    return false
  end)
  return low, mid, high or 0 / 0
end

-- The keys of all orders at the last instant; whoever asked takes the greatest.
local function last_orders(question, answer, call)
  local orders, happened = {}, nil
  walk(question, answer, true, function(event)
    if happened and event.happened < happened then
      return true
    end
    happened = event.happened
    orders[#orders + 1] = redis.call('HGET', call.prefix .. 'o' .. event.order, 'key')
    return false
  end)
  return orders
end

local FOUND = {
  gap = function(question, answer, out)
    out[#out + 1] = age_of_end(question, answer, true)
  end,
  age = function(question, answer, out)
    out[#out + 1] = age_of_end(question, answer, false)
  end,
  low = function(question, answer, out)
    local at = #out
    out[at + 1], out[at + 2], out[at + 3] = extreme(question, answer, -1)
  end,
  high = function(question, answer, out)
    local at = #out
    out[at + 1], out[at + 2], out[at + 3] = extreme(question, answer, 1)
  end,
  last = function(question, answer, _, call)
    call.lasts[#call.lasts + 1] = last_orders(question, answer, call)
  end,
}

local function scanned(question)
  local entity = question.slot.entity
  local sums, counts = zeros(entity.size), {}
  local function count(field, sign)
    counts[field] = (counts[field] or 0) + sign
    return counts[field]
  end
  for _, event in ipairs(question.events) do
    if event.known < question.received then
      add_to_all(sums, entity, event, question.placed, 1, count)
    end
  end
  return sums
end

-- Give the sums of a slot's windows: off its cursor when it is busy, else by looking at its events.
local function answered(question)
  local slot, placed, received = question.slot, question.placed, question.received
  local entity = slot.entity
  if slot.sums and received >= slot.floor then
    move_cursor(slot, placed, received)
    return slot.sums
  end
  if slot.sums then
    question.events = between(slot.key, entity, placed - entity.horizon, placed)
    return scanned(question)
  end
  local members = redis.call('ZRANGEBYSCORE', slot.key, score(placed - entity.horizon),
    '(' .. score(placed), 'LIMIT', 0, HOT + 1)
  if #members > HOT then
    begin_cursor(slot, placed, received)
    return slot.sums
  end
  question.events = all_decoded(entity, members)
  return scanned(question)
end

local function ask(call, ref, placed, received)
  local question = { slot = slot_of(call, ref), placed = placed, received = received }
  local sums, out = answered(question), {}
  for _, answer in ipairs(question.slot.entity.answers) do
    if answer.kind then
      FOUND[answer.kind](question, answer, out, call)
    else
      for i = answer.from, answer.upto do
        out[#out + 1] = sums[i]
      end
    end
  end
  call.numbers[#call.numbers + 1] = struct.pack(packing(#out), unpack(out))
end
