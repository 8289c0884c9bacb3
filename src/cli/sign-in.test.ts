import { expect, test } from "bun:test";
import { Refused } from "./http/refusal.ts";
import { signIn } from "./sign-in.ts";

const who = { username: "ann", password: "p" };
const refused = (status: number, details?: { turn: string }) =>
  new Refused(
    status,
    { message: "m", ...(details === undefined ? {} : { details }) },
    { url: "u", token: "none" },
  );

async function asked(answers: (Refused | { token: string })[]) {
  const bodies: unknown[] = [];
  let waited = 0;
  const client = {
    async send<T>(_: string, __: string, ask?: { body?: unknown }): Promise<T> {
      bodies.push(ask?.body);
      const answer = answers.shift();
      if (answer instanceof Refused) throw answer;
      return answer as T;
    },
  };
  const signal = new AbortController().signal;
  const answer = await signIn(client, who, { waits: () => waited++, signal }).catch(
    (cause: unknown) => cause,
  );
  return { answer, bodies, waited };
}

test("who is turned away comes again with the turn that was told, and says once that it waits", async () => {
  const first = refused(429, { turn: "1-a" });
  expect(await asked([first, refused(429, { turn: "1-a" }), { token: "t" }])).toEqual({
    answer: { token: "t" },
    bodies: [who, { ...who, turn: "1-a" }, { ...who, turn: "1-a" }],
    waited: 1,
  });
}, 20_000);

test.each([
  ["a wrong password", refused(401)],
  ["too many failures", refused(429)],
])("%s is not asked again", async (_, cause) => {
  expect(await asked([cause])).toEqual({ answer: cause, bodies: [who], waited: 0 });
});
