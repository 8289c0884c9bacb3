/** The recording that the sandbox is held against, proven on a real kube-apiserver. UPDATE_GOLDEN=1 records again. */
import { readFileSync } from "node:fs";
import { type ApiUnderTest, kubeApiConformance } from "../conformance/kube-api.ts";
import { kubeWatchConformance } from "../conformance/kube-watch.ts";
import { startControlPlane } from "../lib/control-plane.ts";

// Only those that the suite is about: the others would write into the objects while they are looked at.
const controllerManagerFlags =
  "--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,root-ca-certificate-publisher-controller";

const start = async (): Promise<ApiUnderTest> => {
  const plane = await startControlPlane({ controllerManagerFlags });
  return { kubeconfig: readFileSync(plane.kubeconfig, "utf8"), stop: () => plane.stop() };
};

kubeWatchConformance("a real control plane", start, "whole");
kubeApiConformance(
  "a real control plane",
  start,
  process.env.UPDATE_GOLDEN === "1" ? "record" : "with-golden",
);
