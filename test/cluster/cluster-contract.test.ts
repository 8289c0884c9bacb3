/** The Cluster port against a real kube-apiserver. */
import { clusterConformance } from "../conformance/cluster.ts";
import { objectWatchConformance } from "../conformance/object-watch.ts";
import { startControlPlane } from "../lib/control-plane.ts";

clusterConformance("a real control plane", () => startControlPlane());
objectWatchConformance("a real control plane", () => startControlPlane());
