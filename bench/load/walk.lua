-- Makes wrk request one path after the other, and print its results as JSON.
-- wrk -s walk.lua URL -- FILE_OF_PATHS [slow]
local paths = {}
local place = 0
local worker

-- Globals, so that the printing state can read them from the sending state.
first_answer = 0
last_answer = 0

local function clock()
  local ffi = require("ffi")
  pcall(ffi.cdef, "typedef struct { long seconds; long microseconds; } wall_time; int gettimeofday(wall_time *, void *);")
  local now = ffi.new("wall_time")
  ffi.C.gettimeofday(now, nil)
  return tonumber(now.seconds) + tonumber(now.microseconds) / 1e6
end

local function note_time()
  last_answer = clock()
  if first_answer == 0 then
    first_answer = last_answer
  end
end

local function walk()
  place = place % #paths + 1
  return paths[place]
end

function setup(thread)
  worker = thread
end

function init(arguments)
  if arguments[2] == "slow" then
    response = note_time
  end
  for path in io.lines(arguments[1]) do
    paths[#paths + 1] = wrk.format("GET", path)
  end
  -- wrk is fastest with a constant request.
  if #paths == 1 then
    wrk.path = io.lines(arguments[1])()
  else
    request = walk
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'measured {"answers":%d,"refused":%d,"lost":%d,"bytes":%d,"seconds":%.6f,"p50":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f,"first":%.6f,"last":%.6f}\n',
    summary.requests,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    summary.bytes,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3,
    worker:get("first_answer"),
    worker:get("last_answer")
  ))
end
