/** What an operation of an application does, as far as it delivers what Git wants; what it finds out is remembered. */
import { type CompareRooms, compareNow } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import { homesThatMayGo } from "../compare/may-go.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import { targetAgain, wantInstead } from "../target/find-target.ts";
import { frozen } from "../target/tips.ts";
import { type PlannedProven, planProven } from "./plan-proven.ts";

/**
 * @param startedAt of the operation, RFC 3339
 * @throws {Failure}
 */
export async function planToDeliver(
  managed: ManagedApplication,
  request: SyncOperation,
  seen: Compared,
  startedAt: string,
  rooms: CompareRooms & { ports: EnginePorts },
  signal: AbortSignal,
): Promise<PlannedProven> {
  const { memory, key: app } = managed;
  const { ports } = rooms;
  const { snapshot } = seen;
  const planned = await planProven(
    request,
    { target: seen.target, compared: await lookedInto(seen, request, rooms) },
    {
      startedAt,
      memory,
      ports,
      renderAnew: (target) => targetAgain(managed, snapshot, target, ports, signal),
      async compare(target) {
        // The render that was kept lacked something: everybody who looks from here on is to see the whole one.
        wantInstead(managed, seen.target, target);
        return lookedInto(await compareNow(managed, snapshot, frozen(target), rooms), request, rooms);
      },
    },
  );
  const { proof, target } = planned;
  if (proof === "not-needed") return planned;
  const { objectsKey } = target;
  memory.proved(proof === "same" ? undefined : { objectsKey, unproven: proof });
  if (proof !== "same")
    ports.log.warn(
      "nothing is pruned, because what Git wants comes out otherwise when it is rendered again",
      {
        app,
        why: proof.why,
      },
    );
  return planned;
}

/** What would be deleted with Namespaces and definitions is looked at anew where something is. */
async function lookedInto(
  seen: Compared,
  { sync: request, initiatedBy }: SyncOperation,
  { homes }: Pick<CompareRooms, "homes">,
): Promise<Compared> {
  if (request.prune !== true) return seen;
  const { snapshot, comparison, handedOver, us } = seen;
  const going = homesThatMayGo(comparison.differences, snapshot, {
    request,
    asked: initiatedBy?.automated === true ? "automatically" : "by-person",
    handedOver,
    unproven: undefined,
  });
  return { ...seen, contents: await homes.look(going, snapshot, us, "now") };
}
