/**
 * What a Git server does after a push, as Gitea does it: run by git as its hook `post-receive`, with a line for each ref.
 * Arguments: the address of the hook, its secret, the addresses of the repository and of its page.
 */
import { createHmac, randomUUID } from "node:crypto";

const [hook = "", secret = "", repository = "", page = ""] = process.argv.slice(2);
for (const line of (await Bun.stdin.text()).trim().split("\n")) {
  const [before, after, ref] = line.split(" ");
  const body = JSON.stringify({
    ...{ ref, before, after },
    commits: [{ id: after, message: "pushed", added: [], removed: [], modified: [] }],
    repository: { clone_url: repository, html_url: page, ssh_url: "", default_branch: "main" },
    pusher: { login: "tester" },
  });
  const reply = await fetch(hook, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-gitea-event": "push",
      "x-gogs-event": "push",
      "x-github-event": "push",
      "x-gitea-delivery": randomUUID(),
      ...(secret === ""
        ? {}
        : { "x-gitea-signature": createHmac("sha256", secret).update(body).digest("hex") }),
    },
    body,
  });
  console.log(`webhook: ${reply.status} ${await reply.text()}`);
}
