-- The numbers of windows: exact sums, and how many different counterparts were seen.
--
-- Lua's numbers are doubles, exact below 2^53. A value is kept in limbs of 24, 24 and 16 bits and
-- added up limb by limb; squares carry before a limb can grow past 2^53.

local LIMB = 16777216
local FULL = 4503599627370496
local NO_VALUE = -32768
local NOBODY = '\0\0\0\0\0\0\0\0\0\0'

local function zeros(size)
  local sums = {}
  for i = 1, size do
    sums[i] = 0
  end
  return sums
end

local function raise(sums, at, by)
  local value = sums[at] + by
  if value >= FULL or value <= -FULL then
    local carry = math.floor(value / LIMB)
    value = value - carry * LIMB
    sums[at + 1] = sums[at + 1] + carry
  end
  sums[at] = value
end

local function add_square(sums, at, sign, low, mid, high)
  raise(sums, at, sign * low * low)
  raise(sums, at + 1, sign * 2 * low * mid)
  raise(sums, at + 2, sign * (2 * low * high + mid * mid))
  raise(sums, at + 3, sign * 2 * mid * high)
  sums[at + 4] = sums[at + 4] + sign * high * high
end

local function add_value(sums, to, squares, sign, low, mid, high)
  sums[to] = sums[to] + sign
  sums[to + 1] = sums[to + 1] + sign * low
  sums[to + 2] = sums[to + 2] + sign * mid
  sums[to + 3] = sums[to + 3] + sign * high
  if squares then
    add_square(sums, to + 4, sign, low, mid, high)
  end
end

-- Add an event to the numbers of a window, or take it away (sign -1). `count` raises how often a
-- counterpart was seen, which may pass below 0 while a window moves, and gives the new count.
local function add(sums, frame, event, sign, count)
  sums[frame.n] = sums[frame.n] + sign
  for _, sum in ipairs(frame.sums) do
    local high = event[sum.at + 2]
    if high ~= NO_VALUE then
      add_value(sums, sum.to, sum.squares, sign, event[sum.at], event[sum.at + 1], high)
    end
  end
  for _, seen in ipairs(frame.seen) do
    local name = event[seen.at]
    if name ~= NOBODY then
      local times = count(seen.field .. name, sign)
      if sign > 0 and times == 1 then
        sums[seen.to] = sums[seen.to] + 1
      elseif sign < 0 and times == 0 then
        sums[seen.to] = sums[seen.to] - 1
      end
    end
  end
end

local function inside(frame, age)
  return frame.near < age and age <= frame.far
end

-- Add an event to every window it lies in, as of an order placed at an instant.
local function add_to_all(sums, entity, event, placed, sign, count)
  for _, frame in ipairs(entity.tracks[event.stream].frames) do
    if inside(frame, placed - event.happened) then
      add(sums, frame, event, sign, count)
    end
  end
end
