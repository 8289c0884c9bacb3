import { LuaFactory } from "wasmoon";
import wasmFile from "wasmoon/dist/glue.wasm" with { type: "file" };
import { canonicalJson } from "../lib/canonical-json.ts";
import { luaPrelude } from "./lua-prelude.ts";

/** What a script may use beyond the interpreter itself. */
const memoryBytes = 64 * 1024 * 1024;

export interface LuaAsk {
  script: string;
  object: unknown;
  parameters?: Readonly<Record<string, string>>;
}

/**
 * Runs one script in an interpreter of its own and returns its first value as JSON means it: tables that start at 1 are
 * lists, nil is null. Takes as long as the script does: whoever calls must be able to end the process.
 *
 * @throws {Error} in the script's words, `script:3: attempt to index a nil value`
 */
export async function runLua(
  { script, object, parameters = {} }: LuaAsk,
  factory: LuaFactory,
): Promise<unknown> {
  const lua = await factory.createEngine({
    openStandardLibs: true,
    injectObjects: false,
    enableProxy: false,
    traceAllocations: true,
  });
  try {
    lua.global.setMemoryMax(memoryBytes);
    lua.global.set("__script", script);
    lua.global.set("__object", canonicalJson(object));
    lua.global.set("__parameters", canonicalJson(parameters));
    const result: unknown = await lua.doString(`
      local run = (function() ${luaPrelude} end)()
      local script, object, parameters = __script, __object, __parameters
      __script, __object, __parameters = nil, nil, nil
      return run(script, object, parameters)`);
    return JSON.parse(String(result)) as unknown;
  } finally {
    lua.global.close();
  }
}

/** Compiles the interpreter once; its engines share nothing else. */
export function luaFactory(): LuaFactory {
  return new LuaFactory(wasmFile);
}
