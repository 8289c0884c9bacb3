import type { KubeObject } from "../core/model/kube-object.ts";
import { groupKind } from "../core/model/object-ref.ts";
import { ActionRefused, type ActionWrite, type OfferedAction } from "../core/model/resource-action.ts";
import type { ActionScripts } from "../core/model/user-checks.ts";
import type { UserActions, UserActionsOf } from "../core/ports/user-actions.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { CheckProcess, type CheckProcessOptions, checkProcessDefaults } from "./check-process.ts";
import { forKind } from "./for-kind.ts";

export interface LuaActionsOptions {
  /** Starts the process for Lua, see run-check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
}

/** Actions in Argo CD's Lua, in a process beside the one that judges health: none waits behind the other. */
export class LuaActions implements UserActions {
  readonly #runner: CheckProcess;
  #find: (groupKind: string) => ActionScripts | undefined = () => undefined;

  constructor({ command, limits }: LuaActionsOptions) {
    this.#runner = new CheckProcess({ ...checkProcessDefaults, ...limits, command });
  }

  /** Other scripts from now on. */
  configure(scripts: readonly ActionScripts[]): void {
    this.#find = forKind(scripts);
  }

  of(object: KubeObject): UserActionsOf | undefined {
    const scripts = this.#find(groupKind(object));
    if (scripts === undefined) return undefined;
    const run = async (
      name: string,
      script: string,
      parameters: Record<string, string>,
      signal?: AbortSignal,
    ) => {
      const answer = await this.#runner.run({ language: "lua", script, object, parameters }, signal);
      if (answer.is === "done") return answer.value;
      throw new ActionRefused(`the script ${scripts.kinds} ${name} failed: ${answer.why}`);
    };
    return {
      builtIns: scripts.builtIns,
      offered: async (signal) =>
        readOffered(scripts, await run("discovery.lua", scripts.discovery, {}, signal)),
      run: async (name, { parameters }, signal) => {
        const action = scripts.actions.find((one) => one.name === name);
        if (action === undefined) return undefined;
        return readWrites(
          scripts.kinds,
          name,
          await run(name, action.script, { ...parameters }, signal),
          object,
        );
      },
    };
  }

  async stop(): Promise<void> {
    await this.#runner.stop();
  }
}

/** Name -> `{disabled, displayName, params: [{name, default}]}`. What has no script cannot be offered. */
function readOffered({ kinds, actions }: ActionScripts, value: unknown): OfferedAction[] {
  if (Array.isArray(value) && value.length === 0) return [];
  if (!isMapping(value))
    throw new ActionRefused(
      `the script ${kinds} discovery.lua must return a table of actions by their names`,
    );
  return Object.entries(value).flatMap(([name, said]): OfferedAction[] => {
    if (!actions.some((one) => one.name === name)) return [];
    const { disabled, displayName, params } = isMapping(said) ? said : {};
    return [
      {
        name,
        says: typeof displayName === "string" ? displayName : "",
        ...(disabled === true ? { idle: "its discovery script says that it makes no sense now" } : {}),
        parameters: (Array.isArray(params) ? params : []).flatMap((one: unknown) =>
          isMapping(one) && typeof one["name"] === "string"
            ? [
                {
                  name: one["name"],
                  says: "",
                  ...(typeof one["default"] === "string" ? { now: one["default"] } : {}),
                },
              ]
            : [],
        ),
      },
    ];
  });
}

/** The object itself, or a list of `{operation, resource}`, operation `create` or `patch`. */
function readWrites(kinds: string, name: string, value: unknown, object: KubeObject): ActionWrite[] {
  const refuse = (why: string): ActionRefused => new ActionRefused(`the script ${kinds} ${name} ${why}`);
  if (!Array.isArray(value)) return [{ do: "change", after: asObject(value, refuse) }];
  const writes = value.map((one: unknown): ActionWrite => {
    const { operation, resource } = isMapping(one) ? one : {};
    const written = asObject(resource, refuse);
    if (operation === "create") return { do: "create", object: written };
    if (operation === "patch") return { do: "change", after: written };
    throw refuse(`wants ${JSON.stringify(operation)}; an operation is create or patch`);
  });
  const changes = writes.filter((one) => one.do === "change");
  if (changes.length > 1) throw refuse(`patches ${object.kind} ${object.metadata.name} and another object`);
  return writes;
}

function asObject(value: unknown, refuse: (why: string) => ActionRefused): KubeObject {
  if (
    !isMapping(value) ||
    typeof value["apiVersion"] !== "string" ||
    typeof value["kind"] !== "string" ||
    !isMapping(value["metadata"])
  )
    throw refuse("must return the object, or a list of {operation, resource}");
  return value as unknown as KubeObject;
}
