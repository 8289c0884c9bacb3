import { listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, unknown } from "../verdict.ts";
import { ifReported } from "./reported.ts";

const colours: HealthRule = (object) => {
  switch (textAt(object, "status", "health").toLowerCase()) {
    case "green":
      return healthy("status.health is green", "Health is green");
    case "yellow":
      return progressing(
        "status.health is yellow",
        "Health is yellow: some shards or nodes are not available",
      );
    case "red":
      return degraded(
        "status.health is red",
        "Health is red: look at the state of indices, replicas and shards",
      );
    default:
      return undefined;
  }
};

const nodes = (object: unknown): { wanted: number | undefined; available: number } => {
  const sets = listAt(object, "spec", "nodeSets").map((set) => numberAt(set, "count") ?? 1);
  const total = sets.length > 0 ? sets.reduce((sum, count) => sum + count, 0) : undefined;
  return {
    wanted: numberAt(object, "status", "expectedNodes") ?? numberAt(object, "spec", "count") ?? total,
    available: numberAt(object, "status", "availableNodes") ?? 0,
  };
};

/** A colour, for Elasticsearch a phase, and counts of nodes. */
const elastic: HealthRule = (object) => {
  if (object["status"] === undefined || object["status"] === null)
    return progressing("no status", `Waiting for the operator to report on this ${object.kind}`);
  const phase = textAt(object, "status", "phase");
  if (phase === "Invalid") return degraded("status.phase is Invalid", "The specification is invalid");
  if (phase !== "" && phase !== "Ready") return progressing(`status.phase is ${phase}`, phase);
  const word = textAt(object, "status", "health");
  const colour = colours(object);
  const { wanted, available } = nodes(object);
  if (
    colour?.status === "Healthy" &&
    wanted !== undefined &&
    available < wanted &&
    (phase !== "" || numberAt(object, "status", "expectedNodes") !== undefined)
  ) {
    return progressing(
      "status.availableNodes < wanted nodes",
      `${available} of ${wanted} nodes are available`,
    );
  }
  if (colour !== undefined) return colour;
  if (word !== "") return unknown(`status.health is ${word}`, `Health is "${word}", which is not known`);
  if (wanted !== undefined && numberAt(object, "status", "expectedNodes") !== undefined)
    return progressing("no status.health", `${available} of ${wanted} nodes are available`);
  return unknown("the status has neither health nor phase", "Health is not reported");
};

/** Elastic Cloud on Kubernetes. */
export const elasticHealth: HealthRule = ifReported(elastic);
