/** The sandbox answers as a real kube-apiserver was recorded to answer, and watches as one does. */
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { type ApiUnderTest, kubeApiConformance } from "../conformance/kube-api.ts";
import { kubeWatchConformance } from "../conformance/kube-watch.ts";

const start = (): Promise<ApiUnderTest> => startSandbox({ listen: "127.0.0.1:0", workloads: "none" });

kubeWatchConformance(
  "the sandbox",
  async () => {
    const sandbox = await startSandbox({ listen: "127.0.0.1:0", workloads: "none" });
    // A server that has run for a while has forgotten its first changes.
    sandbox.compact();
    return sandbox;
  },
  "short",
);
kubeApiConformance("the sandbox", start);
