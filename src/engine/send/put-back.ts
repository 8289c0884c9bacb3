import { asNewObject, asPutBack, isFreedSoon } from "../../core/compare/index.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import { ifStill } from "../../core/model/json-patch.ts";
import type { KubeObject, ManagedFieldsEntry } from "../../core/model/kube-object.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { pause } from "./pause.ts";
import { FREED_WITHIN_MS, refusedWith, type Send, type Tried, type Writing } from "./send.ts";

const PAUSE = { firstMs: 50, mostMs: 1_000 };

export interface Lost {
  send: Send;
  /** What was there; with managedFields where they are still known. */
  before: KubeObject;
  /** `appliedHash` of what the server refused. */
  hash: string;
  /** Why it refused it, a sentence without a full stop. */
  why: string;
}

/**
 * The object was deleted to be made again, and the server refuses the new one: what was there is made once more, with
 * its tracking id and with its owners of fields as they were. Its uid is another, its status begins anew, and what it
 * owned is made by its controller. What was refused is not tried again with the same content.
 */
export async function putBack({ send, before, hash, why }: Lost, writing: Writing): Promise<Tried> {
  const { cluster, desired, record } = send;
  const object = asPutBack(before);
  let outcome = await cluster.create(object, "write");
  const freedBy = writing.clock.monotonic() + FREED_WITHIN_MS;
  for (
    let tries = 1;
    outcome.is === "refused" && isFreedSoon(outcome) && writing.clock.monotonic() < freedBy;
    tries++
  ) {
    if ((await pause(backoffMs(tries, PAUSE), writing)) === "terminated") break;
    outcome = await cluster.create(object, "write");
  }
  // Its addresses and ports may be somebody else's by now.
  if (outcome.is === "refused" && outcome.status === 422)
    outcome = await cluster.create(asNewObject(object, before), "write");
  if (outcome.is === "done") {
    await restoreOwners(send, before);
    writing.remember({
      key: desired.key,
      uid: outcome.live.uid,
      recreation: { desiredHash: hash, is: "failed", why },
    });
    return refusal(
      `the new one was refused after the old one had been deleted: ${why}. The old one was put back as it was; its status and what it owns begin anew. This is not tried again with the same content`,
    );
  }
  const isThere = outcome.is === "refused" && outcome.reason === "AlreadyExists";
  const said = isThere
    ? "somebody made it again meanwhile"
    : `the old one could not be put back (${outcome.is === "refused" ? outcome.message : outcome.why}), and is missing: the next sync tries again`;
  if (record !== undefined && isThere) writing.remember(record);
  return refusal(`the new one was refused after the old one had been deleted: ${why}; ${said}`);
}

/** A controller writes to the new one at once. */
const MOST_RACES = 5;

/**
 * Whoever owned which field owns it again, in place of us who made all of it. Where that fails the object is judged by
 * its content.
 */
async function restoreOwners(
  { cluster, desired }: Send,
  { apiVersion, metadata }: KubeObject,
): Promise<void> {
  const before = (metadata.managedFields ?? []).filter(({ subresource }) => (subresource ?? "") === "");
  for (let tries = 0; before.length > 0 && tries < MOST_RACES; tries++) {
    const found = await cluster.read(desired.ref, apiVersion);
    if (found.is !== "found") return;
    const since = (found.object.metadata.managedFields ?? []).filter(
      ({ manager, operation }) => manager !== FIELD_MANAGER || operation !== "Update",
    );
    const kept = before.filter((entry) => !since.some((other) => nameOf(other) === nameOf(entry)));
    const patched = await cluster.patch(desired.ref, apiVersion, [
      ifStill(found.live.resourceVersion),
      { op: "replace", path: "/metadata/managedFields", value: [...kept, ...since] },
    ]);
    if (patched.is !== "refused") return;
  }
}

function nameOf({ manager, operation, apiVersion, subresource = "" }: ManagedFieldsEntry): string {
  return [manager, operation, apiVersion, subresource].join(" ");
}

function refusal(message: string): Tried {
  return { outcome: refusedWith(message), last: "yes" };
}
