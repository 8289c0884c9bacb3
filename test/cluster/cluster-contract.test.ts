/** The Cluster port against a real kube-apiserver. */
import { clusterConformance } from "../conformance/cluster.ts";
import { startControlPlane } from "../lib/control-plane.ts";

clusterConformance("a real control plane", () => startControlPlane());
