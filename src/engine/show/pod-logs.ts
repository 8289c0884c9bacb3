/** Logs of the Pods that an application consists of: which are meant, and several as one. */
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { PodLogAsk, PodLogLine } from "../../core/model/pod-log.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { sortableTime } from "../../lib/sortable-time.ts";
import type { LogEvent, LogSelection, ResourceNode } from "../control.ts";

/** Pods at once for one who asks; Argo CD's default of `server.maxPodLogsToRender`. */
export const MOST_PODS = 10;
/** Of one Pod. */
const MOST_CONTAINERS = 20;
/** Pods at once for all who ask, or containers where all are read. */
const MOST_OPEN = 200;
/** Of them, for one who asks: the others have room, however many containers somebody's Pods have. */
const MOST_OF_ONE = 150;

interface LogPod {
  namespace: string;
  name: string;
  /** One of several that are read; absent: the one that is asked for. */
  container?: string;
}

/** Of the tree, those that are named, and those that descend from the object that is named. */
export function podsMeant(nodes: readonly ResourceNode[], { pod, namespace, of }: LogSelection): LogPod[] {
  const byUid = new Map(nodes.flatMap((node) => (node.uid === undefined ? [] : [[node.uid, node] as const])));
  const isOf = ({ ref }: ResourceNode): boolean =>
    of === undefined ||
    ((of.kind === undefined || of.kind.toLowerCase() === ref.kind.toLowerCase()) &&
      (of.group === undefined || of.group === ref.group) &&
      (of.name === undefined || of.name === ref.name));
  const descends = (node: ResourceNode): boolean =>
    isOf(node) ||
    node.parents.some(({ uid }) => {
      const parent = byUid.get(uid);
      return parent !== undefined && descends(parent);
    });
  return nodes
    .filter(
      (node) =>
        node.ref.kind === "Pod" &&
        node.ref.group === "" &&
        node.uid !== undefined &&
        (pod === undefined || pod === node.ref.name) &&
        (namespace === undefined || namespace === node.ref.namespace) &&
        descends(node),
    )
    .map(({ ref }) => ({ namespace: ref.namespace, name: ref.name }));
}

/**
 * What helps where no Pod is meant: a name that is that of something else is told with the words that choose by it.
 * @param key of the application, `namespace/name`
 */
export function noPodFix(nodes: readonly ResourceNode[], { pod }: LogSelection, key: string): string {
  const [other, ...more] = nodes.filter(
    ({ ref }) => pod !== undefined && ref.name === pod && ref.kind !== "Pod",
  );
  if (other === undefined) return `See what it has: holdfast app tree ${key}`;
  const kinds = [...new Set([other, ...more].map(({ ref }) => ref.kind))];
  const withPods = kinds.find((kind) => RUNS_PODS.has(kind)) ?? other.ref.kind;
  return `There is a ${withPods} of that name: holdfast app logs ${key} --kind ${withPods} --name ${other.ref.name}`;
}

const RUNS_PODS: ReadonlySet<string> = new Set([
  "Job",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "CronJob",
  "Rollout",
]);

/** Each container of a Pod as one that is read, in the order in which they start. Without a word of them, the Pod. */
function eachContainer(pod: LogPod, object: KubeObject | undefined): LogPod[] {
  const spec = isMapping(object?.["spec"]) ? object["spec"] : {};
  const names = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    Array.isArray(spec[list])
      ? spec[list].flatMap((one) => (isMapping(one) && typeof one["name"] === "string" ? [one["name"]] : []))
      : [],
  );
  return names.length === 0
    ? [pod]
    : names.slice(0, MOST_CONTAINERS).map((container) => ({ ...pod, container }));
}

/** All containers of these Pods, as the server has them now; of one that it does not tell, its own choice. */
export async function containersOf(
  cluster: Pick<Cluster, "read">,
  pods: readonly LogPod[],
): Promise<LogPod[]> {
  const found = await Promise.all(
    pods.map(async (pod) => {
      const { namespace, name } = pod;
      const answer = await cluster.read({ group: "", kind: "Pod", namespace, name }, "v1");
      return eachContainer(pod, answer.is === "found" ? answer.object : undefined);
    }),
  );
  return found.flat();
}

/** Counts what is open, so that no number of readers takes all the connections there are. */
export class PodLogs {
  #open = 0;
  readonly #ofReader = new Map<string, number>();

  /**
   * Lines of several Pods: of what there is by their times, of what is followed as they come. A Pod that cannot be read, or
   * not to its end, is told once, and the others go on.
   * @param reader who asks; absent: nobody of whom there are several
   * @throws {Failure} refused where these are too many
   */
  async *read(
    cluster: Pick<Cluster, "logs">,
    pods: readonly LogPod[],
    ask: PodLogAsk,
    signal: AbortSignal,
    reader?: string,
  ): AsyncGenerator<LogEvent> {
    const own = reader === undefined ? 0 : (this.#ofReader.get(reader) ?? 0);
    if (reader !== undefined && own + pods.length > MOST_OF_ONE)
      throw new Failure("refused", "logs", "backoff", {
        cannot: `open ${pods.length} more of them`,
        why: `you read ${own} Pods or containers, and ${MOST_OF_ONE} are read for one person at once`,
        fix: "Choose one Pod, or close logs that are open",
      });
    if (this.#open + pods.length > MOST_OPEN)
      throw new Failure("refused", "logs", "backoff", {
        cannot: "open more of them",
        why: `${this.#open} Pods are being read by others`,
        fix: "Try again when fewer people follow logs",
      });
    this.#count(reader, pods.length);
    const ending = new AbortController();
    const stop = AbortSignal.any([signal, ending.signal]);
    const readers = pods.map((pod) => {
      const { container = ask.container } = pod;
      return new Reader(pod, cluster.logs(pod, { ...ask, ...defined({ container }) }, stop));
    });
    try {
      yield* merged(readers, ask.until);
      signal.throwIfAborted();
    } finally {
      ending.abort(new Error("nobody reads any more"));
      for (const reader of readers) reader.close();
      this.#count(reader, -pods.length);
    }
  }

  #count(reader: string | undefined, more: number): void {
    this.#open += more;
    if (reader === undefined) return;
    const own = (this.#ofReader.get(reader) ?? 0) + more;
    if (own > 0) this.#ofReader.set(reader, own);
    else this.#ofReader.delete(reader);
  }
}

/** One Pod's lines, of which one is held. */
class Reader {
  head: LogEvent | undefined;
  isOver = false;
  #reading: Promise<void> | undefined;
  readonly #lines: AsyncIterator<PodLogLine>;

  constructor(
    readonly pod: LogPod,
    lines: AsyncIterable<PodLogLine>,
  ) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Resolves when a line is held or there is none any more; never rejects. */
  fill(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** What it holds open is let go of; to be called when its signal was aborted. */
  close(): void {
    void this.#lines.return?.().catch(() => undefined);
  }

  async #read(): Promise<void> {
    const { name: pod, container } = this.pod;
    const from = { pod, ...defined({ container }) };
    try {
      const next = await this.#lines.next();
      if (next.done === true) this.isOver = true;
      else this.head = { is: "line", ...from, ...next.value };
    } catch (cause) {
      this.isOver = true;
      // Whoever stopped it wants no word of that.
      if (cause instanceof Failure) this.head = { is: "failed", ...from, failure: cause };
    }
  }
}

async function* merged(readers: readonly Reader[], until: PodLogAsk["until"]): AsyncGenerator<LogEvent> {
  for (;;) {
    const empty = readers.filter(({ head, isOver }) => head === undefined && !isOver);
    const filling = empty.map((reader) => reader.fill());
    const isAny = readers.some(({ head }) => head !== undefined);
    // What there is comes in order, so the next line of each is needed; of what is followed nobody waits for the silent.
    if (filling.length > 0 && until === "now") await Promise.all(filling);
    else if (filling.length > 0 && !isAny) await Promise.race(filling);
    const held = readers.filter(({ head }) => head !== undefined);
    if (held.length === 0 && readers.every(({ isOver }) => isOver)) return;
    const [first, ...others] = held;
    if (first === undefined) continue;
    const earliest = others.reduce((best, one) => (timeOf(one) < timeOf(best) ? one : best), first);
    const { head } = earliest;
    earliest.head = undefined;
    if (head !== undefined) yield head;
  }
}

/** Comparable: seconds, then the fraction filled up. Without a time it goes first. */
function timeOf({ head }: Reader): string {
  if (head?.is !== "line") return "";
  return sortableTime(head.time);
}
