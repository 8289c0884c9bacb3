/** The sandbox answers as a real kube-apiserver was recorded to answer. */
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { kubeApiConformance } from "../conformance/kube-api.ts";

kubeApiConformance("the sandbox", () => startSandbox({ listen: "127.0.0.1:0", workloads: "none" }));
