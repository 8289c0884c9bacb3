/** Adds a repository or changes what it is asked with: the daemon asks it before anything is kept. */
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { lackOf } from "../words/trust-lack.ts";
import { TrustButton } from "./trust-button.tsx";
import { TrustDialog } from "./trust-dialog.tsx";

type Target =
  | { is: "new" }
  /** Credentials of all addresses that begin so. */
  | { is: "template" }
  | { is: "known"; url: string; settings: object; path: string; query: string };

const TITLES = { new: "Add a repository", template: "Credentials for many", known: "Change its credentials" };

export function CredentialsForm({ of, onClose }: { of: Target; onClose(): void }) {
  const [fields, setFields] = useState<Record<string, string>>({});
  const [by, setBy] = useState<"none" | "password" | "ssh">(of.is === "new" ? "none" : "password");
  const [why, setWhy] = useState("");
  const [isTrusting, setTrusting] = useState(false);
  const set = (name: string) => (event: { currentTarget: { value: string } }) =>
    setFields({ ...fields, [name]: event.currentTarget.value });
  const url = of.is === "known" ? of.url : (fields["url"] ?? "").trim();
  const secrets: Record<string, string> =
    by === "password"
      ? { username: fields["username"] ?? "", password: fields["password"] ?? "" }
      : by === "ssh"
        ? { sshPrivateKey: fields["sshPrivateKey"] ?? "" }
        : {};
  const work = async (): Promise<void> => {
    if (url === "") throw new Error("Its address is missing.");
    const shared = { ...secrets, ...(fields["project"] ? { project: fields["project"] } : {}) };
    if (of.is === "known")
      await ask("PUT", `${of.path}${of.query}`, { body: { ...of.settings, ...secrets } });
    else if (of.is === "template") await ask("POST", "/api/v1/repocreds", { body: { url, ...shared } });
    else
      await ask("POST", "/api/v1/repositories", {
        body: { repo: url, type: fields["type"] ?? "git", ...shared },
      });
    note(
      "good",
      of.is === "known"
        ? `${url} answers, and is changed`
        : of.is === "new"
          ? `${url} answers, and is added`
          : "They are kept",
    );
  };
  const cli =
    of.is === "template"
      ? ["repocreds", "add", url || "URL"]
      : [
          "repo",
          "add",
          url || "URL",
          ...(by === "password"
            ? ["--username", fields["username"] || "NAME"]
            : by === "ssh"
              ? ["--ssh-private-key-path", "FILE"]
              : []),
        ];
  const lack = lackOf(url, why);
  const tried = async (): Promise<void> => {
    setWhy("");
    await work().catch((cause: unknown) => {
      setWhy(cause instanceof Error ? cause.message : String(cause));
      throw cause;
    });
  };
  return (
    <>
      <Dialog
        title={TITLES[of.is]}
        cli={cli}
        offer={{ label: of.is === "template" ? "Save" : "Test and save", work: tried }}
        onClose={onClose}
      >
        {of.is === "known" ? (
          <p class="mono">{of.url}</p>
        ) : (
          <label>
            {of.is === "template" ? "Addresses that begin with" : "Address"}
            <input
              type="text"
              class="mono"
              autocomplete="off"
              value={fields["url"] ?? ""}
              onInput={set("url")}
            />
          </label>
        )}
        {of.is === "new" && (
          <p>
            <label class="choice">
              Type
              <select value={fields["type"] ?? "git"} onChange={set("type")}>
                <option value="git">Git</option>
                <option value="helm">Helm charts</option>
                <option value="oci">OCI registry</option>
              </select>
            </label>
          </p>
        )}
        <p>
          <label class="choice">
            Who asks
            <select value={by} onChange={(event) => setBy(event.currentTarget.value as typeof by)}>
              {of.is === "new" && <option value="none">everybody may read it</option>}
              <option value="password">name and password or token</option>
              <option value="ssh">key of ssh</option>
            </select>
          </label>
        </p>
        {by === "password" && (
          <>
            <label>
              Name
              <input
                type="text"
                autocomplete="off"
                value={fields["username"] ?? ""}
                onInput={set("username")}
              />
            </label>
            <label>
              Password or token
              <input
                type="password"
                class="whole-width"
                autocomplete="new-password"
                value={fields["password"] ?? ""}
                onInput={set("password")}
              />
            </label>
          </>
        )}
        {by === "ssh" && (
          <label>
            Private key
            <textarea
              class="mono whole-width"
              rows={6}
              spellcheck={false}
              autocomplete="off"
              value={fields["sshPrivateKey"] ?? ""}
              onInput={set("sshPrivateKey")}
            />
          </label>
        )}
        {of.is !== "known" && (
          <label>
            For one project alone
            <input
              type="text"
              autocomplete="off"
              placeholder="every project that permits it"
              value={fields["project"] ?? ""}
              onInput={set("project")}
            />
          </label>
        )}
        <p class="dim">What is secret is sent to the daemon, kept there, and shown to nobody.</p>
        {lack !== undefined && (
          <p>
            <TrustButton lack={lack} onOpen={() => setTrusting(true)} /> Then it can be tested again.
          </p>
        )}
      </Dialog>
      {lack !== undefined && isTrusting && <TrustDialog lack={lack} onClose={() => setTrusting(false)} />}
    </>
  );
}
