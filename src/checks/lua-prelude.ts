/**
 * Runs before a user's script: makes the standard library look as Argo CD's scripts know it (Lua 5.1) and takes away
 * what could reach outside or load bytecode. `decode` and `encode` carry the object in and the result out as JSON, in
 * Lua itself, so that deep objects need no C stack and nothing of JavaScript is ever reachable.
 */
export const luaPrelude = String.raw`
local find, sub, byte, char, format, gsub = string.find, string.sub, string.byte, string.char, string.format, string.gsub
local tonumber, tostring, type, next, error, math_type, tointeger = tonumber, tostring, type, next, error, math.type, math.tointeger
local concat, utf8_char, lua_load, floor = table.concat, utf8.char, load, math.floor

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function decode(text)
  local pos = 1
  local function read_string()
    local start, parts = pos + 1, nil
    pos = start
    while true do
      local stop = find(text, '["\\]', pos)
      if sub(text, stop, stop) == '"' then
        local piece = sub(text, start, stop - 1)
        pos = stop + 1
        if parts == nil then return piece end
        parts[#parts + 1] = piece
        return concat(parts)
      end
      parts = parts or {}
      parts[#parts + 1] = sub(text, start, stop - 1)
      local letter = sub(text, stop + 1, stop + 1)
      if letter == "u" then
        local code = tonumber(sub(text, stop + 2, stop + 5), 16)
        pos = stop + 6
        if code >= 0xD800 and code < 0xDC00 and sub(text, pos, pos + 1) == "\\u" then
          code = 0x10000 + (code - 0xD800) * 0x400 + (tonumber(sub(text, pos + 2, pos + 5), 16) - 0xDC00)
          pos = pos + 6
        end
        parts[#parts + 1] = utf8_char(code)
      else
        parts[#parts + 1] = escapes[letter]
        pos = stop + 2
      end
      start = pos
    end
  end
  local read_value
  local function read_list()
    local list, size = {}, 0
    pos = pos + 1
    if sub(text, pos, pos) == "]" then pos = pos + 1 return list end
    while true do
      local value = read_value()
      if value ~= nil then size = size + 1 list[size] = value end
      local mark = sub(text, pos, pos)
      pos = pos + 1
      if mark == "]" then return list end
    end
  end
  local function read_map()
    local map = {}
    pos = pos + 1
    if sub(text, pos, pos) == "}" then pos = pos + 1 return map end
    while true do
      local key = read_string()
      pos = pos + 1
      map[key] = read_value()
      local mark = sub(text, pos, pos)
      pos = pos + 1
      if mark == "}" then return map end
    end
  end
  function read_value()
    local mark = byte(text, pos)
    if mark == 34 then return read_string() end
    if mark == 123 then return read_map() end
    if mark == 91 then return read_list() end
    if mark == 116 then pos = pos + 4 return true end
    if mark == 102 then pos = pos + 5 return false end
    if mark == 110 then pos = pos + 4 return nil end
    local _, stop = find(text, "^[-+%d.eE]+", pos)
    local number = tonumber(sub(text, pos, stop))
    pos = stop + 1
    return tointeger(number) or number
  end
  return read_value()
end

local function quote(text)
  return '"' .. gsub(text, '[%c"\\\127]', function(c) return format("\\u%04x", byte(c)) end) .. '"'
end

local function encode(value, depth)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then
    if value ~= value or value == 1 / 0 or value == -1 / 0 then return "null" end
    local whole = tointeger(value)
    return whole and format("%d", whole) or format("%.17g", value)
  end
  if kind ~= "table" then return "null" end
  if depth > 1000 then error("the result is nested too deeply or refers to itself", 0) end
  local parts = {}
  if value[1] ~= nil then
    for index = 1, #value do parts[index] = encode(value[index], depth + 1) end
    return "[" .. concat(parts, ",") .. "]"
  end
  for key, item in next, value do
    local name = type(key) == "string" and key or (type(key) == "number" and tostring(key)) or nil
    if name ~= nil and item ~= nil then parts[#parts + 1] = quote(name) .. ":" .. encode(item, depth + 1) end
  end
  return "{" .. concat(parts, ",") .. "}"
end

local safe_os = { time = os.time, date = os.date, clock = os.clock, difftime = os.difftime }
local function text_only(chunk, name, mode, ...)
  if type(chunk) == "string" and byte(chunk, 1) == 27 then return nil, "bytecode is not loaded" end
  return lua_load(chunk, name, "t", ...)
end
local modules = { os = safe_os, table = table, string = string, math = math }

-- Lua 5.1 names, and numbers that print as they did there: a whole float has no ".0".
table.getn = function(t) return #t end
table.maxn = function(t) local n = 0 for key in next, t do if type(key) == "number" and key > n then n = key end end return n end
table.foreach = function(t, f) for key, item in next, t do local r = f(key, item) if r ~= nil then return r end end end
table.foreachi = function(t, f) for index = 1, #t do local r = f(index, t[index]) if r ~= nil then return r end end end
unpack = table.unpack
math.pow = function(a, b) return a ^ b end
math.mod = math.fmod
math.log10 = function(a) return math.log(a, 10) end
string.gfind = string.gmatch
local function plain_number(value) return math_type(value) == "float" and tointeger(value) or value end
local print_value = tostring
_G.tostring = function(value) return print_value(plain_number(value)) end
string.format = function(pattern, ...)
  local values = { n = select("#", ...), ... }
  for index = 1, values.n do
    local value = values[index]
    if math_type(value) == "float" then values[index] = tointeger(value) or (find(pattern, "%%[-+ #0]*%d*d") and not find(pattern, "%%[-+ #0]*[%d.]*[fgeG]") and floor(value)) or value end
  end
  return format(pattern, table.unpack(values, 1, values.n))
end

io, debug, package, dofile, loadfile, collectgarbage, warn = nil, nil, nil, nil, nil, nil, nil
string.dump = nil
os = safe_os
load, loadstring = text_only, text_only
print = function() end
require = function(name) return modules[name] or error("module '" .. tostring(name) .. "' is not available", 2) end
package = { loaded = modules }

return function(script, object, parameters)
  obj = decode(object)
  actionParams = decode(parameters)
  local chunk, problem = text_only(script, "=script")
  if chunk == nil then error(problem, 0) end
  return encode(chunk(), 0)
end
`;
