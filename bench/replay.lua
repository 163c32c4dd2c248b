-- wrk: send each line of a file once, as the target of a POST with an empty body.
-- Every request must be new: the server refuses a nonce it has seen.
local targets = {}
local position = 0
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  for line in io.lines(args[1]) do
    targets[#targets + 1] = line
  end
  -- Threads share the file: each takes its own stretch of it.
  position = math.floor(#targets / tonumber(args[2])) * number
end

function request()
  position = position + 1
  return wrk.format("POST", targets[(position - 1) % #targets + 1])
end

local refused = 0
function response(status, headers, body)
  if status ~= 200 then
    refused = refused + 1
  end
end

function done(summary, latency, requests)
  io.write(string.format(
    "RESULT %d %d %d %d\n",
    summary.requests, summary.duration, summary.errors.status, latency:percentile(99)))
end
