import { expect, test } from "bun:test";
import { almighty } from "../core/access/asker.ts";
import { admit } from "./admission.ts";

const rules = {
  token: undefined,
  isPage: () => false,
  who: () => ({ is: "known" as const, asker: almighty("user:ann"), by: "cookie" as const }),
};
const asked = (origin: string): Request =>
  new Request("http://10.0.0.7:8080/api/v1/applications", {
    headers: { host: "10.0.0.7:8080", origin, "sec-fetch-site": "same-origin" },
  });

test("whoever a cookie stands for asks from the page that a browser has behind the proxy, and from no other", () => {
  const arrival = { scheme: "tls" as const, host: "cd.example.org" };
  expect(admit(asked("https://cd.example.org"), rules, arrival).actor).toBe("user:ann");
  for (const other of ["https://10.0.0.7:8080", "https://evil.example.org", "null"])
    expect(() => admit(asked(other), rules, arrival)).toThrow("requests from other web pages are refused");
});
