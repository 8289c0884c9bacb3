import { expect, test } from "bun:test";
import type { Api } from "./create-api.ts";
import { listen } from "./listen.ts";

const saying = (text: string): Pick<Api, "fetch"> => ({ fetch: async () => new Response(text) });

test("a port that is taken is refused, also by another Holdfast, and free again after its stop", async () => {
  const first = listen(saying("first"), { hostname: "127.0.0.1", port: 0 });
  const again = () => listen(saying("second"), { hostname: "127.0.0.1", port: first.port });
  expect(again).toThrow(
    `127.0.0.1:${first.port}: cannot listen: something listens there already. Stop what listens there, or set another \`server.listen\` in the config`,
  );
  expect(await (await fetch(first.url)).text()).toBe("first");
  await first.stop();
  const second = again();
  expect(await (await fetch(second.url)).text()).toBe("second");
  await second.stop();
});
