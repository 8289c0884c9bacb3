import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import type { Heard } from "../core/webhooks/provider.ts";
import { FollowedPlaces } from "./followed-places.ts";
import { PushedImages, tellHeard } from "./tell-heard.ts";

function told(heard: Heard): string[] {
  const said: string[] = [];
  const images = new PushedImages();
  const end = images.onPush(({ registry, repository, tag }, by) =>
    said.push(`image ${registry}/${repository}:${tag} ${by}`),
  );
  const pushed =
    (whom: string) =>
    (urls: readonly string[], by?: string, ref?: { name: string }): void =>
      void said.push(`${whom} ${urls.join(",")} ${by} ${ref?.name ?? "any"}`);
  tellHeard(
    {
      engine: { pushed: pushed("engine") },
      sets: {
        pushed: pushed("sets"),
        providerChanged: (kind, urls, by) => void said.push(`${kind} ${urls.join(",")} ${by}`),
      },
      images,
      count: (url) => void said.push(`counted ${url}`),
    },
    heard,
    "known",
  );
  end();
  images.tell({ registry: "x", repository: "y", tag: "z" }, "known");
  return said;
}

const A = "https://git.example.com/a.git";

describe("what is heard is told", () => {
  const cases: [what: string, heard: Heard, said: string[]][] = [
    [
      "a push to applications and generators, with its branch",
      { is: "pushes", pushes: [{ urls: [A], ref: "main", head: "is" }] },
      [`engine ${A} known main`, `sets ${A} known main`, `counted ${A}`],
    ],
    [
      "an image to whoever follows images, and to applications whose source it is",
      { is: "images", images: [{ registry: "ghcr.io", repository: "acme/web", tag: "1" }] },
      [
        "engine oci://ghcr.io/acme/web known any",
        "image ghcr.io/acme/web:1 known",
        "counted oci://ghcr.io/acme/web",
      ],
    ],
    [
      "a pull request to those who list pull requests",
      { is: "pull-request", urls: [A] },
      [`pullRequest ${A} known`, `counted ${A}`],
    ],
    [
      "a repository to those who list repositories",
      { is: "repository", urls: [A] },
      [`scmProvider ${A} known`, `counted ${A}`],
    ],
    ["a trial to nobody", { is: "ping" }, []],
    ["anything else to nobody", { is: "ignored", why: "x" }, []],
  ];
  test.each(cases)("%s", (_, heard, said) => {
    expect(told(heard)).toEqual(said);
  });
});

test("a followed place is named as applications write it, without its password, and nothing else has a name", () => {
  let now = 0;
  const apps = [
    application({ project: "default", source: { repoURL: "https://ci:canary@git.example.com/a.git" } }),
    application({ project: "default", source: { repoURL: "ghcr.io/acme/charts", chart: "web" } }),
  ];
  const places = new FollowedPlaces(
    () => apps,
    () => now,
  );
  expect(places.named("git@git.example.com:a")).toBe("https://git.example.com/a.git");
  expect(places.named("oci://ghcr.io/acme/charts/web")).toBe("ghcr.io/acme/charts");
  expect(places.named("https://nobody.example.com/x")).toBe("");
  apps.push(application({ project: "default", source: { repoURL: "https://nobody.example.com/x" } }));
  expect(places.named("https://nobody.example.com/x")).toBe("");
  now = 5_001;
  expect(places.named("https://nobody.example.com/x")).toBe("https://nobody.example.com/x");
});
