/** What a node has room for, in words: of each kind of room what Pods of an application ask for, what all others there do, what is free. */

/** As the API has it, all in thousandths. */
export interface ShownHost {
  name: string;
  resourcesInfo?: {
    resourceName: "cpu" | "memory" | "pods";
    requestedByApp?: number;
    requestedByNeighbors?: number;
    capacity?: number;
    allocatable?: number;
  }[];
  holdfast: { neighbors: "all" | "unknown"; why?: string };
}

export interface RoomLine {
  name: "CPU" | "Memory" | "Pods";
  says: string;
  /** Shares of what Pods may have, 0 to 1; undefined where that is not known. */
  share: { app: number; others: number } | undefined;
}

const NAMES = { cpu: "CPU", memory: "Memory", pods: "Pods" } as const;

export function roomLines({ resourcesInfo = [], holdfast }: ShownHost): RoomLine[] {
  return resourcesInfo.map((of) => {
    const { resourceName, requestedByApp: app = 0, requestedByNeighbors: others = 0 } = of;
    const most = of.allocatable ?? of.capacity ?? 0;
    const shown = (thousandths: number): string => amount(resourceName, thousandths);
    const parts = [`${shown(app)} here`];
    if (holdfast.neighbors === "all") parts.push(`${shown(others)} by others`);
    if (most > 0)
      parts.push(
        holdfast.neighbors === "all"
          ? `${shown(Math.max(0, most - app - others))} of ${withUnit(resourceName, most)} free`
          : `of ${withUnit(resourceName, most)}`,
      );
    return {
      name: NAMES[resourceName],
      says: parts.join(" · "),
      share:
        most === 0
          ? undefined
          : { app: Math.min(1, app / most), others: Math.min(Math.max(0, 1 - app / most), others / most) },
    };
  });
}

/** Why a part of it is not there, a sentence; undefined where all is. */
export function whyNoRoom({ holdfast: { neighbors, why } }: ShownHost): string | undefined {
  if (why !== undefined) return `What this node has room for is not known: ${why}.`;
  return neighbors === "all"
    ? undefined
    : "What others ask for is not known: the daemon does not see all Pods of the cluster.";
}

function withUnit(of: "cpu" | "memory" | "pods", thousandths: number): string {
  return `${amount(of, thousandths)}${of === "cpu" ? (thousandths === 1_000 ? " core" : " cores") : ""}`;
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

function amount(of: "cpu" | "memory" | "pods", thousandths: number): string {
  const whole = thousandths / 1_000;
  if (of !== "memory") return digits(whole);
  const power = whole < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(whole) / 10));
  return `${digits(whole / 1024 ** power)} ${BYTES[power]}`;
}

/** Two places below ten, one below a hundred: what is compared is the size. */
function digits(value: number): string {
  const places = value < 10 ? 2 : value < 100 ? 1 : 0;
  return String(Number(value.toFixed(places)));
}
