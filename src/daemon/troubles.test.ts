import { expect, test } from "bun:test";
import { showProblem } from "../core/model/problem.ts";
import type { Connection } from "../core/ports/cluster.ts";
import { troublesOf } from "./troubles.ts";

const cluster = (name: string, connection: Connection, undiscovered: [string, string][] = []) => ({
  name,
  connection: () => connection,
  undiscovered: () => new Map(undiscovered),
});

test("a cluster that is not heard, and one of which some kinds are not known, are told; they stop nothing", () => {
  const troubles = troublesOf({ is: "sound" }, { wrong: [], restart: ["render"] }, [
    cluster("well", { is: "connected", since: 0 }),
    cluster("new", { is: "starting" }),
    cluster("away", { is: "unreachable", since: 0, why: "no answer within 5 s" }, [
      ["a/v1", "not told twice"],
    ]),
    cluster("half", { is: "connected", since: 0 }, [["metrics.k8s.io/v1beta1", "it answers 503"]]),
  ]);
  expect(
    troubles.map(
      ({ what, stops, problem }) => `${what} ${stops} ${problem.severity} ${showProblem(problem)}`,
    ),
  ).toEqual([
    "config nothing warning render: its change holds after a restart only. Restart the daemon",
    "cluster nothing error cluster away: unreachable since 1970-01-01T00:00:00Z: no answer within 5 s; nothing of it is compared, synced or pruned. Check its address, its credentials and the network between",
    "cluster nothing warning cluster half: kinds of metrics.k8s.io/v1beta1 are not known: it answers 503; objects of these kinds are neither compared nor pruned. Mend the API server behind it, or remove its APIService",
  ]);
});
