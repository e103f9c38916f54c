-- The plan of windows, linked up once when the library is loaded. Written above are NAME,
-- REACH, MEMORY and LINKS (how long events, orders and the log count), HOT (events from which a key
-- is busy) and ENTITIES, each with its size (how many numbers it keeps) and a list of tracks:
--   stream; format of a member; positions of the values and others (counterparts) it keeps;
--   frames with near and far (ages of the window's ends), n, sums, seen (places of its numbers) and
--   cells (what is asked: numbers `from` .. `upto`, or a `kind` that is found among the events)

--
-- While a library is loaded it may use none of Lua's own functions.

local function crossed_at(edges, age)
  for i = 1, #edges do
    if edges[i].age == age then
      return edges[i].crossed
    end
  end
  edges[#edges + 1] = { age = age, crossed = {} }
  return edges[#edges].crossed
end

local function cross(entity, age, stream, frame, sign)
  local crossed = crossed_at(entity.edges, age)
  crossed[stream] = crossed[stream] or {}
  crossed[stream][#crossed[stream] + 1] = { frame = frame, sign = sign }
end

local function link_frame(entity, stream, frame)
  if frame.far > entity.horizon then
    entity.horizon = frame.far
  end
  cross(entity, frame.near, stream, frame, 1)
  cross(entity, frame.far, stream, frame, -1)
  for i = 1, #frame.cells do
    local cell = frame.cells[i]
    cell.frame, cell.stream = frame, stream
    entity.answers[#entity.answers + 1] = cell
  end
end

for n = 1, #ENTITIES do
  local entity = ENTITIES[n]
  local tracks = entity.tracks
  entity.tracks, entity.answers, entity.edges, entity.horizon = {}, {}, {}, 0
  for i = 1, #tracks do
    local track = tracks[i]
    entity.tracks[track.stream] = track
    for k = 1, #track.frames do
      link_frame(entity, track.stream, track.frames[k])
    end
  end
end
