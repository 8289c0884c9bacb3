/** Adds a cluster from a context of a kubeconfig, or by its address: the daemon asks it before anything is kept. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Asked } from "../components/asked.tsx";
import { Dialog } from "../components/dialog.tsx";
import { note } from "../components/notes.tsx";
import { useYamlTools } from "../editing/use-yaml-tools.ts";
import { ask } from "../store/daemon.ts";
import { type SettingsText, settingsOf } from "../words/cluster-change.ts";
import { fixOf } from "../words/connection-words.ts";
import { type ClusterAccess, type KubeconfigRead, readKubeconfig } from "../words/kubeconfig-choice.ts";
import { SettingsFields } from "./settings-fields.tsx";

const NOTHING: SettingsText = {
  ...{ name: "", project: "", labels: "", annotations: "", namespaces: "", clusterResources: false },
};
/** Of a kubeconfig: the daemon takes no longer text either. */
const LONGEST = 1_000_000;

type Way = "kubeconfig" | "token";

export function AddCluster({ onClose }: { onClose(): void }) {
  const [way, setWay] = useState<Way>("kubeconfig");
  const [access, setAccess] = useState<ClusterAccess>();
  const [context, setContext] = useState<string>();
  const [text, setText] = useState(NOTHING);
  const change = (part: Partial<SettingsText>): void => setText((now) => ({ ...now, ...part }));
  const work = async (): Promise<void> => {
    if (access === undefined)
      throw new Error(
        way === "token"
          ? "Its address is missing."
          : context === undefined
            ? "Paste a kubeconfig, or choose its file."
            : "Choose a context that can be taken.",
      );
    const settings = settingsOf(text);
    if (settings.name === "") throw new Error("Its name is missing.");
    const body = { ...settings, ...access };
    const answer = await tested(body);
    // It answered a moment ago.
    await ask("POST", "/api/v1/clusters?validate=false", { body });
    note("good", `${settings.name} answered in ${answer.tookMs} ms (${answer.serverVersion}), and is added`);
  };
  return (
    <Dialog
      title="Add a cluster"
      cli={addCommand(context, text.name.trim())}
      filled={access !== undefined || context !== undefined || text !== NOTHING}
      offer={{ label: "Test and add", work }}
      onClose={onClose}
    >
      <p>
        <label class="choice">
          From
          <select
            value={way}
            onChange={(event) => {
              setWay(event.currentTarget.value as Way);
              setAccess(undefined);
              setContext(undefined);
            }}
          >
            <option value="kubeconfig">a kubeconfig</option>
            <option value="token">an address and a token</option>
          </select>
        </label>
      </p>
      {way === "kubeconfig" ? (
        <FromKubeconfig
          onChoose={(chosen, name) => {
            setAccess(chosen);
            setContext(name);
            if (name !== undefined) change({ name });
          }}
        />
      ) : (
        <ByToken onChange={setAccess} />
      )}
      <SettingsFields text={text} onChange={change} />
      <p class="dim">
        The daemon asks it first, and keeps nothing where it does not answer. What is secret is sent to the
        daemon, kept there, and shown to nobody. The account by which it asks is to be the daemon's own:{" "}
        <code>holdfast cluster add</code> makes one.
      </p>
    </Dialog>
  );
}

/** The command takes the context of the kubeconfig that is there, and calls it by it where no name is given. */
function addCommand(context: string | undefined, name: string): string[] {
  const of = context ?? "CONTEXT";
  return ["cluster", "add", of, ...(name === "" || name === of ? [] : ["--name", name])];
}

/** @throws {Error} with what usually helps */
async function tested(body: object): Promise<{ serverVersion: string; tookMs: number }> {
  try {
    return await ask("POST", "/api/holdfast/v1/clusters/test", { body });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const fix = fixOf("cluster", why);
    throw new Error(`${why}${fix === undefined ? "" : `\n${fix}`}\nNothing is kept.`);
  }
}

function FromKubeconfig({ onChoose }: { onChoose(access: ClusterAccess | undefined, name?: string): void }) {
  const { tools } = useYamlTools();
  return (
    <Asked answer={tools} waiting="Loading what reads YAML">
      {({ readObject }) => <Kubeconfig readObject={readObject} onChoose={onChoose} />}
    </Asked>
  );
}

function Kubeconfig({
  readObject,
  onChoose,
}: {
  readObject: typeof import("../editing/yaml-tools.ts").readObject;
  onChoose(access: ClusterAccess | undefined, name?: string): void;
}) {
  const [read, setRead] = useState<KubeconfigRead>();
  const [context, setContext] = useState<string>();
  // Of files the one that was chosen last is read, and none once this is gone.
  const reading = useRef(0);
  useEffect(
    () => () => {
      reading.current += 1;
    },
    [],
  );
  const takeFile = async (file: File): Promise<void> => {
    reading.current += 1;
    const own = reading.current;
    const text = await file.slice(0, LONGEST + 1).text();
    if (own === reading.current) take(text);
  };
  const take = (text: string): void => {
    if (text.trim() === "") return;
    const parsed = text.length > LONGEST ? undefined : readObject(text);
    const next: KubeconfigRead =
      parsed === undefined
        ? { is: "refused", why: "It is larger than any kubeconfig." }
        : parsed.is === "read"
          ? readKubeconfig(parsed.value)
          : {
              is: "refused",
              why: `Line ${parsed.problems[0]?.line ?? 1} is no YAML. kubectl config view --raw --flatten prints it.`,
            };
    setRead(next);
    if (next.is === "read") choose(next, next.current ?? next.contexts[0]?.name);
  };
  const choose = (from: KubeconfigRead, name: string | undefined): void => {
    setContext(name);
    const found = from.is === "read" ? from.contexts.find((one) => one.name === name) : undefined;
    onChoose(found?.is === "usable" ? found.access : undefined, name);
  };
  const forget = (): void => {
    setRead(undefined);
    onChoose(undefined);
  };
  // What was pasted is in sight no more once it was read.
  if (read?.is === "read") {
    const chosen = read.contexts.find(({ name }) => name === context);
    return (
      <>
        <p class="row">
          <label class="choice">
            Context
            <select value={context} onChange={(event) => choose(read, event.currentTarget.value)}>
              {read.contexts.map(({ name, is }) => (
                <option key={name} value={name}>
                  {is === "usable" ? name : `${name} (cannot be taken)`}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="link" onClick={forget}>
            Another kubeconfig
          </button>
        </p>
        {chosen?.is === "refused" && (
          <p class="refused" role="alert">
            {chosen.why}
          </p>
        )}
        {chosen?.is === "usable" && <p class="mono">{chosen.server}</p>}
      </>
    );
  }
  return (
    <>
      <label>
        Kubeconfig, pasted
        <textarea
          class="mono whole-width"
          rows={4}
          spellcheck={false}
          autocomplete="off"
          placeholder="kubectl config view --raw --flatten --minify"
          onInput={(event) => take(event.currentTarget.value)}
        />
      </label>
      <label>
        or as a file
        <input
          type="file"
          class="whole-width"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) void takeFile(file);
          }}
        />
      </label>
      {read?.is === "refused" && (
        <p class="refused" role="alert">
          {read.why}
        </p>
      )}
    </>
  );
}

function ByToken({ onChange }: { onChange(access: ClusterAccess | undefined): void }) {
  const [fields, setFields] = useState({ server: "", token: "", authority: "" });
  const set = (name: keyof typeof fields) => (event: { currentTarget: { value: string } }) => {
    const next = { ...fields, [name]: event.currentTarget.value };
    setFields(next);
    const [server, token, authority] = [next.server.trim(), next.token.trim(), next.authority.trim()];
    onChange(
      server === ""
        ? undefined
        : {
            server,
            config: {
              ...(token === "" ? {} : { bearerToken: token }),
              tlsClientConfig: authority === "" ? {} : { caData: inBase64(authority) },
            },
          },
    );
  };
  return (
    <>
      <label>
        Address
        <input
          type="text"
          class="mono"
          autocomplete="off"
          placeholder="https://10.0.0.1:6443"
          value={fields.server}
          onInput={set("server")}
        />
      </label>
      <label>
        Token
        <input
          type="password"
          class="whole-width"
          autocomplete="new-password"
          value={fields.token}
          onInput={set("token")}
        />
      </label>
      <label>
        Its authority (PEM), where this machine does not know it
        <textarea
          class="mono whole-width"
          rows={3}
          spellcheck={false}
          placeholder="-----BEGIN CERTIFICATE-----"
          value={fields.authority}
          onInput={set("authority")}
        />
      </label>
    </>
  );
}

/** As a kubeconfig has it already, it stays, and so does what is no PEM: the daemon says so. */
function inBase64(pem: string): string {
  const isPem = pem.includes("-----BEGIN") && /^[\t\n\r\x20-\x7e]*$/.test(pem);
  return isPem ? btoa(pem) : pem.replace(/\s+/g, "");
}
