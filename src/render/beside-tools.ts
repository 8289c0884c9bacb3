import { existsSync, realpathSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { ToolName } from "../plugin/contract.ts";
import type { RunFolder } from "./run-folder.ts";
import type { Tools } from "./tools.ts";

/** A program that another one starts, by a name that it knows. */
export interface BesideTool {
  name: string;
  /** Absolute. */
  program: string;
}

/** @throws {Failure} tool-missing, also where it is there by another name and with other words only */
export async function besideTool(tools: Tools, name: ToolName): Promise<BesideTool> {
  const { program, argv } = await tools.find(name);
  if (argv(["build"])[0] !== "build")
    throw new Failure("tool-missing", name, "backoff", {
      cannot: "render",
      why: `${program} is what there is, which a command cannot call ${name}`,
      fix: `Install ${name}, or set render.${name} in the config`,
    });
  return { name: basename(name.split("@")[0] ?? name), program };
}

/**
 * A folder that holds nothing but these programs, by links: nothing in a render's own folder can be executed. No tool may
 * change it, or a later step, and whoever looks up a program by its name, would run what an earlier one put there.
 */
export function linked(programs: readonly BesideTool[], folder: RunFolder): string {
  const bin = folder.makeBeside("bin");
  for (const { name, program } of programs)
    if (!existsSync(join(bin, name))) symlinkSync(realpathSync(program), join(bin, name));
  return bin;
}
