import { expect, test } from "bun:test";
import { placeIn } from "./named-path.ts";

const object = {
  metadata: { annotations: { "a.b/c": "1" } },
  spec: {
    containers: [
      { name: "side", ports: [{ containerPort: 80 }] },
      { name: "web", image: "web:1", ports: [{ containerPort: 53, protocol: "UDP" }, { containerPort: 53 }] },
    ],
    args: ["a", "b"],
  },
};

test.each<[string, (string | number)[] | undefined]>([
  ["spec.containers[name=web].image", ["spec", "containers", 1, "image"]],
  ['metadata.annotations["a.b/c"]', ["metadata", "annotations", "a.b/c"]],
  ["spec.args[1]", ["spec", "args", 1]],
  // What the item does not say is as the server fills it in.
  ["spec.containers[name=web].ports[containerPort=53,protocol=UDP]", ["spec", "containers", 1, "ports", 0]],
  ["spec.containers[name=web].ports[containerPort=53,protocol=TCP]", ["spec", "containers", 1, "ports", 1]],
  ["spec.containers[name=gone].image", undefined],
  ["spec.replicas", ["spec", "replicas"]],
  ["spec.args (order)", undefined],
  ["", undefined],
])("placeIn() %s", (field, place) => {
  expect(placeIn(object, field)).toEqual(place as never);
});
