import { expect, test } from "bun:test";
import { parse } from "yaml";
import { createWords, manifestLines } from "./first-application.ts";

const place = { namespace: "argocd", cluster: "in-cluster" };

test("where a cluster is the home the manifest is handed to it, on three lines", () => {
  const [head, app, foot] = manifestLines({ in: "cluster", ...place }).split("\n");
  expect([head, foot]).toEqual(["kubectl apply -f - <<'EOF'", "EOF"]);
  expect(parse(app ?? "")).toMatchObject({
    kind: "Application",
    metadata: { name: "guestbook", namespace: "argocd" },
    spec: { destination: { name: "in-cluster", namespace: "guestbook" } },
  });
});

test("where files are, it is written into one", () => {
  expect(manifestLines({ in: "files", ...place }).split("\n")[0]).toBe("cat > apps/guestbook.yaml <<'EOF'");
});

test("a name that YAML would read otherwise stays a name", () => {
  const odd = { in: "cluster", namespace: "true", cluster: "12: {a" } as const;
  const [, app] = manifestLines(odd).split("\n");
  expect(parse(app ?? "")).toMatchObject({
    metadata: { namespace: "true" },
    spec: { destination: { name: "12: {a" } },
  });
});

test("the command names the same", () => {
  expect(createWords(place).join(" ")).toContain("--dest-name in-cluster --dest-namespace guestbook");
});
