import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { wayTo } from "./reach.ts";

const NAMES: Record<string, string[]> = {
  "far.example.com": ["203.0.114.7", "2600::7"],
  "loopback.example.com": ["127.0.0.1"],
  "cloud.example.com": ["203.0.114.7", "169.254.169.254"],
  "corp.example.com": ["10.1.2.3"],
  "six.example.com": ["::1"],
  "mapped.example.com": ["::ffff:127.0.0.1"],
  "link.example.com": ["fe80::1%eth0"],
  "nat64.example.com": ["64:ff9b::cb00:7207"],
  "nat64-inner.example.com": ["64:ff9b::a01:203"],
};
const lookUp = async (name: string): Promise<readonly string[]> => {
  const addresses = NAMES[name];
  if (addresses === undefined) throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
  return addresses;
};
const way = (host: string, reach: "not here" | "far", from = "https://charts.example.org") =>
  wayTo(`https://${host}/x`, reach, from, lookUp);

describe("wayTo()", () => {
  test.each(["far.example.com", "far.example.com.", "nat64.example.com"])("%s leads out", async (host) => {
    expect((await way(host, "far")).is).toBe("at");
    expect((await way(host, "not here")).is).toBe("at");
  });

  test.each([
    "loopback.example.com",
    "cloud.example.com",
    "six.example.com",
    "mapped.example.com",
    "link.example.com",
    "127.0.0.1",
    "[::1]",
  ])("%s leads to this machine or its link, whatever else it is", async (host) => {
    expect((await way(host, "far")).is).toBe("refused");
    expect((await way(host, "not here")).is).toBe("refused");
  });

  test.each(["corp.example.com", "nat64-inner.example.com", "10.1.2.3", "git.shop.svc"])(
    "%s is in a network of its own",
    async (host) => {
      expect((await way(host, "far")).is).toBe("refused");
    },
  );

  test("what is near may lead near, and a name that is not found leads nowhere", async () => {
    for (const host of ["loopback.example.com", "127.0.0.1", "localhost"])
      expect(await way(host, "not here", "http://localhost:5000")).toEqual({ is: "as named" });
    expect(await wayTo("https://localhost/x", "not here", undefined, lookUp)).toMatchObject({
      is: "refused",
    });
    const named = "https://mapped.example.com";
    expect(await way("loopback.example.com", "not here", named)).toEqual({ is: "as named" });
    expect(await way("loopback.example.com", "not here", "https://nobody.example.com")).toMatchObject({
      is: "refused",
      why: "loopback.example.com leads to 127.0.0.1, which is this machine or its own network",
    });
    expect(await endingOf(way("nobody.example.com", "far"))).toThrow("not found");
    // A proxy may find it.
    expect(await way("nobody.example.com", "not here")).toEqual({ is: "as named" });
  });

  test("nobody is asked where anything goes", async () => {
    const asked = wayTo("https://nobody.example.com", "anywhere", "https://a.example.com", lookUp);
    expect(await asked).toEqual({ is: "as named" });
  });
});
