/** The recording that the sandbox is held against, proven on a real kube-apiserver. UPDATE_GOLDEN=1 records again. */
import { readFileSync } from "node:fs";
import { kubeApiConformance } from "../conformance/kube-api.ts";
import { startControlPlane } from "../lib/control-plane.ts";

// Only those that the suite is about: the others would write into the objects while they are looked at.
process.env.KCM_FLAGS = "--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,root-ca-certificate-publisher-controller";

kubeApiConformance("a real control plane", async () => {
  const plane = await startControlPlane();
  return { kubeconfig: readFileSync(plane.kubeconfig, "utf8"), stop: () => plane.stop() };
}, process.env.UPDATE_GOLDEN === "1" ? "record" : "with-golden");
